"""Embeddings in a few dozen bytes each: turned along their own axes, rounded to one step, squeezed without loss."""

from __future__ import annotations

import lzma
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from ..core.errors import LabError

Rows = npt.NDArray[np.float32]

#: Bytes that packed rows may take for each of their numbers, and what few rows may take in any case: the step is the
#: smallest tried that allows it.
BYTES_A_NUMBER, LEAST_BUDGET = 0.1, 500_000
#: Steps tried, in typical deviations of a number: each is so many times the one before.
_FINEST, _COARSER = 0.5, 1.15
_CHUNK = 8192
# Neither repeats nor positions mean anything here, only how frequent each value of a column is: as measured, within a
# sixth of the entropy.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 0, "pb": 0, "dict_size": 1 << 12,
             "mf": lzma.MF_HC4, "mode": lzma.MODE_NORMAL, "nice_len": 32, "depth": 1}]


@dataclass(frozen=True, slots=True, eq=False)
class CompactRows:
    """M embeddings of D numbers: row m is about centre + step * codes[m] @ axes.T.

    Transform coding (Goyal 2001, IEEE Signal Processing Magazine 18:5): along the principal axes the numbers are
    uncorrelated, and one step for all of them spends bits where the rows differ.

    Attributes:
        codes: int8 (M, D).
        axes: float32 (D, D), an axis a column.
        centre: float32 (D,).
        step: of the rounding.
    """

    codes: npt.NDArray[np.int8] = field(repr=False)
    axes: Rows = field(repr=False)
    centre: Rows = field(repr=False)
    step: float

    def __len__(self) -> int:
        return len(self.codes)

    def nearest(self, queries: Rows, k: int) -> tuple[Rows, npt.NDArray[np.int64]]:
        """Distances (Q, k) and places (Q, k) of the k rows nearest to each query (Q, D), nearest first."""
        turned = torch.from_numpy((queries - self.centre) @ self.axes)
        lengths = turned.square().sum(1, keepdim=True)
        best = torch.empty(len(turned), 0)
        places = torch.empty(len(turned), 0, dtype=torch.long)
        for start in range(0, len(self.codes), _CHUNK):
            rows = torch.from_numpy(self.codes[start : start + _CHUNK]).float() * self.step
            squares = torch.addmm(rows.square().sum(1), turned, rows.T, alpha=-2) + lengths
            here = torch.arange(start, start + len(rows)).expand(len(turned), -1)
            joined = torch.cat([best, squares], dim=1)
            best, chosen = joined.topk(min(k, joined.shape[1]), dim=1, largest=False)
            places = torch.cat([places, here], dim=1).gather(1, chosen)
        distances: Rows = best.clamp_min(0).sqrt().numpy()
        return distances, places.numpy()


def compact(rows: Rows, *, budget: int | None = None) -> tuple[CompactRows, bytes]:
    """The rows (M, D) as finely as the budget of bytes allows (see `BYTES_A_NUMBER`), and their codes packed.

    Raises LabError ``metric.too_few`` for fewer than two rows.
    """
    if len(rows) < 2:
        raise LabError("metric.too_few", got=len(rows), needed=2)
    if budget is None:
        budget = max(LEAST_BUDGET, int(BYTES_A_NUMBER * rows.size))
    centre = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, axes = np.linalg.eigh(np.cov((rows - centre).T.astype(np.float64)))
    # As they will be read back.
    axes = np.ascontiguousarray(axes[:, ::-1]).astype(np.float16).astype(np.float32)
    turned = (rows - centre) @ axes
    step = _FINEST * float(np.sqrt(np.square(turned).mean()))
    while True:
        levels = np.round(turned / step)
        if np.abs(levels).max() <= np.iinfo(np.int8).max:
            codes = levels.astype(np.int8)
            packed = pack(codes)
            if len(packed) <= budget:
                return CompactRows(codes, axes, centre, step), packed
        step *= _COARSER


def pack(codes: npt.NDArray[np.int8]) -> bytes:
    """The codes (M, D) squeezed, one axis after the other."""
    return lzma.compress(np.ascontiguousarray(codes.T).tobytes(), filters=_FILTERS)


def unpack(packed: bytes, count: int) -> npt.NDArray[np.int8]:
    """The codes (count, D) again. Raises ValueError for what is not such."""
    try:
        columns = np.frombuffer(lzma.decompress(packed), np.int8)
    except lzma.LZMAError as error:
        raise ValueError(str(error)) from None
    return np.ascontiguousarray(columns.reshape(-1, count).T)
