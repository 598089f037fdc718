"""How good an embedding is at finding what belongs together. Embeddings are rows of unit length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..core.errors import LabError

#: Bins of a band's histogram, from -1 to 1.
BAND_BINS = 80

# Queries compared at a time: 1,024 x 50,000 similarities are 200 MB.
_CHUNK = 1024


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
    shares = [
        weighted_votes(similarity, bank_labels[nearest], classes, temperature=temperature)
        for _, similarity, nearest in _nearest(bank, queries, k, None)
    ]
    return np.concatenate(shares) if shares else np.zeros((0, classes), np.float32)


def weighted_votes(
    similarity: npt.NDArray[np.floating], labels: npt.NDArray[np.int64], classes: int, *, temperature: float = 0.07
) -> npt.NDArray[np.float32]:
    """(Q, classes) shares of the vote of neighbours (Q, k) that are known already; rows add up to 1.

    A neighbour of cosine similarity s votes with weight exp(s / temperature).
    """
    # At most 1, and exactly 1 for the nearest, so that nothing overflows and no row is all zeros.
    weights = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / temperature)
    votes = np.zeros((len(labels), classes))
    np.add.at(votes, (np.arange(len(labels))[:, None], labels), weights)
    shares: npt.NDArray[np.float32] = (votes / votes.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def recall_at_k(
    bank: npt.NDArray[np.float32],
    bank_labels: npt.NDArray[np.int64],
    queries: npt.NDArray[np.float32],
    query_labels: npt.NDArray[np.int64],
    *,
    ks: Sequence[int] = (1, 5, 10),
    itself: npt.NDArray[np.int64] | None = None,
) -> dict[int, float]:
    """For each k the share in [0, 1] of queries that find their own class among their k nearest, once at least.

    The measure of metric learning (Oh Song et al. 2016, arXiv:1511.06452, sec. 5), not the recall of information
    retrieval. `itself` (Q,) is each query's own row in the bank, which never counts: np.arange(N) where the
    bank's rows are the queries, None where they are others.
    Raises LabError ``metric.too_few`` if fewer rows than the largest k are left, or there is no query.
    """
    largest = max(ks)
    _enough(bank, queries, largest, itself)
    found = []
    for part, _, nearest in _nearest(bank, queries, largest, itself):
        right = bank_labels[nearest] == query_labels[part, None]
        found.append(np.logical_or.accumulate(right, axis=1))
    share = np.concatenate(found).mean(axis=0)
    return {k: float(share[k - 1]) for k in ks}


def mean_average_precision(
    bank: npt.NDArray[np.float32],
    bank_labels: npt.NDArray[np.int64],
    queries: npt.NDArray[np.float32],
    query_labels: npt.NDArray[np.int64],
    *,
    itself: npt.NDArray[np.int64] | None = None,
) -> float:
    """mAP@R in [0, 1]: how early, among the R nearest, the R rows of a query's class come; 1 if they are all of them.

    R is the number of the bank's rows of the query's class, its own row not counted. With P(i) the share of
    right ones among the i nearest, a query scores (1/R) * sum of P(i) over those i <= R whose row is right; the
    result is the mean of the queries. A query with R = 0 cannot be answered and is left out.
    Musgrave et al. 2020, arXiv:2003.08505, sec. 3.2. `itself` as in `recall_at_k`; chance is about 1 / classes**2
    for classes of equal size. Raises LabError ``metric.too_few`` if no query can be answered.
    """
    _enough(bank, queries, 1, itself)
    counts = np.bincount(bank_labels, minlength=int(query_labels.max()) + 1)
    relevant = counts[query_labels]
    if itself is not None:
        relevant = relevant - (bank_labels[itself] == query_labels)
    total, answered = 0.0, 0
    for part, _, nearest in _nearest(bank, queries, max(1, int(relevant.max())), itself):
        right = bank_labels[nearest] == query_labels[part, None]
        rank = np.arange(1, right.shape[1] + 1)
        counted = right & (rank <= relevant[part, None])
        precision = np.cumsum(right, axis=1) / rank
        can = relevant[part] > 0
        total += float(((precision * counted).sum(axis=1)[can] / relevant[part][can]).sum())
        answered += int(can.sum())
    if answered == 0:
        raise LabError("metric.too_few", got=0, needed=1)
    return total / answered


def k_occurrences(rows: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """(N,) how often each row is among the k nearest of the other N - 1; k on average, and 0 for an "anti-hub".

    Radovanovic et al. 2010, JMLR 11, sec. 2. Raises LabError ``metric.too_few`` unless 1 <= k < N.
    """
    itself = np.arange(len(rows))
    _enough(rows, rows, k, itself)
    counts = np.zeros(len(rows), np.int64)
    for _, _, nearest in _nearest(rows, rows, k, itself):
        counts += np.bincount(nearest.ravel(), minlength=len(rows))
    return counts


def hubness(occurrences: npt.NDArray[np.int64]) -> float:
    """Skewness of the k-occurrences (N,): 0 where all are neighbours equally often, above 1 where a few are of many.

    Radovanovic et al. 2010, JMLR 11, sec. 2: the third standardised moment.
    """
    centred = occurrences - occurrences.mean()
    spread = float(np.sqrt(np.square(centred).mean()))
    return float((centred**3).mean() / spread**3) if spread > 0 else 0.0


def rank_stability(nearest: npt.NDArray[np.int64], changed: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(k,) for each neighbour of a query the share in [0, 1] of its changed versions that keep it.

    `nearest` (k,) are the query's neighbours, `changed` (V, k') those of V changed versions of it.
    """
    kept: npt.NDArray[np.float64] = (changed[:, :, None] == nearest).any(axis=1).mean(axis=0)
    return kept


