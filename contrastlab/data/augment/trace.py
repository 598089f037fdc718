"""Where things go: points followed through a draw, and where each output pixel comes from."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .apply import Part, geometry, runs
from .drawn import Drawn
from .steps.base import Floats, Geometry
from .steps.filters import Cutout, Elastic
from .warp import CV_BORDERS

ORIGINAL, MADE_UP, FILLED = 0, 1, 2


def matrix(drawn: Drawn, size: tuple[int, int]) -> Floats:
    """(3, 3): from a position (x, y, 1) in a source of size (width, height) to its position in the output.

    Pixel centres are whole numbers; divide by the third component. All geometry of the draw but `elastic`,
    which no matrix can say: `follow` does.
    """
    backward, _ = geometry(_geometry_of(drawn), size)
    return np.asarray(np.linalg.inv(backward), np.float64)


def output_size(drawn: Drawn, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of what a source of size (width, height) becomes."""
    return geometry(_geometry_of(drawn), size)[1]


def follow(drawn: Drawn, size: tuple[int, int], points: npt.ArrayLike) -> Floats:
    """(K, 2) positions (x, y) in a source of size (width, height) as (K, 2) positions in the output.

    Points outside the output's frame keep their place outside it.
    """
    at = np.array(points, np.float64).reshape(-1, 2)
    for kind, run in runs(drawn.steps):
        step, values = run[0]
        if kind is Geometry:
            backward, size = geometry(run, size)
            at = _mapped(np.asarray(np.linalg.inv(backward), np.float64), at)
        elif isinstance(step, Elastic):
            at = _against_shifts(step.shifts(values, *size), at)
    return at


def provenance(drawn: Drawn, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """(H, W): 0 where the output shows the picture itself, 1 where its edge was mirrored, repeated or wrapped
    around, 2 where a colour was filled in (constant border, cut-out)."""
    width, height = size
    origin = np.zeros((height, width), np.uint8)
    for kind, run in runs(drawn.steps):
        step, values = run[0]
        if kind is Geometry:
            backward, (width, height) = geometry(run, (origin.shape[1], origin.shape[0]))
            origin = _read(
                origin, _mapped(backward, _grid(width, height)).reshape(height, width, 2), drawn.border
            )
        elif isinstance(step, Elastic):
            shifts = step.shifts(values, width, height)
            origin = _read(origin, _grid(width, height).reshape(height, width, 2) + shifts, drawn.border)
        elif isinstance(step, Cutout):
            left, top, right, bottom = step.box(values, width, height)
            origin[top:bottom, left:right] = FILLED
    return origin


def _geometry_of(drawn: Drawn) -> list[Part]:
    return [part for kind, run in runs(drawn.steps) if kind is Geometry for part in run]


def _read(origin: npt.NDArray[np.uint8], at: Floats, border: str) -> npt.NDArray[np.uint8]:
    """The map read at (H, W, 2) positions, nearest pixel; what lies outside is made up, or filled."""
    height, width = origin.shape
    nearest = np.rint(at).astype(np.float32)
    read = cv2.remap(
        origin, nearest[..., 0], nearest[..., 1], cv2.INTER_NEAREST,
        borderMode=CV_BORDERS[border], borderValue=FILLED,
    )  # fmt: skip
    outside = np.any((nearest < 0) | (nearest >= (width, height)), axis=-1)
    return np.where(outside, np.maximum(read, MADE_UP), read).astype(np.uint8)


def _grid(width: int, height: int) -> Floats:
    """(H * W, 2): the position of every pixel, row by row."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _mapped(projective: Floats, at: Floats) -> Floats:
    mapped = np.column_stack([at, np.ones(len(at))]) @ projective.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)


def _against_shifts(shifts: Floats, at: Floats) -> Floats:
    """Where positions go when the output at p reads the input at p + shift(p): p is found by iteration."""
    moved = at
    for _ in range(30):
        x, y = moved.astype(np.float32)[:, :1], moved.astype(np.float32)[:, 1:]
        here = cv2.remap(shifts.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved = at - here.reshape(-1, 2)
    return moved
