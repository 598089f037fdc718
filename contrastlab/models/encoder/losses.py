"""Contrastive losses, plain functions of projections."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def nt_xent(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """Normalised temperature-scaled cross-entropy of two views' projections, each (N, P), N >= 2 -> scalar.

    Each of the 2N projections must pick its twin out of the 2N - 1 others by cosine similarity, which is
    *raised* for twins and lowered for all other pairs (a distance would be the other way round: small for
    twins). Rows are normalised here. Collapsed projections give ln(2N - 1), pure chance, to rounding.

    Chen et al. 2020, arXiv:2002.05709, algorithm 1.
    Raises ValueError unless temperature > 0 and the two have one shape (N, P) with N >= 2.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    if first.shape != second.shape or first.ndim != 2 or len(first) < 2:
        raise ValueError(f"need two (N, P) tensors with N >= 2, got {tuple(first.shape)} and {tuple(second.shape)}")
    count = len(first)
    # float32 even under autocast: with temperature 0.1 a bf16 similarity is off by up to 0.04 before the exponential.
    with torch.autocast(first.device.type, enabled=False):
        rows = F.normalize(torch.cat([first, second]).float(), dim=1)  # (2N, P)
        logits = rows @ rows.T / temperature  # (2N, 2N)
        logits = logits.masked_fill(torch.eye(2 * count, dtype=torch.bool, device=rows.device), float("-inf"))
        twins = torch.arange(2 * count, device=rows.device).roll(count)  # row i's twin is i + N, and back
        return F.cross_entropy(logits, twins)
