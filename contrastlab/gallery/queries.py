"""Queries that are no picture: averages, and more like these but less like those."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from ..core.knobs import Knob
from .gallery import Gallery
from .index import Neighbours, Rows

#: How strongly the pictures that are not wanted push away.
AWAY = Knob("away", 0, 2, 0.5, 0.05)

# A sum shorter than this is what rounding left of vectors that cancel out.
_NOTHING = 1e-4


def average(rows: npt.NDArray[np.floating]) -> Rows:
    """The direction (D,) in the middle of unit rows (N, D): their normalised mean.

    Raises LabError ``gallery.cancelled`` if there is none, as when there is no row.
    """
    return _unit(np.asarray(rows, np.float64).sum(axis=0))


def class_average(gallery: Gallery, label: int) -> Rows:
    """The direction (D,) in the middle of a class: its prototype (Snell et al. 2017, arXiv:1703.05175).

    Raises LabError ``gallery.no_classes`` if the gallery has none, ``gallery.cancelled`` for an empty class.
    """
    if not gallery.classes:
        raise LabError("gallery.no_classes", name=gallery.name)
    return average(gallery.index.rows[gallery.labels == label])


def plus_minus(plus: npt.NDArray[np.floating], minus: npt.NDArray[np.floating], *, away: float = AWAY.default) -> Rows:
    """The query (D,) that is like the rows `plus` (N, D), N >= 1, and unlike the rows `minus` (K, D), K >= 0.

    The unit average of the first, less `away` times that of the second, at unit length: as many pictures of either
    kind may be given without shifting the balance. After Rocchio 1971, Relevance feedback in information retrieval.
    Raises LabError ``gallery.cancelled`` if nothing is left, and the errors of `AWAY`.
    """
    away = AWAY.check(away)
    wanted = average(plus).astype(np.float64)
    return _unit(wanted - away * average(minus)) if len(minus) else _unit(wanted)


def nearest_without(
    gallery: Gallery, embedding: npt.NDArray[np.floating], k: int, *, without: Sequence[int] = ()
) -> Neighbours:
    """The k pictures most alike to one embedding (D,), none of the pictures `without` among them.

    For queries made from pictures of the gallery, which would only find these again.
    Raises LabError ``gallery.wrong_k`` if fewer than k are left, ``gallery.wrong_exclude`` for a picture not there.
    """
    left_out = np.unique(np.asarray(without, np.int64))
    if left_out.size and not 0 <= left_out[0] <= left_out[-1] < len(gallery):
        raise LabError("gallery.wrong_exclude", got=f"{left_out[0]} .. {left_out[-1]}", count=len(gallery))
    if not 1 <= k <= len(gallery) - len(left_out):
        raise LabError("gallery.wrong_k", k=k, most=len(gallery) - len(left_out))
    found = gallery.nearest(embedding, k + len(left_out))
    keep = np.flatnonzero(~np.isin(found.indices, left_out))[:k]
    return Neighbours(found.indices[keep], found.scores[keep], found.itself[keep])


def _unit(vector: npt.NDArray[np.float64]) -> Rows:
    length = float(np.linalg.norm(vector))
    if not length > _NOTHING:
        raise LabError("gallery.cancelled")
    unit: Rows = (vector / length).astype(np.float32)
    return unit
