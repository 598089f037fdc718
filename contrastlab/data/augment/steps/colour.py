"""Steps that map colours linearly: any row of them is one 3x3 matrix and one grey offset."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ....core.images import Image
from .base import Filter, Floats, Linear, Number, Step, Values, choice, knob, signed

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as PIL, OpenCV and torchvision
_YIQ = np.array([LUMA, (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)])
_RGB = np.linalg.inv(_YIQ)
_TO_GREY = _RGB @ np.diag([1.0, 0, 0]) @ _YIQ
_ALONG = _RGB @ np.diag([0.0, 1, 1]) @ _YIQ
_ACROSS = _RGB @ np.array([[0.0, 0, 0], [0, 0, 1], [0, -1, 0]]) @ _YIQ
# Three matrices (3, 4), flat, the last column for what is added: the luma as grey, the chroma as it is, and
# the chroma turned by a quarter; + goes from red over yellow to green, as in HSV.
_BASIS = np.stack([np.pad(one, ((0, 0), (0, 1))).ravel() for one in (_TO_GREY, _ALONG, _ACROSS)])


@dataclass(frozen=True, kw_only=True)
class Brightness(Linear):
    """Multiply by a factor in 1 +- strength (not below 0), as torchvision's ColorJitter."""

    KIND: ClassVar[str] = "brightness"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.4, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        return values["factor"], values["factor"], 0.0


@dataclass(frozen=True, kw_only=True)
class Contrast(Linear):
    """Stretch about the mean luma by a factor in 1 +- strength, as torchvision's ColorJitter."""

    KIND: ClassVar[str] = "contrast"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.4, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        return values["factor"], values["factor"], 1 - values["factor"]


@dataclass(frozen=True, kw_only=True)
class Saturation(Linear):
    """Move away from (or towards) the grey picture by a factor in 1 +- strength."""

    KIND: ClassVar[str] = "saturation"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.4, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        return 1.0, values["factor"], 0.0


@dataclass(frozen=True, kw_only=True)
class Hue(Linear):
    """Turn the colour circle by up to +-`turn` of a full turn.

    "yiq" turns the chroma plane and keeps the luma: one matrix, fast. "hsv" is torchvision's: it
    keeps max and min of the three channels instead. They are different augmentations: at the same
    shift, saturated colours end about as far from each other as from where they began.
    """

    KIND: ClassVar[str] = "hue"
    FIELDS: ClassVar[tuple[str, ...]] = ("shift",)
    turn: float = knob(0, 0.5, 0.1, 0.01)
    form: str = choice("yiq", "hsv")

    def values(self, u: Values) -> dict[str, Number]:
        return {"shift": signed(self.turn, u["shift"])}

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        return 1.0, _turn(values["shift"]), 0.0

    def parts(self) -> tuple[Step, ...]:
        return (self,) if self.form == "yiq" else (HsvTurn(reads="shift"),)


@dataclass(frozen=True, kw_only=True)
class HsvTurn(Filter):
    """The HSV form of a hue shift, as a part of `Hue` and `Jitter`: the value named `reads`, in full turns."""

    reads: str

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        # In floats: OpenCV's 8-bit HSV has 180 hues and comes back up to 5 levels off.
        hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
        turn = np.array((360 * (values[self.reads] % 1), 0, 0, 0))
        hsv = cv2.add(hsv, turn)
        return np.asarray(cv2.convertScaleAbs(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Jitter(Linear):
    """Brightness, contrast, saturation and hue under one probability (ColorJitter; SimCLR, app. A).

    With hue in the YIQ form the four are one matrix and, but for clipping in between, their order
    does not matter; torchvision shuffles the order. With "hsv" the hue comes last.
    """

    KIND: ClassVar[str] = "jitter"
    FIELDS: ClassVar[tuple[str, ...]] = ("brightness", "contrast", "saturation", "hue")
    brightness: float = knob(0, 1, 0.4, 0.05)
    contrast: float = knob(0, 1, 0.4, 0.05)
    saturation: float = knob(0, 1, 0.4, 0.05)
    hue: float = knob(0, 0.5, 0.1, 0.01)
    form: str = choice("yiq", "hsv")

    def values(self, u: Values) -> dict[str, Number]:
        return {
            "brightness": 1 + signed(self.brightness, u["brightness"]),
            "contrast": 1 + signed(self.contrast, u["contrast"]),
            "saturation": 1 + signed(self.saturation, u["saturation"]),
            "hue": signed(self.hue, u["hue"]),
        }

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        gain = values["brightness"] * values["contrast"]
        turn = _turn(values["hue"]) if self.form == "yiq" else 1.0
        return gain, gain * values["saturation"] * turn, (1 - values["contrast"]) * values["brightness"]

    def parts(self) -> tuple[Step, ...]:
        return (self,) if self.form == "yiq" else (self, HsvTurn(reads="hue"))


@dataclass(frozen=True, kw_only=True)
class Grayscale(Linear):
    """The luma in all three channels, one time in five by default (SimCLR, app. A)."""

    KIND: ClassVar[str] = "grayscale"
    p: float = knob(0, 1, 0.2, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {}

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        return 1.0, 0.0, 0.0


def composed(first: tuple[Number, ...], then: tuple[Number, ...]) -> tuple[Number, Number, Number]:
    """The gains of two linear changes in a row, clipped only after both."""
    luma, chroma, grey = first
    # The second sees a mean luma that the first has already changed.
    return luma * then[0], chroma * then[1], grey * then[0] + then[2] * (luma + grey)


def colour_matrix(luma: Number, chroma: Number) -> Floats:
    """(..., 3, 4): the gains as a matrix on RGB; its last column, for what is added, is nought."""
    if not isinstance(chroma, np.ndarray):
        return np.dot((luma, chroma.real, chroma.imag), _BASIS).reshape(3, 4)
    parts = np.stack([np.broadcast_to(luma, chroma.shape), chroma.real, chroma.imag], axis=-1)
    return np.dot(parts, _BASIS).reshape(-1, 3, 4)


def _turn(shift: Number) -> Number:
    angle = 2 * math.pi * shift
    return np.exp(1j * angle) if isinstance(angle, np.ndarray) else cmath.rect(1, angle)
