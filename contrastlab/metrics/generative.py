"""How good and how varied made pictures are, by their features beside those of real ones. Rows are (N, D), any length.

All in float64: distances of nearly equal rows would drown in float32's rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..core.errors import LabError

#: Rows of a block of the kernel distance, unless there are fewer.
BLOCK = 1000

# Rows compared at a time: 1,024 x 50,000 distances are 400 MB.
_CHUNK = 1024

Rows = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """A squared distance, and how sure it is.

    Attributes:
        distance: 0 on average for two samples of one distribution, so below 0 at times.
        error: its standard error over the blocks; NaN for one block.
    """

    distance: float
    error: float


@dataclass(frozen=True, slots=True)
class Manifold:
    """How two clouds of rows cover each other, each number 0 to 1 but density, which may be above 1.

    Attributes:
        precision: share of the made rows that lie where real ones do: good pictures.
        recall: share of the real rows that lie where made ones do: varied pictures.
        density: among how many real neighbourhoods a made row lies, over k; as precision, but no outlier helps.
        coverage: share of the real rows with a made one in their neighbourhood.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def frechet_distance(first: Rows, second: Rows) -> float:
    """Squared distance of the two normal distributions with the rows' means and covariances; 0 or more.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). Dowson & Landau 1982; on features of pictures Heusel et al. 2017,
    arXiv:1706.08500, eq. 6. Biased upward by about 1/N: compare only numbers of the same N and features.
    Raises LabError ``metric.too_few`` for fewer than two rows of either.
    """
    one, other = _tensor(first, at_least=2), _tensor(second, at_least=2)
    apart = (one.mean(0) - other.mean(0)).square().sum()
    c1, c2 = (torch.atleast_2d(torch.cov(rows.T)) for rows in (one, other))
    # (C1 C2)^(1/2) has the trace of the root of this product, which is symmetric and can be taken apart safely.
    values, vectors = torch.linalg.eigh(c1)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    shared = torch.linalg.eigvalsh(root @ c2 @ root).clamp_min(0).sqrt().sum()
    return max(0.0, float(apart + c1.trace() + c2.trace() - 2 * shared))


def kernel_distance(first: Rows, second: Rows, *, block: int = BLOCK, seed: int = 0) -> KernelDistance:
    """Squared maximum mean discrepancy by the kernel (x y / D + 1)^3, without bias, averaged over blocks of rows.

    Both samples are shuffled by `seed` and cut into as many blocks of that many rows as the smaller of them has.
    Gretton et al. 2012, JMLR 13, eq. 3; blocks as in Zaremba et al. 2013; the kernel of Binkowski et al. 2018,
    arXiv:1801.01401, sec. 4. Raises LabError ``metric.too_few`` for fewer than two rows of either.
    """
    one, other = _tensor(first, at_least=2), _tensor(second, at_least=2)
    generator = torch.Generator().manual_seed(seed)
    smaller = min(len(one), len(other))
    size = min(block, smaller)
    one, other = (rows[torch.randperm(len(rows), generator=generator)[:smaller]] for rows in (one, other))
    found = torch.stack([
        _squared_discrepancy(one[start : start + size], other[start : start + size])
        for start in range(0, smaller - size + 1, size)
    ])  # fmt: skip
    error = float(found.std() / len(found) ** 0.5) if len(found) > 1 else float("nan")
    return KernelDistance(float(found.mean()), error)


