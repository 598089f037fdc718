"""Steps that map each level by a table: any row of them is one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from .base import Curve, Number, Table, Values, knob, lerp, log_lerp, whole

_LEVELS = np.arange(256)


@dataclass(frozen=True, kw_only=True)
class Posterise(Curve):
    """Keep only the upper bits of each channel, between `bits` and all 8 (PIL's posterize; arXiv:1805.09501)."""

    KIND: ClassVar[str] = "posterise"
    FIELDS: ClassVar[tuple[str, ...]] = ("bits",)
    bits: int = knob(1, 8, 4, 1, integer=True)

    def values(self, u: Values) -> dict[str, Number]:
        return {"bits": whole(lerp(self.bits, 9, u["bits"]))}

    def table(self, values: Values, counts: npt.NDArray[np.int64] | None) -> Table:
        dropped = 8 - np.asarray(values["bits"])[..., None]
        return np.asarray(_LEVELS >> dropped << dropped, np.uint8)


@dataclass(frozen=True, kw_only=True)
class Solarise(Curve):
    """Invert the levels at or above a threshold, drawn between `threshold` and 256, where nothing changes."""

    KIND: ClassVar[str] = "solarise"
    FIELDS: ClassVar[tuple[str, ...]] = ("threshold",)
    threshold: float = knob(0, 256, 128, 1, "levels")

    def values(self, u: Values) -> dict[str, Number]:
        return {"threshold": lerp(self.threshold, 256, u["threshold"])}

    def table(self, values: Values, counts: npt.NDArray[np.int64] | None) -> Table:
        inverted = np.asarray(values["threshold"])[..., None] <= _LEVELS
        return np.where(inverted, 255 - _LEVELS, _LEVELS).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Gamma(Curve):
    """255 (x / 255)^gamma, gamma between 1/reach and reach on a log scale; above 1 is darker."""

    KIND: ClassVar[str] = "gamma"
    FIELDS: ClassVar[tuple[str, ...]] = ("gamma",)
    reach: float = knob(1, 4, 1.5, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"gamma": log_lerp(1 / self.reach, self.reach, u["gamma"])}

    def table(self, values: Values, counts: npt.NDArray[np.int64] | None) -> Table:
        gamma = np.asarray(values["gamma"])[..., None]
        return np.rint(255 * (_LEVELS / 255) ** gamma).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Equalise(Curve):
    """Spread each channel's levels so that all occur about equally often (PIL's ImageOps.equalize)."""

    KIND: ClassVar[str] = "equalise"
    READS_PICTURE: ClassVar[bool] = True
    p: float = knob(0, 1, 0.5, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {}

    def table(self, values: Values, counts: npt.NDArray[np.int64] | None) -> Table:
        assert counts is not None
        tables = np.tile(_LEVELS, (3, 1))
        for channel, count in enumerate(counts):
            last = count[np.nonzero(count)[0][-1]]
            step = (count.sum() - last) // 255
            if step:
                below = np.cumsum(count) - count
                tables[channel] = np.minimum((below + step // 2) // step, 255)
        return tables.astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class Autocontrast(Curve):
    """Stretch each channel so that its darkest level becomes 0 and its brightest 255 (PIL's ImageOps)."""

    KIND: ClassVar[str] = "autocontrast"
    READS_PICTURE: ClassVar[bool] = True
    p: float = knob(0, 1, 0.5, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {}

    def table(self, values: Values, counts: npt.NDArray[np.int64] | None) -> Table:
        assert counts is not None
        tables = np.tile(_LEVELS, (3, 1)).astype(np.float64)
        for channel, count in enumerate(counts):
            present = np.nonzero(count)[0]
            low, high = present[0], present[-1]
            if high > low:
                tables[channel] = (_LEVELS - low) * (255 / (high - low))
        return np.rint(np.clip(tables, 0, 255)).astype(np.uint8)
