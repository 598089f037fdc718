"""Is a repair true? Whether it explains what was given, and how much it changes where nothing that matters has changed.

Pure functions of pictures; what repairs and what damages comes in as a callable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...core.images import Image, checked
from .inference import Floats, Mask

#: (picture uint8 (H, W, 3), what is missing of it or None) -> repaired picture.
Repair = Callable[[Image, Mask | None], Image]
#: Seed -> (damaged picture, what is missing of it or None).
Redraw = Callable[[int], tuple[Image, Mask | None]]

#: Rotations by quarter turns, plain and mirrored.
TURNS = 8
#: Repairs that differ by more levels than this (standard deviation) do not know what was there.
UNSURE = 4.0
#: Standard deviation of the window in which disagreement is added up, in pixels.
_WINDOW = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How far several repairs of the same thing lie apart, so far.

    Attributes:
        done, total: repairs that are in it, and that will be.
        mean: float32 (H, W, 3), levels.
        deviation: float32 (H, W), standard deviation over the repairs in levels, root mean square of the colours.
    """

    done: int
    total: int
    mean: Floats = field(repr=False)
    deviation: Floats = field(repr=False)

    def unrecovered(self, missing: Mask | None = None, *, beyond: float = UNSURE) -> Mask:
        """bool (H, W): what cannot be had back: where repairs differ by more than `beyond` levels, and every hole."""
        unsure: Mask = self.deviation > beyond
        return unsure if missing is None else unsure | missing


def over_turns(image: Image, missing: Mask | None, repair: Repair) -> Iterator[Spread]:
    """Repairs of the picture turned and mirrored in all `TURNS` ways, turned back.

    A repair that knows what was there does not ask which way is up. Yields after each.
    """
    picture = checked(image)

    def repaired(turn: int) -> Image:
        lost = None if missing is None else _turned(missing, turn)
        return _turned_back(repair(_turned(picture, turn), lost), turn)

    return _spread(repaired, TURNS)


def over_redraws(redraw: Redraw, repair: Repair, count: int = 8) -> Iterator[Spread]:
    """Repairs of the same picture damaged by the same amount with other dice.

    Of a picture whose original nobody knows, its repair can be damaged anew instead (Efron 1979, Annals of Statistics
    7: the parametric bootstrap). Yields after each.
    """
    return _spread(lambda seed: repair(*redraw(seed)), count)


@dataclass(frozen=True, slots=True, eq=False)
class Consistency:
    """What a repair leaves unexplained of the picture that was given.

    Attributes:
        residual: float32 (H, W, 3), levels: the given picture less the repair damaged again; 0 where it is missing.
        where: float32 (H, W), its root mean square near each pixel, in levels.
        size: its root mean square, in levels.
        expected: what it would be if the repair were true: the noise, in levels.
        correlation: of residuals that lie side by side, -1 to 1. Noise has none; more means that what was taken away
            has structure, and so was part of the picture.
    """

    residual: Floats = field(repr=False)
    where: Floats = field(repr=False)
    size: float
    expected: float
    correlation: float

    @property
    def ratio(self) -> float | None:
        """About 1 for a repair that explains the picture, above where it contradicts it, below where it kept noise.

        None where no noise is expected: the size itself should be about 0 then.
        """
        return self.size / self.expected if self.expected else None


def self_consistency(
    repaired: Image, damage: Callable[[Image], Image | Floats], given: Image, *, noise: float = 0.0,
    missing: Mask | None = None,
) -> Consistency:
    """The repair damaged again, against the picture that was given.

    `damage` is the part of the damage without dice (blur, shrinking, JPEG; identity where there is none), `noise` the
    standard deviation of the rest, in levels. What is missing is passed over.
    """
    kept = np.ones(given.shape[:2], np.float32) if missing is None else (~missing).astype(np.float32)
    residual = (checked(given).astype(np.float32) - np.asarray(damage(repaired), np.float32)) * kept[:, :, None]
    squares = np.square(residual).mean(axis=2)
    weight = np.maximum(_near(kept), 1e-6)
    where = np.sqrt(_near(squares) / weight) * kept
    size = float(np.sqrt(squares.sum() / max(float(kept.sum()), 1.0)))
    return Consistency(residual, where.astype(np.float32), size, noise, neighbours_alike(residual, missing))


def neighbours_alike(residual: Floats, missing: Mask | None = None) -> float:
    """Correlation of values (H, W, C) with those to the right and below, of the same colour; 0 where there are none."""
    kept = np.ones(residual.shape[:2], bool) if missing is None else ~missing
    centred = residual - residual[kept].mean(axis=0) if kept.any() else residual
    products, squares = [], []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        both = kept[one] & kept[other]
        left, right = centred[one][both].astype(np.float64), centred[other][both].astype(np.float64)
        products.append((left * right).sum())
        squares.append((np.square(left).sum() + np.square(right).sum()) / 2)
    return float(sum(products) / sum(squares)) if sum(squares) else 0.0


def _spread(repaired: Callable[[int], Image], total: int) -> Iterator[Spread]:
    """Mean and deviation as they go (Welford 1962, Technometrics 4), so that no repair has to be kept."""
    mean = squares = None
    for place in range(total):
        levels = repaired(place).astype(np.float32)
        if mean is None or squares is None:
            mean, squares = np.zeros_like(levels), np.zeros_like(levels)
        away = levels - mean
        mean = mean + away / np.float32(place + 1)
        squares = squares + away * (levels - mean)
        variance = squares.mean(axis=2) / np.float32(max(1, place))
        yield Spread(place + 1, total, mean, np.sqrt(np.maximum(variance, 0)))


def _turned(plane: npt.NDArray[Any], turn: int) -> npt.NDArray[Any]:
    mirrored = plane[:, ::-1] if turn >= TURNS // 2 else plane
    return np.ascontiguousarray(np.rot90(mirrored, turn % 4))


def _turned_back(plane: npt.NDArray[Any], turn: int) -> npt.NDArray[Any]:
    upright = np.rot90(plane, -turn % 4)
    return np.ascontiguousarray(upright[:, ::-1] if turn >= TURNS // 2 else upright)


def _near(plane: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), _WINDOW, borderType=cv2.BORDER_REFLECT_101), np.float32)
