"""Why do these two match? Cover a part of one picture and see how much likeness to the other is lost."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ...core.images import Image
from ...core.knobs import Knob
from ...data.pixels import gaussian_blur
from .inference import Embedder, view

#: Places a side at which a square, two places wide, is laid over the picture: at 32 px, 8 px every 4 px.
GRID = Knob("grid", 2, 16, 8, 1, integer=True)
#: Share of the picture that counts as its most important area.
AREA = 0.25

# What lies under the square is replaced by the picture blurred with this sigma, in sides: colours stay and no edge
# comes in, so the cover is hardly a feature itself. On 30 pairs of nearest neighbours of CIFAR-10, taking away the
# quarter that such a map calls most important cost .278 of the similarity (.276 by a map made with the picture's
# mean colour, .255 with grey; .048 for a quarter by chance), keeping it alone left .815 of .907 (.806, .794; .590).
# A square of mean colour alone disturbs an embedding by a third more, wherever it lies.
_BLUR = 6 / 32


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What in one of the two pictures the similarity hangs on.

    Attributes:
        seen: (side, side, 3) uint8, all that the embedder sees of it.
        drops: float32 (g, g), the cosine similarity lost while the square about the middle of each place is
            covered; below 0 where covering makes the two more alike. Squares are cut off at the picture's edge.
        heat: float32 (side, side), the same between the places.
        worst: (left, top, right, bottom) in pixels of `seen`, right and bottom exclusive: the square that costs most.
        lost: similarity lost by covering that square.
        area: bool (side, side), the `AREA` of the picture where `heat` is highest.
        alone: cosine similarity with the other picture if only this area stays and all else is covered.
        rest: the same if only an equal share stays where `heat` is lowest.
        nothing: the same if all is covered: what the blurred colours alone are worth.
    """

    seen: Image
    drops: npt.NDArray[np.float32]
    heat: npt.NDArray[np.float32]
    worst: tuple[int, int, int, int]
    lost: float
    area: npt.NDArray[np.bool_]
    alone: float
    rest: float
    nothing: float


@dataclass(frozen=True, slots=True)
class Why:
    """Two pictures and what their similarity hangs on.

    Attributes:
        similarity: cosine similarity of the two, nothing covered.
        first, second: the parts of either that matter to the other.
    """

    similarity: float
    first: Part
    second: Part


def why_alike(embedder: Embedder, first: Image, second: Image, *, grid: int = 8) -> Why:
    """Occlusion maps of both pictures, uint8 (H, W, 3) of any size, for any embedder: 2 grid**2 + 8 embeddings.

    Zeiler & Fergus 2014, arXiv:1311.2901, sec. 4.2, with the similarity in place of a class; the cover is a blurred
    copy (Fong & Vedaldi 2017, arXiv:1704.03296, sec. 4.1). Raises the errors of `GRID` and of a malformed picture.
    """
    grid = int(GRID.check(grid))
    seen = [view(picture, embedder.side) for picture in (first, second)]
    covers = [gaussian_blur(picture, _BLUR * embedder.side) for picture in seen]
    squares = _squares(embedder.side, grid)
    covered = [np.where(squares[..., None], cover, picture) for picture, cover in zip(seen, covers, strict=True)]
    rows = embedder.embed([*seen, *covered[0], *covered[1]])
    one, other = rows[:2]
    similarity = float(one @ other)
    drops = [
        (similarity - part @ twin).astype(np.float32)
        for part, twin in zip((rows[2 : 2 + grid**2], rows[2 + grid**2 :]), (other, one), strict=True)
    ]
    heats = [
        cv2.resize(drop.reshape(grid, grid), (embedder.side,) * 2, interpolation=cv2.INTER_LINEAR) for drop in drops
    ]
    areas = [(_most(heat), _most(-heat)) for heat in heats]
    left = [
        np.where(kept[..., None], picture, cover)
        for picture, cover, both in zip(seen, covers, areas, strict=True)
        for kept in (*both, np.zeros_like(both[0]))
    ]
    rows = embedder.embed(left)
    parts = []
    for number, twin in enumerate((other, one)):
        alone, rest, nothing = (float(value) for value in rows[3 * number : 3 * number + 3] @ twin)
        worst = int(drops[number].argmax())
        parts.append(
            Part(
                seen[number], drops[number].reshape(grid, grid), np.asarray(heats[number], np.float32),
                _box(squares[worst]), float(drops[number][worst]), areas[number][0], alone, rest, nothing,
            )
        )
    return Why(similarity, *parts)


def _squares(side: int, grid: int) -> npt.NDArray[np.bool_]:
    """(grid**2, side, side), row by row: two places wide about the middle of each."""
    edges = np.rint(np.linspace(0, side, 2 * grid + 1)).astype(int)
    squares = np.zeros((grid, grid, side, side), bool)
    reach = [slice(edges[max(0, 2 * at - 1)], edges[min(2 * grid, 2 * at + 3)]) for at in range(grid)]
    for row, down in enumerate(reach):
        for column, across in enumerate(reach):
            squares[row, column, down, across] = True
    return squares.reshape(-1, side, side)


def _box(square: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(square.any(1)), np.flatnonzero(square.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _most(heat: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """The `AREA` of the pixels where the heat is highest; of equal ones the upper left."""
    most = np.zeros(heat.size, bool)
    most[np.argsort(-heat.ravel(), kind="stable")[: round(AREA * heat.size)]] = True
    return most.reshape(heat.shape)