def alignment(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], *, power: float = 2.0) -> float:
    """Mean distance**`power` of the two views (N, D), (N, D) of the same pictures: 0 is best, unrelated views give 2.

    Wang & Isola 2020, arXiv:2005.10242, sec. 4.1. Raises LabError ``metric.too_few`` if there is no pair.
    """
    if len(first) == 0:
        raise LabError("metric.too_few", got=0, needed=1)
    distance = np.linalg.norm(first.astype(np.float64) - second, axis=1)
    return float((distance**power).mean())


def uniformity(rows: npt.NDArray[np.float32], *, t: float = 2.0) -> float:
    """log of the mean of exp(-t * squared distance) over all pairs of different rows (N, D): 0 is collapse.

    Lower is better, `uniformity_floor` as low as it gets. Wang & Isola 2020, arXiv:2005.10242, sec. 4.1.
    Raises LabError ``metric.too_few`` for fewer than two rows.
    """
    count = len(rows)
    if count < 2:
        raise LabError("metric.too_few", got=count, needed=2)
    bank = torch.from_numpy(np.array(rows, np.float32))
    total = 0.0
    for start in range(0, count, _CHUNK):
        chunk = bank[start : start + _CHUNK]
        potential = torch.exp(2 * t * (chunk @ bank.T - 1))  # squared distance = 2 - 2 cos
        diagonal = potential[torch.arange(len(chunk)), torch.arange(start, start + len(chunk))]
        total += float(potential.sum(dtype=torch.float64) - diagonal.sum(dtype=torch.float64))
    return math.log(total / (count * (count - 1)))


def uniformity_floor(dimension: int, *, t: float = 2.0) -> float:
    """`uniformity` of infinitely many rows spread evenly over the sphere in `dimension` D; -3.94 for D = 128, t = 2.

    exp(-2t) * 0F1(D/2; t**2), the mean of exp(-2t(1 - u)) over the first coordinate u of a random point
    (Wang & Isola 2020, arXiv:2005.10242, appendix A). A few rows, up to D + 1, can lie lower: at a simplex' corners.
    """
    term, total, n = 1.0, 1.0, 0
    while term > 1e-17 * total:
        term *= t * t / ((dimension / 2 + n) * (n + 1))
        total, n = total + term, n + 1
    return -2 * t + math.log(total)


