"""How much of the labels a straight cut through an embedding tells apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.errors import LabError


def linear_probe(
    bank: npt.NDArray[np.float32],
    bank_labels: npt.NDArray[np.int64],
    queries: npt.NDArray[np.float32],
    query_labels: npt.NDArray[np.int64],
    *,
    penalty: float = 1e-4,
    iterations: int = 100,
) -> float:
    """Share in [0, 1] of `queries` (Q, D) that get their label from a logistic regression on the rows of `bank` (M, D).

    Each dimension is first brought to mean 0 and spread 1 over the bank. The loss, the mean cross-entropy plus
    `penalty` times the sum of squared weights (biases go free), is convex; torch's L-BFGS with a strong Wolfe line
    search takes at most `iterations` from all zeros, in float32. Nothing is random.
    The "linear evaluation" of Zhang et al. 2016, arXiv:1603.08511, and Chen et al. 2020, arXiv:2002.05709.
    Raises LabError ``metric.too_few`` without a row or a query.
    """
    if len(bank) == 0 or len(queries) == 0:
        raise LabError("metric.too_few", got=min(len(bank), len(queries)), needed=1)
    rows, labels = torch.from_numpy(np.array(bank, np.float32)), torch.from_numpy(np.array(bank_labels))
    mean, spread = rows.mean(dim=0), rows.std(dim=0, correction=0)
    spread[spread == 0] = 1  # a dimension that never changes says nothing, and must not divide by nothing
    rows.sub_(mean).div_(spread)
    classes = int(bank_labels.max()) + 1
    weights = torch.zeros(classes, rows.shape[1], requires_grad=True)
    biases = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, biases], max_iter=iterations, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(F.linear(rows, weights, biases), labels) + penalty * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    with torch.enable_grad():
        optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        asked = (torch.from_numpy(np.array(queries, np.float32)) - mean) / spread
        answers = F.linear(asked, weights, biases).argmax(dim=1).numpy()
    return float((answers == query_labels).mean())
