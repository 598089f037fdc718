"""Masks of what is missing: scratches, dots, writing and blocks, drawn by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

from ...core.images import Picture
from ...core.knobs import Choice, Knob
from ...core.seeds import checked_seed

Mask = npt.NDArray[np.bool_]
_Draw = Callable[[npt.NDArray[np.uint8], np.random.Generator], None]

#: What share of a picture's pixels is missing, about.
SHARE = Knob("holes", 0, 0.9, 0.1, 0.01)
_SIDE = Knob("side", 1, 1_000_000, 32, 1, "px", integer=True)

#: Strokes drawn at most; a share that they do not reach is not asked for below 0.9.
_MOST = 20_000
_HALF = 128
_WORDS = ("light", "time", "memory", "summer", "1962", "dear", "photo", "blue")


def holes(height: int, width: int, kind: str, share: float, seed: int) -> Mask:
    """bool (height, width), True where a pixel is missing: strokes of one kind until `share` (0-0.9) is reached.

    The same seed draws the same strokes in the same order whatever the share, so a larger share only adds. The last
    stroke may overshoot. Raises LabError ``knob.unknown_choice``, ``knob.out_of_range`` and the like.
    """
    draw = _KINDS[KIND.check(kind)]
    share = SHARE.check(share)
    mask = np.zeros((int(_SIDE.check(height)), int(_SIDE.check(width))), np.uint8)
    chance = np.random.Generator(np.random.PCG64(checked_seed(seed)))
    wanted = share * mask.size
    for _ in range(_MOST):
        if np.count_nonzero(mask) >= wanted:
            break
        draw(mask, chance)
    return mask.astype(bool)


def mask_of(picture: Picture) -> Mask:
    """bool (H, W) of a mask that came as a picture: missing is what is bright in it.

    Where it is transparent in part, as what was painted on an empty layer, what is painted is missing, in whatever
    colour. Soft edges are cut in the middle.
    """
    if picture.alpha is not None and picture.alpha.min() < _HALF <= picture.alpha.max():
        return picture.alpha >= _HALF
    bright: Mask = picture.pixels.max(axis=2) >= _HALF
    return bright


def _scratch(mask: npt.NDArray[np.uint8], chance: np.random.Generator) -> None:
    """A line of 1 to 7 pixels that bends a little, anywhere from a tenth of the picture to all of it."""
    height, width = mask.shape
    reach = chance.uniform(0.1, 1.0) * max(height, width)
    angle = chance.uniform(0, 2 * np.pi)
    x, y = chance.uniform(0, width), chance.uniform(0, height)
    thickness = int(chance.integers(1, 8))
    points = [(x, y)]
    for _ in range(6):
        angle += chance.normal(0, 0.25)
        x, y = x + np.cos(angle) * reach / 6, y + np.sin(angle) * reach / 6
        points.append((x, y))
    cv2.polylines(mask, [np.array(points).round().astype(np.int32)], False, 1, thickness)


def _dot(mask: npt.NDArray[np.uint8], chance: np.random.Generator) -> None:
    """A filled circle of 1 to 8 pixels radius."""
    height, width = mask.shape
    centre = int(chance.integers(0, width)), int(chance.integers(0, height))
    cv2.circle(mask, centre, int(chance.integers(1, 9)), 1, -1)


def _text(mask: npt.NDArray[np.uint8], chance: np.random.Generator) -> None:
    """A word, 12 to 28 pixels high."""
    height, width = mask.shape
    place = int(chance.integers(-width // 4, width)), int(chance.integers(0, height + 10))
    word = _WORDS[int(chance.integers(len(_WORDS)))]
    scale = float(chance.uniform(0.5, 1.2))
    cv2.putText(mask, word, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 1, int(chance.integers(1, 4)), cv2.LINE_8)


def _block(mask: npt.NDArray[np.uint8], chance: np.random.Generator) -> None:
    """A square of 8 to 32 pixels."""
    height, width = mask.shape
    side = int(chance.integers(8, 33))
    left, top = int(chance.integers(-side // 2, width)), int(chance.integers(-side // 2, height))
    cv2.rectangle(mask, (left, top), (left + side - 1, top + side - 1), 1, -1)


_KINDS: Mapping[str, _Draw] = {"scratches": _scratch, "dots": _dot, "text": _text, "blocks": _block}
KIND = Choice("holes", tuple(_KINDS), "scratches")
