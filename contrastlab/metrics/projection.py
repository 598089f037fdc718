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
    bank, flat = torch.from_numpy(np.array(rows, np.float32)), torch.from_numpy(np.array(places, np.float64))
    total = 0
    for start in range(0, count, _CHUNK):
        these = torch.arange(start, min(start + _CHUNK, count))
        similarity = bank[these] @ bank.T
        # Not by a matrix product, which would round away the distance of places close together.
        distance = (flat[these, None] - flat).square().sum(-1)
        here = torch.arange(len(these))
        similarity[here, these], distance[here, these] = -torch.inf, torch.inf
        shown = distance.topk(k, dim=1, largest=False).indices
        for neighbour in shown.T:
            rank = 1 + (similarity > similarity[here, neighbour][:, None]).sum(1)
            total += int((rank - k).clamp(min=0).sum())
    return 1 - 2 * total / (count * k * (2 * count - 3 * k - 1))
