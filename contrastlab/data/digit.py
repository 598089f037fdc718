"""A photographed or drawn digit in the form in which MNIST has its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from ..core.images import Image
from .pixels import resize

SIDE = 28
# The box that the ink is brought to; LeCun et al. 1998, Gradient-based learning applied to document recognition, II.A.
_BOX = 20
# Ink that stands out less than this from the paper, in levels, is none; of what stands out, this share is ink.
_FAINTEST, _INK = 40, 0.25
# Paper is as light as this at its edge, in levels, and for nine tenths of it not darker than its middle by more.
_LIGHT, _UNEVEN = 128, 48


def as_digit(picture: Image) -> Image:
    """A picture uint8 (H, W, 3) of one digit -> (28, 28, 3): light on black, 20 pixels long, its mass in the middle.

    Dark ink on light paper is turned over. Raises LabError ``digit.nothing`` where nothing stands out.
    """
    grey = picture.astype(np.float32).mean(axis=2)
    paper = float(np.median(_edge(grey)))
    ink = grey - paper if paper < 128 else paper - grey
    if ink.max() < _FAINTEST:
        raise LabError("digit.nothing")
    ink = np.clip(ink / ink.max(), 0, 1)
    rows, columns = (np.flatnonzero((ink > _INK).any(axis=axis)) for axis in (1, 0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _BOX / max(cut.shape)
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    levels = np.repeat(np.rint(cut * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    small = resize(np.ascontiguousarray(levels), size)
    mass = small[:, :, 0].astype(np.float64)
    placed: Image = np.zeros((SIDE, SIDE, 3), np.uint8)
    corner = []
    for axis, length in enumerate(small.shape[:2]):
        centre = float((mass.sum(axis=1 - axis) * (np.arange(length) + 0.5)).sum() / mass.sum())
        corner.append(min(max(round(SIDE / 2 - centre), 0), SIDE - length))
    placed[corner[0] : corner[0] + small.shape[0], corner[1] : corner[1] + small.shape[1]] = small
    return placed


def turned_over(picture: Image, classes: Sequence[str]) -> Image | None:
    """`as_digit` of dark ink on light paper, for who paints digits, its classes say; None for all others.

    Raises what `as_digit` raises.
    """
    return as_digit(picture) if all(one.isdecimal() for one in classes) and is_on_paper(picture) else None


def is_on_paper(picture: Image) -> bool:
    """Whether a picture uint8 (H, W, 3) is of dark ink on light paper, which MNIST has none of: its edge is even."""
    grey = picture.astype(np.float32).mean(axis=2)
    paper, dark = np.quantile(_edge(grey), (0.5, 0.1))
    return bool(paper >= _LIGHT and paper - dark <= _UNEVEN and paper - grey.min() >= _FAINTEST)


def _edge(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
