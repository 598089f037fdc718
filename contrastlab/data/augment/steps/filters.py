"""Steps that need a neighbourhood, a random field or an encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ....core.images import Image
from ... import pixels
from ..warp import CV_BORDERS
from .base import Filter, Floats, Number, Values, check_order, knob, lerp, log_lerp, signed, whole


@dataclass(frozen=True, kw_only=True)
class Blur(Filter):
    """Gaussian blur, sigma drawn in px. Source: SimCLR, arXiv:2002.05709, app. A (0.1 to 2 at 224 px)."""

    KIND: ClassVar[str] = "blur"
    FIELDS: ClassVar[tuple[str, ...]] = ("sigma",)
    smallest: float = knob(0, 20, 0.1, 0.1, "px")
    largest: float = knob(0, 20, 2, 0.1, "px")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self, "smallest", "largest")

    def values(self, u: Values) -> dict[str, Number]:
        return {"sigma": lerp(self.smallest, self.largest, u["sigma"])}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        return pixels.gaussian_blur(image, values["sigma"])


@dataclass(frozen=True, kw_only=True)
class MotionBlur(Filter):
    """The mean along a straight path of up to `length` px in any direction."""

    KIND: ClassVar[str] = "motion-blur"
    FIELDS: ClassVar[tuple[str, ...]] = ("length", "angle")
    length: float = knob(0, 60, 8, 0.5, "px")

    def values(self, u: Values) -> dict[str, Number]:
        return {"length": lerp(0, self.length, u["length"]), "angle": lerp(0, 180, u["angle"])}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        return pixels.motion_blur(image, values["length"], values["angle"])


@dataclass(frozen=True, kw_only=True)
class Noise(Filter):
    """Gaussian noise of up to `sigma` levels (0-255), drawn anew for every pixel and channel."""

    KIND: ClassVar[str] = "noise"
    FIELDS: ClassVar[tuple[str, ...]] = ("sigma", "pattern")
    sigma: float = knob(0, 100, 20, 1, "levels")

    def values(self, u: Values) -> dict[str, Number]:
        return {"sigma": lerp(0, self.sigma, u["sigma"]), "pattern": _pattern(u)}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        return pixels.gaussian_noise(image, values["sigma"], values["pattern"])


@dataclass(frozen=True, kw_only=True)
class SaltAndPepper(Filter):
    """Up to `share` per cent of the pixels turned white or black."""

    KIND: ClassVar[str] = "salt-and-pepper"
    FIELDS: ClassVar[tuple[str, ...]] = ("share", "pattern")
    share: float = knob(0, 50, 5, 0.5, "%")

    def values(self, u: Values) -> dict[str, Number]:
        return {"share": lerp(0, self.share, u["share"]), "pattern": _pattern(u)}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        return pixels.salt_and_pepper(image, values["share"] / 100, values["pattern"])


@dataclass(frozen=True, kw_only=True)
class Jpeg(Filter):
    """Saved as JPEG at a quality drawn between `lowest` and `highest`, and read again."""

    KIND: ClassVar[str] = "jpeg"
    FIELDS: ClassVar[tuple[str, ...]] = ("quality",)
    lowest: int = knob(1, 100, 30, 1, integer=True)
    highest: int = knob(1, 100, 95, 1, integer=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self, "lowest", "highest")

    def values(self, u: Values) -> dict[str, Number]:
        return {"quality": whole(lerp(self.lowest, self.highest + 1, u["quality"]))}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        return pixels.jpeg(image, values["quality"])


@dataclass(frozen=True, kw_only=True)
class Downscale(Filter):
    """Shrunk by up to `factor` and enlarged again: detail is lost, the frame stays."""

    KIND: ClassVar[str] = "downscale"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    factor: float = knob(1, 16, 4, 0.1, "x")

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": log_lerp(1, self.factor, u["factor"])}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        return pixels.downscale(image, values["factor"])


@dataclass(frozen=True, kw_only=True)
class Sharpness(Filter):
    """Away from (or towards) the smoothed picture by a factor in 1 +- strength (PIL's ImageEnhance.Sharpness).

    The smoothing is PIL's 3x3 with 5 in the middle; the outermost pixels stay.
    """

    KIND: ClassVar[str] = "sharpness"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.5, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        kernel = np.ones((3, 3), np.float32)
        kernel[1, 1] = 5
        smooth = image.copy()
        smooth[1:-1, 1:-1] = cv2.filter2D(image, -1, kernel / 13)[1:-1, 1:-1]
        factor = values["factor"]
        return np.asarray(cv2.addWeighted(image, factor, smooth, 1 - factor, 0), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Cutout(Filter):
    """One square of mid-grey, its centre anywhere, so that part of it may fall outside.

    The side is `side` per cent of the picture's shorter side. Source: DeVries and Taylor 2017,
    arXiv:1708.04552 (16 of 32 px on CIFAR-10).
    """

    KIND: ClassVar[str] = "cutout"
    FIELDS: ClassVar[tuple[str, ...]] = ("x", "y")
    side: float = knob(0, 100, 50, 1, "%")
    fill: int = knob(0, 255, 128, 1, "levels", integer=True)

    def values(self, u: Values) -> dict[str, Number]:
        return {"x": u["x"], "y": u["y"]}

    def box(self, values: Values, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in whole pixels, inside the picture; right and bottom exclusive."""
        half = self.side / 200 * min(width, height)
        across, down = values["x"] * width, values["y"] * height
        left, right = round(across - half), round(across + half)
        top, bottom = round(down - half), round(down + half)
        return max(left, 0), max(top, 0), min(right, width), min(bottom, height)

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        left, top, right, bottom = self.box(values, image.shape[1], image.shape[0])
        result = image.copy()
        result[top:bottom, left:right] = self.fill
        return result


@dataclass(frozen=True, kw_only=True)
class Elastic(Filter):
    """Bent like rubber: random shifts on a coarse grid, joined smoothly (Simard, Steinkraus and Platt 2003).

    Each knot of a grid of `cells` cells a side moves by up to `strength` per cent of the shorter side in
    x and in y; cubics join them, where Simard smooths one shift a pixel with a Gaussian.
    """

    KIND: ClassVar[str] = "elastic"
    FIELDS: ClassVar[tuple[str, ...]] = ("pattern",)
    strength: float = knob(0, 20, 3, 0.1, "%")
    cells: int = knob(2, 16, 4, 1, integer=True)

    def values(self, u: Values) -> dict[str, Number]:
        return {"pattern": _pattern(u)}

    def shifts(self, values: Values, width: int, height: int) -> Floats:
        """(H, W, 2): for each output pixel, how far from it (x, y, in px) the input is read."""
        knots = np.random.Generator(np.random.PCG64(values["pattern"])).uniform(
            -1, 1, (self.cells + 1,) * 2 + (2,)
        )
        reach = self.strength / 100 * min(width, height)
        return np.asarray(
            cv2.resize(knots * reach, (width, height), interpolation=cv2.INTER_CUBIC), np.float64
        )

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        height, width = image.shape[:2]
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        shifts = self.shifts(values, width, height)
        read_x, read_y = (x + shifts[..., 0]).astype(np.float32), (y + shifts[..., 1]).astype(np.float32)
        warped = cv2.remap(image, read_x, read_y, cv2.INTER_LINEAR, borderMode=CV_BORDERS[border])
        return np.asarray(warped, np.uint8)


def _pattern(u: Values) -> Number:
    """A seed for a whole field of random numbers, from one uniform: below 2^53, so JSON keeps it exactly."""
    return whole(u["pattern"] * 2.0**53)
