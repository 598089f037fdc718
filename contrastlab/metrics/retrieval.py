"""How good an embedding is at finding what belongs together. Embeddings are rows of unit length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..core.errors import LabError

#: Bins of a band's histogram, from -1 to 1.
BAND_BINS = 80


@dataclass(frozen=True, slots=True)
class Band:
    """Where the cosine similarities of pairs of *different* pictures lie.

    Attributes:
        low, middle, high: their percentiles 5, 50 and 95.
        shares: share of the pairs, adding up to 1, in each of as many equal bins from -1 to 1.
    """

    low: float
    middle: float
    high: float
    shares: tuple[float, ...]


def knn_accuracy(
    bank: npt.NDArray[np.float32],
    bank_labels: npt.NDArray[np.int64],
    queries: npt.NDArray[np.float32],
    query_labels: npt.NDArray[np.int64],
    *,
    k: int = 20,
    temperature: float = 0.07,
) -> float:
    """Share in [0, 1] of `queries` (Q, D) whose label wins the weighted vote of their k nearest in `bank` (M, D).

    A neighbour of cosine similarity s votes with weight exp(s / temperature); ties go to the smaller label.
    Wu et al. 2018, arXiv:1805.01978, sec. 3.4 (k = 200 there; 20 is usual on CIFAR-10 today).
    Raises LabError ``metric.too_few`` if the bank has fewer than k rows or there is no query.
    """
    if not 1 <= k <= len(bank) or len(queries) == 0:
        raise LabError("metric.too_few", got=min(len(bank), len(queries)), needed=k)
    votes = knn_votes(bank, bank_labels, queries, k=k, temperature=temperature)
    return float((votes.argmax(axis=1) == query_labels).mean())


def knn_votes(
    bank: npt.NDArray[np.float32],
    bank_labels: npt.NDArray[np.int64],
    queries: npt.NDArray[np.float32],
    *,
    k: int = 20,
    temperature: float = 0.07,
) -> npt.NDArray[np.float32]:
    """(Q, classes) shares of the weighted vote of each query's k nearest neighbours; rows add up to 1."""
    classes = int(bank_labels.max()) + 1
    rows, labels = torch.from_numpy(bank), torch.from_numpy(bank_labels)
    shares = []
    for chunk in torch.from_numpy(queries).split(1024):  # 1024 x 50,000 similarities are 200 MB
        similarity, nearest = (chunk @ rows.T).topk(k, dim=1)
        weights = torch.exp((similarity - 1) / temperature)  # at most 1, so nothing overflows
        votes = torch.zeros(len(chunk), classes).scatter_add_(1, labels[nearest], weights)
        shares.append(votes / votes.sum(dim=1, keepdim=True))
    return torch.cat(shares).numpy() if shares else np.zeros((0, classes), np.float32)


def different_pair_band(embeddings: npt.NDArray[np.float32], *, pairs: int = 20_000, seed: int = 0) -> Band:
    """The band of cosine similarity of `pairs` random pairs of different rows of `embeddings` (N, D), N >= 2."""
    if len(embeddings) < 2:
        raise LabError("metric.too_few", got=len(embeddings), needed=2)
    generator = np.random.default_rng(seed)
    first = generator.integers(0, len(embeddings), pairs)
    # An offset of 1 to N-1 never lands on the picture itself.
    second = (first + generator.integers(1, len(embeddings), pairs)) % len(embeddings)
    similarity = np.einsum("nd,nd->n", embeddings[first], embeddings[second])
    low, middle, high = np.percentile(similarity, [5, 50, 95])
    counts, _ = np.histogram(similarity.clip(-1, 1), bins=BAND_BINS, range=(-1, 1))
    return Band(float(low), float(middle), float(high), tuple(float(count) / pairs for count in counts))


def cosine(first: Tensor, second: Tensor) -> Tensor:
    """(N, D) and (N, D) -> (N,) cosine similarity in [-1, 1]; zero vectors give 0."""
    return torch.nn.functional.cosine_similarity(first, second, dim=1)
