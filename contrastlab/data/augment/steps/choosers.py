"""Steps that pick other steps at random: RandAugment and TrivialAugment.

Both pick from the same fourteen operations. Shears turn about the centre, where torchvision's hang on the
top left corner. Every operation that has a strength leaves the picture as it is at 0 and does more with more,
solarise and posterise too, whose usual numbers run the other way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from .base import Chooser, Number, Option, Values, knob, whole
from .colour import Brightness, Contrast, Saturation
from .curves import Autocontrast, Equalise, Posterise, Solarise
from .filters import Sharpness
from .geometry import Rotate, Shear, Translate

_BINS = 31  # both papers' code use strengths 0, 1, ..., 30
MOST_PICKS = 4


@dataclass(frozen=True, kw_only=True)
class RandAugment(Chooser):
    """`count` operations in a row, picked evenly from fourteen, all at one strength of 0 to 30.

    Source: Cubuk et al. 2019, arXiv:1909.13719; ranges as in torchvision's RandAugment.
    """

    KIND: ClassVar[str] = "randaugment"
    FIELDS: ClassVar[tuple[str, ...]] = tuple(
        f"{what}{i}" for i in range(MOST_PICKS) for what in ("pick", "sign")
    )
    count: int = knob(0, MOST_PICKS, 2, 1, integer=True)
    strength: int = knob(0, _BINS - 1, 9, 1, integer=True)

    def options(self) -> tuple[Option, ...]:
        return _options(shear=0.3, share=150 / 331 * 100, pixels=0, angle=30, factor=0.9, bits=4)

    def picks(self, u: Values) -> list[tuple[Number, Number, Number]]:
        level = self.strength / (_BINS - 1)
        return [(_pick(u[f"pick{i}"]), level, _sign(u[f"sign{i}"])) for i in range(self.count)]


@dataclass(frozen=True, kw_only=True)
class TrivialAugment(Chooser):
    """One operation, picked evenly from fourteen, at an even strength of 0 to `strength` (at most 30).

    Source: Müller and Hutter 2021, arXiv:2103.10158, the "wide" ranges.
    """

    KIND: ClassVar[str] = "trivialaugment"
    FIELDS: ClassVar[tuple[str, ...]] = ("pick", "strength", "sign")
    strength: int = knob(0, _BINS - 1, _BINS - 1, 1, integer=True)

    def options(self) -> tuple[Option, ...]:
        return _options(shear=0.99, share=0, pixels=32, angle=135, factor=0.99, bits=6)

    def picks(self, u: Values) -> list[tuple[Number, Number, Number]]:
        level = whole(u["strength"] * (self.strength + 1)) / (_BINS - 1)
        return [(_pick(u["pick"]), level, _sign(u["sign"]))]


@cache
def _options(
    *, shear: float, share: float, pixels: float, angle: float, factor: float, bits: int
) -> tuple[Option, ...]:
    """The fourteen operations at their largest strengths; a move is `share` per cent or `pixels`."""
    distance, measure = (share, "%") if share else (pixels, "px")
    move = Translate(distance=distance, measure=measure)

    def slant(level: Number, sign: Number) -> Number:
        return np.degrees(np.arctan(shear * level)) * sign

    # Kinds of operation stand together, so that a batch needs one warp, one matrix and one table a pick.
    return (
        Option(None, lambda level, sign: {}),
        Option(Shear(), lambda level, sign: {"x": slant(level, sign), "y": 0.0 * sign}),
        Option(Shear(), lambda level, sign: {"x": 0.0 * sign, "y": slant(level, sign)}),
        Option(move, lambda level, sign: {"x": distance * level * sign, "y": 0.0 * sign}),
        Option(move, lambda level, sign: {"x": 0.0 * sign, "y": distance * level * sign}),
        Option(Rotate(degrees=angle), lambda level, sign: {"angle": angle * level * sign}),
        Option(Brightness(strength=factor), _factor(factor)),
        Option(Saturation(strength=factor), _factor(factor)),
        Option(Contrast(strength=factor), _factor(factor)),
        Option(Posterise(), lambda level, sign: {"bits": 8 - whole(level * bits + 0.5)}),
        Option(Solarise(), lambda level, sign: {"threshold": 256.0 * (1 - level)}),
        Option(Autocontrast(p=1), lambda level, sign: {}),
        Option(Equalise(p=1), lambda level, sign: {}),
        Option(Sharpness(strength=factor), _factor(factor)),
    )


def _factor(largest: float) -> Callable[[Number, Number], dict[str, Number]]:
    return lambda level, sign: {"factor": 1 + largest * level * sign}


def _pick(u: Number) -> Number:
    return whole(u * 14)


def _sign(u: Number) -> Number:
    return 2 * whole(u * 2) - 1
