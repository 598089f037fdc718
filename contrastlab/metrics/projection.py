"""Whether a flat map of embeddings may be believed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ..core.errors import LabError

# Rows compared at a time: their similarities stay in the cache of a core while they are counted.
_CHUNK = 64


def trustworthiness(rows: npt.NDArray[np.float32], places: npt.NDArray[np.float32], *, k: int = 12) -> float:
    """How far the k nearest on the map (N, 2) are neighbours of the unit `rows` (N, D), too: 1 is best.

    1 - 2 / (N k (2N - 3k - 1)) * sum of (r - k) over the map's neighbours whose rank r by cosine similarity is
    beyond k: 1 if all are true neighbours, about 0.5 for a map drawn by chance. What is near in truth and far on
    the map does not count. Venna & Kaski 2001, Neighborhood preservation in nonlinear projection methods, eq. 1.
    Raises LabError ``metric.too_few`` unless N > 2k, where the formula ends.
    """
    count = len(rows)
    if k < 1 or count <= 2 * k or len(places) != count:
        raise LabError("metric.too_few", got=min(count, len(places)), needed=2 * k + 1)
    bank = torch.from_numpy(np.array(rows, np.float32))
    x, y = torch.from_numpy(np.array(places, np.float32).T.copy())
    total = 0
    for start in range(0, count, _CHUNK):
        these = torch.arange(start, min(start + _CHUNK, count))
        here = torch.arange(len(these))
        similarity = bank[these] @ bank.T
        # Not by a matrix product, which would round away the distance of places close together.
        distance = (x[these, None] - x).square_().add_((y[these, None] - y).square_())
        similarity[here, these], distance[here, these] = -torch.inf, torch.inf
        shown = distance.topk(k, dim=1, largest=False).indices
        # NumPy counts four times as fast as torch here.
        alike, of_shown = similarity.numpy(), similarity.gather(1, shown).numpy()
        for neighbour in range(k):
            rank = 1 + np.count_nonzero(alike > of_shown[:, neighbour, None], axis=1)
            total += int((rank - k).clip(min=0).sum())
    return 1 - 2 * total / (count * k * (2 * count - 3 * k - 1))
