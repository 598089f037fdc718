"""How far two rankings of the same things agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Two rows of k answers to one question, compared.

    Attributes:
        first, second: bool (k,), for each answer of a row whether the other row has it, too, at any rank.
        overlap: share of the k answers that both rows have, 0 to 1 ("overlap@k").
        early: mean of overlap@1, overlap@2, ..., overlap@k: agreement on the first ranks counts most.
    """

    first: npt.NDArray[np.bool_]
    second: npt.NDArray[np.bool_]
    overlap: float
    early: float


def agreement(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> Agreement:
    """Compare two rankings (k,) of different things each, best first.

    `early` is the average overlap of Webber et al. 2010, A similarity measure for indefinite rankings, sec. 2.4.
    Raises LabError ``metric.too_few`` unless both have the same length of at least 1.
    """
    if len(first) != len(second) or len(first) == 0:
        raise LabError("metric.too_few", got=min(len(first), len(second)), needed=max(1, len(first), len(second)))
    depths = [len(np.intersect1d(first[:depth], second[:depth])) / depth for depth in range(1, len(first) + 1)]
    return Agreement(np.isin(first, second), np.isin(second, first), depths[-1], float(np.mean(depths)))
