"""Exact nearest neighbours by cosine similarity: a matrix product and a careful second look at the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..core.errors import LabError

Rows = npt.NDArray[np.float32]

#: A neighbour this much alike is the query itself: the same picture, or one the embedder cannot tell from it.
#: Embedding a picture alone or in a batch moves it by up to 1e-3 (TF32 on a GPU), which is 5e-7 of cosine.
ITSELF = 1 - 5e-7

# How far from unit length a row may be: beyond it somebody has forgotten to normalise.
_UNIT = 1e-3
# Rows looked at a second time beyond the k asked for; float32 mixes up only near ties.
_SPARE = 16
# Bytes that the temporary arrays of one batch of queries may take.
_BATCH_BYTES = 1 << 26


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The k rows most alike, best first.

    Attributes:
        indices: int64, (k,) for one query or (Q, k): positions in the index.
        scores: float64, as `indices`: cosine similarity in [-1, 1]; never rising along a row.
        itself: bool, as `indices`: whether this is the query itself (see `ITSELF`).
    """

    indices: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    itself: npt.NDArray[np.bool_]


class Index:
    """Embeddings that can be searched. Never changed after it is made, so it may be shared between threads.

    Exact: the ranking is that of the cosine computed in double precision, whatever the batch. A matrix product
    in single precision rounds the same row differently alone and among others, which would let equal rows
    change places from one query to the next; so it only picks candidates, with a margin.
    """

    def __init__(self, rows: npt.NDArray[Any]) -> None:
        """`rows`: (M, D) of unit length, M and D at least 1; copied, as float32.

        Raises LabError ``gallery.empty`` or ``gallery.wrong_embedding``.
        """
        if rows.ndim != 2 or rows.shape[1] == 0:
            raise LabError("gallery.wrong_embedding", got=f"{rows.dtype} {rows.shape}", expected="(M, D)")
        if len(rows) == 0:
            raise LabError("gallery.empty")
        own = np.array(rows, np.float32, order="C")
        self._bank = torch.from_numpy(own)
        self.rows: Rows = own.view()
        self.rows.flags.writeable = False
        self._lengths = _lengths(self.rows)
        off = float(np.abs(self._lengths - 1).max())
        if not off <= _UNIT:  # also where it is not a number
            raise LabError("gallery.wrong_embedding", got=f"length {1 + off:.4g}", expected="length 1")
        # What a score can be wrong by in single precision, where D products and sums are each rounded by 2**-24
        # at most, as the query was, and lengths are taken for 1 (Higham 2002, Accuracy and Stability, sec. 3.1).
        self._margin = (rows.shape[1] + 2) * 2.0**-24 + off

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def dimension(self) -> int:
        """D."""
        return int(self.rows.shape[1])

    def nearest(
        self, embedding: npt.NDArray[Any], k: int, *, exclude: int | Sequence[int] | npt.NDArray[np.int64] | None = None
    ) -> Neighbours:
        """The `k` rows most alike to one embedding (D,) or to each of (Q, D), of any length but 0.

        Best first; rows of equal similarity in the order of the index. `exclude` is the row that is left out,
        such as the query's own: one number for one embedding, Q numbers for Q (-1 leaves none out).

        Raises LabError ``gallery.wrong_k`` unless k is in 1 .. number of candidates: a shorter answer is never
        given quietly. ``gallery.wrong_embedding`` for another D, for lengths of 0 and for NaN;
        ``gallery.wrong_exclude``.
        """
        queries = np.asarray(embedding, np.float64)
        single = queries.ndim == 1
        queries = queries[None] if single else queries
        lengths = self._checked_lengths(queries, embedding)
        left_out = self._left_out(exclude, len(queries), single)
        candidates = len(self) - int(bool((left_out >= 0).any()))
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= candidates:
            raise LabError("gallery.wrong_k", k=k, most=candidates)
        units = queries / lengths[:, None]
        indices = np.empty((len(units), k), np.int64)
        scores = np.empty((len(units), k), np.float64)
        batch = max(1, _BATCH_BYTES // max(4 * len(self), 24 * (k + _SPARE) * self.dimension))
        for start in range(0, len(units), batch):
            part = slice(start, start + batch)
            indices[part], scores[part] = self._batch(units[part], int(k), left_out[part])
        itself = scores >= ITSELF
        if single:
            return Neighbours(indices[0], scores[0], itself[0])
        return Neighbours(indices, scores, itself)

    def _batch(
        self, units: npt.NDArray[np.float64], k: int, left_out: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """((Q, k) indices, (Q, k) scores) for queries of unit length."""
        rough = torch.from_numpy(units.astype(np.float32)) @ self._bank.T
        have = np.flatnonzero(left_out >= 0)
        rough[have, left_out[have]] = -torch.inf
        count = min(k + _SPARE, len(self))
        best, where = (found.numpy() for found in rough.topk(count, dim=1))
        # A row belongs to the k best only if it comes this near to the k-th of the rough ranking.
        least = best[:, k - 1] - 2 * self._margin
        indices, scores = self._ranked(units, where, left_out, k)
        if count < len(self):
            for query in np.flatnonzero(best[:, -1] >= least):  # more near ties than spare rows
                near = np.flatnonzero(rough[query].numpy() >= least[query])
                indices[query], scores[query] = self._many(units[query], near, k)
        return indices, scores

    def _many(
        self, unit: npt.NDArray[np.float64], near: npt.NDArray[np.int64], k: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """The k best of so many candidates that they are scored in pieces."""
        size = max(1, _BATCH_BYTES // (24 * self.dimension))
        scores = np.concatenate([self._scores(unit, near[at : at + size]) for at in range(0, len(near), size)])
        order = np.lexsort((near, -scores))[:k]
        return near[order], scores[order]

    def _ranked(
        self, units: npt.NDArray[np.float64], where: npt.NDArray[np.int64], left_out: npt.NDArray[np.int64], k: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """The k best of each query's candidates `where` (Q, C), by score and then by index."""
        scores = self._scores(units[:, None], where)
        scores[where == left_out[:, None]] = -np.inf
        order = np.lexsort((where, -scores), axis=1)[:, :k]
        return np.take_along_axis(where, order, 1), np.take_along_axis(scores, order, 1)

    def _scores(self, units: npt.NDArray[np.float64], where: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Cosines in double precision, as `where`. A sum along each row alone: equal rows score equal everywhere."""
        products: npt.NDArray[np.float64] = self.rows[where] * units
        scores: npt.NDArray[np.float64] = (products.sum(axis=-1) / self._lengths[where]).clip(-1, 1)
        return scores

    def _checked_lengths(self, queries: npt.NDArray[np.float64], given: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """(Q,) lengths of the queries, none of them 0."""
        expected = f"(Q, {self.dimension})"
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise LabError("gallery.wrong_embedding", got=f"{np.shape(given)}", expected=expected)
        lengths = _lengths(queries)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            odd = lengths[~(np.isfinite(lengths) & (lengths > 0))][0]
            raise LabError("gallery.wrong_embedding", got=f"length {odd:g}", expected="length > 0")
        return lengths

    def _left_out(self, exclude: Any, queries: int, single: bool) -> npt.NDArray[np.int64]:
        """(Q,) the row left out for each query, or -1."""
        if exclude is None:
            return np.full(queries, -1, np.int64)
        given = np.asarray(exclude)
        if given.dtype.kind not in "iu" or given.shape != (() if single else (queries,)):
            raise LabError("gallery.wrong_exclude", got=f"{given.dtype} {given.shape}", count=queries)
        rows = given.reshape(-1).astype(np.int64)
        if rows.size and (rows.min() < -1 or rows.max() >= len(self)):
            raise LabError("gallery.wrong_exclude", got=f"{rows.min()} .. {rows.max()}", count=len(self))
        return rows


def _lengths(rows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(N,) Euclidean lengths in double precision, in pieces that fit the cache."""
    pieces = [np.square(rows[at : at + 4096], dtype=np.float64).sum(axis=1) for at in range(0, len(rows), 4096)]
    return np.sqrt(np.concatenate(pieces)) if pieces else np.zeros(0)