def effective_rank(rows: npt.NDArray[np.float32]) -> float:
    """In how many dimensions rows (N, D) really lie, from 1 (collapse) to min(N, D): exp of an entropy.

    That of the singular values, made to add up to 1. Roy & Vetterli 2007, EUSIPCO, sec. 2; for embeddings,
    not centred, Garrido et al. 2023, arXiv:2210.02885 (RankMe). Raises LabError ``metric.too_few`` without a row.
    """
    if len(rows) == 0:
        raise LabError("metric.too_few", got=0, needed=1)
    values = torch.linalg.svdvals(torch.from_numpy(np.array(rows, np.float64)))
    shares = values / values.sum()
    shares = shares[shares > 0]
    return float(torch.exp(-(shares * shares.log()).sum()))


def different_pairs(
    embeddings: npt.NDArray[np.float32], *, pairs: int = 20_000, seed: int = 0
) -> npt.NDArray[np.float32]:
    """(pairs,) cosine similarities of random pairs of different rows of `embeddings` (N, D), N >= 2.

    Raises LabError ``metric.too_few`` for fewer than two rows.
    """
    if len(embeddings) < 2:
        raise LabError("metric.too_few", got=len(embeddings), needed=2)
    generator = np.random.default_rng(seed)
    first = generator.integers(0, len(embeddings), pairs)
    # An offset of 1 to N-1 never lands on the picture itself.
    second = (first + generator.integers(1, len(embeddings), pairs)) % len(embeddings)
    similarity: npt.NDArray[np.float32] = np.einsum("nd,nd->n", embeddings[first], embeddings[second])
    return similarity


def histogram(similarity: npt.NDArray[np.floating], *, bins: int = BAND_BINS) -> tuple[float, ...]:
    """Shares of cosine similarities (N,), N >= 1, in each of as many equal bins from -1 to 1; they add up to 1."""
    counts, _ = np.histogram(similarity.clip(-1, 1), bins=bins, range=(-1, 1))
    return tuple(float(count) / len(similarity) for count in counts)


def different_pair_band(embeddings: npt.NDArray[np.float32], *, pairs: int = 20_000, seed: int = 0) -> Band:
    """The band of cosine similarity of `different_pairs`, which see."""
    similarity = different_pairs(embeddings, pairs=pairs, seed=seed)
    low, middle, high = np.percentile(similarity, [5, 50, 95])
    return Band(float(low), float(middle), float(high), histogram(similarity))


def _nearest(
    bank: npt.NDArray[np.float32], queries: npt.NDArray[np.float32], k: int, itself: npt.NDArray[np.int64] | None
) -> Iterator[tuple[slice, npt.NDArray[np.float32], npt.NDArray[np.int64]]]:
    """(which queries, (q, k) similarities, (q, k) rows) of the k nearest, best first, a chunk of queries at a time.

    Rows of equal similarity come in any order: for a ranking that is the same every time there is gallery.Index.
    """
    rows = torch.from_numpy(np.array(bank, np.float32))
    for start in range(0, len(queries), _CHUNK):
        part = slice(start, start + _CHUNK)
        similarity = torch.from_numpy(np.array(queries[part], np.float32)) @ rows.T
        if itself is not None:
            similarity[torch.arange(len(similarity)), torch.from_numpy(itself[part])] = -torch.inf
        best = similarity.topk(k, dim=1)
        yield part, best.values.numpy(), best.indices.numpy()


def _enough(
    bank: npt.NDArray[np.float32], queries: npt.NDArray[np.float32], k: int, itself: npt.NDArray[np.int64] | None
) -> None:
    left = len(bank) - (itself is not None)
    if not 1 <= k <= left or len(queries) == 0:
        raise LabError("metric.too_few", got=min(left, len(queries)), needed=k)
