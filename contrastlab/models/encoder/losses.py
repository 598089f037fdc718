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
    if first.shape != second.shape or first.ndim != 2 or len(first) < 2:
        raise ValueError(f"need two (N, P) tensors with N >= 2, got {tuple(first.shape)} and {tuple(second.shape)}")
    logits = _logits(torch.cat([first, second]), temperature)
    twins = torch.arange(len(logits), device=logits.device).roll(len(first))  # row i's twin is i + N, and back
    return F.cross_entropy(logits, twins)


def supcon(projections: Tensor, labels: Tensor, *, temperature: float) -> Tensor:
    """Supervised contrastive loss of projections (M, P) with labels (M,), M >= 2 -> scalar.

    As NT-Xent, but every other row of the same label counts as a twin: the mean over an anchor's positives of
    the cross-entropy of picking that one, the form with the sum *outside* the logarithm. The rows may be one view
    of each picture or several, one below the other. A row whose label no other has is nobody's anchor; if all are
    so, the loss is 0. When the only twins are second views it is NT-Xent; collapsed projections give ln(M - 1),
    to rounding.

    Khosla et al. 2020, arXiv:2004.11362, eq. 2. Raises ValueError unless temperature > 0, for another shape, and
    for labels of another length.
    """
    logits = _logits(projections, temperature)
    if labels.shape != (len(projections),):
        raise ValueError(f"need labels of shape ({len(projections)},), got {tuple(labels.shape)}")
    # Written as a cross-entropy against the even spread over the positives: log_softmax cannot overflow.
    positives = (labels[:, None] == labels[None]) & ~_diagonal(logits)
    log_share = F.log_softmax(logits, dim=1).masked_fill(~positives, 0.0)  # the diagonal's -inf drops out too
    counts = positives.sum(dim=1)
    return -(log_share.sum(dim=1) / counts.clamp(min=1)).sum() / (counts > 0).sum().clamp(min=1)


def pair_margin(first: Tensor, second: Tensor, same: Tensor, *, margin: float) -> Tensor:
    """Contrastive loss of N labelled pairs by Euclidean distance d: (N, P), (N, P), bool (N,) -> scalar.

    Pairs that belong together pay d^2, the others max(0, margin - d)^2, each halved. So the distance of
    positives is *minimised* (one of the articles this project started from says maximised), and negatives
    are pushed apart only until they are `margin` away. Vectors are taken as they are, not normalised.

    Hadsell, Chopra & LeCun 2006, "Dimensionality reduction by learning an invariant mapping", eq. 4.
    Raises ValueError unless margin > 0.
    """
    if not margin > 0:
        raise ValueError(f"margin must be positive, got {margin}")
    squared = (first - second).pow(2).sum(dim=1)
    # The root's slope is infinite at 0, where a pair of equal negatives would give NaN.
    distance = squared.clamp(min=1e-12).sqrt()
    return 0.5 * torch.where(same, squared, (margin - distance).clamp(min=0).pow(2)).mean()


def triplet_margin(anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float) -> Tensor:
    """Triplet loss by cosine similarity s: three (N, P) -> scalar: max(0, margin - s(a, p) + s(a, n)), averaged.

    Similarity grows where a distance would shrink, so the signs are the other way round than in the paper,
    which uses squared distances of unit vectors: those are 2 - 2s, and half the paper's margin is ours.

    Schroff et al. 2015, arXiv:1503.03832, eq. 2. Raises ValueError unless margin > 0.
    """
    if not margin > 0:
        raise ValueError(f"margin must be positive, got {margin}")
    together = F.cosine_similarity(anchor, positive, dim=1)
    apart = F.cosine_similarity(anchor, negative, dim=1)
    return (margin - together + apart).clamp(min=0).mean()


def _logits(rows: Tensor, temperature: float) -> Tensor:
    """(M, M) cosine similarities of all rows (M, P) over the temperature; -inf for each with itself."""
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    if rows.ndim != 2 or len(rows) < 2:
        raise ValueError(f"need an (M, P) tensor with M >= 2, got {tuple(rows.shape)}")
    # float32 even under autocast: with temperature 0.1 a bf16 similarity is off by up to 0.04 before the exponential.
    with torch.autocast(rows.device.type, enabled=False):
        rows = F.normalize(rows.float(), dim=1)
        logits = rows @ rows.T / temperature
        return logits.masked_fill(_diagonal(logits), float("-inf"))


def _diagonal(square: Tensor) -> Tensor:
    return torch.eye(len(square), dtype=torch.bool, device=square.device)