def manifold(real: Rows, made: Rows, *, k: int = 3, k_density: int = 5) -> Manifold:
    """Where the two clouds overlap; a row's neighbourhood reaches to its k-th nearest other row of its own cloud.

    Precision and recall with `k`: Kynkaanniemi et al. 2019, arXiv:1904.06991, eq. 1-3. Density and coverage with
    `k_density`: Naeem et al. 2020, arXiv:2002.09797, eq. 3-4; for two samples of one distribution density is about 1
    and coverage about 1 - 2^-k. Raises LabError ``metric.too_few`` unless both have more than k rows.
    """
    most = max(k, k_density)
    one, other = _tensor(real, at_least=most + 1), _tensor(made, at_least=most + 1)
    real_radii, made_radii = (_radii(rows, (k, k_density)) for rows in (one, other))
    good, recalled, within, covered = torch.zeros(len(other), dtype=torch.bool), 0, 0, 0
    start = 0
    for distances in _distances(one, other):  # of a chunk of real rows to all made ones
        radii = real_radii[start : start + len(distances)]
        start += len(distances)
        near = distances <= radii[:, 1, None]
        good |= (distances <= radii[:, 0, None]).any(dim=0)
        recalled += int((distances <= made_radii[:, 0]).any(dim=1).sum())
        within += int(near.sum())
        covered += int(near.any(dim=1).sum())
    return Manifold(
        precision=int(good.sum()) / len(other), recall=recalled / len(one),
        density=within / (k_density * len(other)), coverage=covered / len(one),
    )


def nearest_distances(bank: Rows, queries: Rows) -> npt.NDArray[np.float64]:
    """(Q,) distance of each query (Q, D) to the nearest row of `bank` (M, D).

    Raises LabError ``metric.too_few`` without a row of either.
    """
    rows, asked = _tensor(bank, at_least=1), _tensor(queries, at_least=1)
    found: npt.NDArray[np.float64] = torch.cat([part.amin(dim=1) for part in _distances(asked, rows)]).numpy()
    return found


def memorised(made: npt.NDArray[np.float64], test: npt.NDArray[np.float64], *, percentile: float = 1.0) -> float:
    """Share of the made pictures nearer to a training picture than that percentile of the test pictures are.

    `made` (N,) and `test` (M,) are `nearest_distances` to the training pictures. Test pictures cannot have been
    copied, so a generator that copies nothing and varies as they do gets percentile / 100. A threshold on the
    distance to the nearest training picture as in Meehan et al. 2020, arXiv:2004.05675, who compare its ranks.
    Raises LabError ``metric.too_few`` without a distance of either.
    """
    if min(len(made), len(test)) == 0:
        raise LabError("metric.too_few", got=0, needed=1)
    return float((made < np.percentile(test, percentile)).mean())


def _squared_discrepancy(one: Tensor, other: Tensor) -> Tensor:
    """Of n rows each: pairs of a row with itself are left out, so that nothing is added on average."""
    count, dimension = one.shape

    def kernel(first: Tensor, second: Tensor) -> Tensor:
        return (first @ second.T / dimension + 1) ** 3

    within = sum((values.sum() - values.trace()) for values in (kernel(one, one), kernel(other, other)))
    return within / (count * (count - 1)) - 2 * kernel(one, other).mean()


def _radii(rows: Tensor, ks: tuple[int, ...]) -> Tensor:
    """(N, len(ks)) the distance of each row to its k-th nearest other row, for each k."""
    # Of the k + 1 nearest the first is the row itself.
    parts = [part.topk(max(ks) + 1, dim=1, largest=False).values[:, list(ks)] for part in _distances(rows, rows)]
    return torch.cat(parts)


def _distances(queries: Tensor, bank: Tensor) -> Iterator[Tensor]:
    """(q, M) Euclidean distances of a chunk of the queries to all rows of the bank, chunk after chunk."""
    # What both are far away from together would only cost digits.
    centre = bank.mean(0)
    queries, bank = queries - centre, bank - centre
    lengths = bank.square().sum(1)
    for chunk in queries.split(_CHUNK):
        squares = torch.addmm(lengths, chunk, bank.T, alpha=-2).add_(chunk.square().sum(1, keepdim=True))
        yield squares.clamp_(min=0).sqrt_()


def _tensor(rows: Rows, *, at_least: int) -> Tensor:
    if len(rows) < at_least:
        raise LabError("metric.too_few", got=len(rows), needed=at_least)
    return torch.from_numpy(np.array(rows, np.float64))
