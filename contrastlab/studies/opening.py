"""Which picture opens the page: one where learning makes a difference that can be measured, and that is no fluke."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..gallery import Gallery, class_average
from .rolls import Embed
from .stability import stability

#: The file with an encoder's opening, in its checkpoint's folder.
OPENING = "opening.json"
#: Neighbours a row.
ROW = 5

# Pictures that are looked at closely, with changed versions of each.
_SHORTLIST = 24
# Two pictures this much alike, as any of the two embedders sees them, look like one and the same.
_DOUBLE = 0.995


@dataclass(frozen=True, slots=True)
class Opening:
    """A query, its two rows, and the numbers that speak for it.

    Attributes:
        query: the picture of the gallery that is asked for.
        learned, pixels: its nearest others by what was learned and by pixels, best first.
        learned_right, pixels_right: how many of either row are of the query's class.
        stability: share of the learned row, 0 to 1, that a changed version of the query keeps on average.
        margin: how much nearer the learned embedding is to its own class than to any other.
        occurrences: how many pictures have the query among their ten nearest.
    """

    query: int
    learned: tuple[int, ...]
    pixels: tuple[int, ...]
    learned_right: int
    pixels_right: int
    stability: float
    margin: float
    occurrences: int


def openings(learned: Gallery, pixels: Gallery, embed: Embed, *, k: int = ROW) -> tuple[Opening, ...]:
    """Pictures fit to open with, best first; () if there is none.

    `learned` and `pixels` hold the same pictures, `embed` is the embedder of the former. First come those with the
    greatest difference between the rows in neighbours of the query's own class, among these the clearer ones by
    stability times margin, then the earlier. Only pictures count that lie no further from their class's average than
    half of the class, whose rows hold no two that look the same, and that are no hubs nor have one in their learned
    row.
    Raises LabError ``gallery.no_classes``, ``study.other_pictures``, ``gallery.wrong_k``.
    """
    if not learned.classes:
        raise LabError("gallery.no_classes", name=learned.name)
    if learned.pictures_hash != pixels.pictures_hash:
        raise LabError("study.other_pictures")
    if not 1 <= k < len(learned):
        raise LabError("gallery.wrong_k", k=k, most=len(learned) - 1)
    found = []
    for query in _shortlist(learned, pixels, k):
        rows = [gallery.nearest(gallery.index.rows[query], k, exclude=query).indices for gallery in (learned, pixels)]
        if not any(_has_doubles(gallery, [query, *row]) for gallery in (learned, pixels) for row in rows):
            found.append(_weighed(learned, embed, query, *rows))

    def place(one: Opening) -> tuple[float, ...]:
        return one.pixels_right - one.learned_right, -one.stability * one.margin, one.query

    return tuple(sorted(found, key=place))


def write_opening(path: Path, opening: Opening, learned: Gallery, *, encoder: str, baseline: str) -> None:
    """Keep an opening beside the two embedders' keys and the hash of the pictures it was chosen from."""
    stamp = _stamp(learned, encoder, baseline)
    write_atomically(path, (json.dumps({**stamp, "opening": asdict(opening)}, indent=1) + "\n").encode())


def read_opening(path: Path, learned: Gallery, *, encoder: str, baseline: str) -> Opening | None:
    """The opening kept for this gallery and these two embedders (`Embedder.key`).

    None if there is none, if the file is damaged, or if weights or pictures are others by now: then ask `openings`.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if {name: stored[name] for name in ("gallery", "pictures", "encoder", "baseline")} != _stamp(
            learned, encoder, baseline
        ):
            return None
        told = stored["opening"]
        opening = Opening(**{**told, "learned": tuple(told["learned"]), "pixels": tuple(told["pixels"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    shown = (opening.query, *opening.learned, *opening.pixels)
    there = all(type(at) is int and 0 <= at < len(learned) for at in shown)
    return opening if there and opening.learned and len(opening.learned) == len(opening.pixels) else None


def _stamp(learned: Gallery, encoder: str, baseline: str) -> dict[str, str]:
    return {"gallery": learned.name, "pictures": learned.pictures_hash, "encoder": encoder, "baseline": baseline}


def _shortlist(learned: Gallery, pixels: Gallery, k: int) -> list[int]:
    """Pictures that may do, by the difference between the rows and then by margin."""
    asked = learned.survey.asked
    own = learned.labels[asked, None]
    rows = learned.survey.nearest[:, :k]
    right, by_pixels = (
        (gallery.labels[gallery.survey.nearest[:, :k]] == own).sum(axis=1) for gallery in (learned, pixels)
    )
    crowded = learned.hubs.counts > learned.hubs.least
    fit = _typical(learned)[asked] & ~crowded[asked] & ~crowded[rows].any(axis=1)
    margin = np.nan_to_num(learned.survey.own - learned.survey.other, nan=-2.0)
    order = np.lexsort((asked, -margin, by_pixels - right))
    return [int(asked[at]) for at in order[fit[order]][:_SHORTLIST]]


def _typical(gallery: Gallery) -> npt.NDArray[np.bool_]:
    """(M,) whether a picture is as near to its class's average as half of the class is, at least."""
    typical = np.zeros(len(gallery), bool)
    for label in np.unique(gallery.labels):
        members = np.flatnonzero(gallery.labels == label)
        near = gallery.index.rows[members] @ class_average(gallery, int(label))
        typical[members] = near >= np.median(near)
    return typical


def _has_doubles(gallery: Gallery, shown: list[int]) -> bool:
    rows = gallery.index.rows[shown]
    return bool((np.triu(rows @ rows.T, 1) >= _DOUBLE).any())


def _weighed(
    learned: Gallery, embed: Embed, query: int, row: npt.NDArray[np.int64], by_pixels: npt.NDArray[np.int64]
) -> Opening:
    own = learned.labels[query]
    place = int(np.searchsorted(learned.survey.asked, query))
    stable = stability(learned.pictures[query], learned, embed, k=len(row), exclude=query)
    return Opening(
        query=query, learned=tuple(map(int, row)), pixels=tuple(map(int, by_pixels)),
        learned_right=int((learned.labels[row] == own).sum()),
        pixels_right=int((learned.labels[by_pixels] == own).sum()),
        stability=round(stable.mean, 4),
        margin=round(float(learned.survey.own[place] - learned.survey.other[place]), 4),
        occurrences=int(learned.hubs.counts[query]),
    )
