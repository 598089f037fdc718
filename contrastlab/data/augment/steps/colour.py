"""Steps that map colours linearly: any row of them is one 3x3 matrix and one grey offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ....core.images import Image
from .base import Filter, Floats, Linear, Number, Step, Values, choice, knob, signed

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as PIL, OpenCV and torchvision
_IDENTITY = np.eye(3)
_TO_GREY = np.outer(np.ones(3), LUMA)
_YIQ = np.array([LUMA, [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_RGB = np.linalg.inv(_YIQ)
# A turn of the I-Q plane is _TO_GREY + cos _ALONG + sin _ACROSS; + goes red, yellow, green, as in HSV.
_ALONG = _RGB @ np.diag([0.0, 1, 1]) @ _YIQ
_ACROSS = _RGB @ np.array([[0.0, 0, 0], [0, 0, 1], [0, -1, 0]]) @ _YIQ


@dataclass(frozen=True, kw_only=True)
class Brightness(Linear):
    """Multiply by a factor in 1 +- strength (not below 0), as torchvision's ColorJitter."""

    KIND: ClassVar[str] = "brightness"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.4, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def linear(self, values: Values) -> tuple[Floats, Number]:
        return _times(values["factor"], _IDENTITY), 0.0


@dataclass(frozen=True, kw_only=True)
class Contrast(Linear):
    """Stretch about the mean luma by a factor in 1 +- strength, as torchvision's ColorJitter."""

    KIND: ClassVar[str] = "contrast"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.4, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def linear(self, values: Values) -> tuple[Floats, Number]:
        return _times(values["factor"], _IDENTITY), 1 - values["factor"]


@dataclass(frozen=True, kw_only=True)
class Saturation(Linear):
    """Move away from (or towards) the grey picture by a factor in 1 +- strength."""

    KIND: ClassVar[str] = "saturation"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    strength: float = knob(0, 1, 0.4, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": 1 + signed(self.strength, u["factor"])}

    def linear(self, values: Values) -> tuple[Floats, Number]:
        factor = values["factor"]
        return _times(factor, _IDENTITY) + _times(1 - factor, _TO_GREY), 0.0


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

    def linear(self, values: Values) -> tuple[Floats, Number]:
        return _yiq_turn(values["shift"]), 0.0

    def parts(self) -> tuple[Step, ...]:
        return (self,) if self.form == "yiq" else (HsvTurn(reads="shift"),)


@dataclass(frozen=True, kw_only=True)
class HsvTurn(Filter):
    """The HSV form of a hue shift, as a part of `Hue` and `Jitter`: the value named `reads`, in full turns."""

    reads: str

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        # In floats: OpenCV's 8-bit HSV has 180 hues and comes back up to 5 levels off.
        hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
        hue = hsv[..., 0]
        hue += 360 * (values[self.reads] % 1)
        hue[hue >= 360] -= 360
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

    def linear(self, values: Values) -> tuple[Floats, Number]:
        bright, contrast, saturation = values["brightness"], values["contrast"], values["saturation"]
        turned = _yiq_turn(values["hue"]) if self.form == "yiq" else _IDENTITY
        mixed = _times(saturation, turned) + _times(1 - saturation, _TO_GREY)
        return _times(bright * contrast, mixed), (1 - contrast) * bright

    def parts(self) -> tuple[Step, ...]:
        return (self,) if self.form == "yiq" else (self, HsvTurn(reads="hue"))


@dataclass(frozen=True, kw_only=True)
class Grayscale(Linear):
    """The luma in all three channels, one time in five by default (SimCLR, app. A)."""

    KIND: ClassVar[str] = "grayscale"
    p: float = knob(0, 1, 0.2, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {}

    def linear(self, values: Values) -> tuple[Floats, Number]:
        return _TO_GREY, 0.0


def _times(factor: Number, matrix: Floats) -> Floats:
    """(...) times (..., 3, 3)."""
    result: Floats = np.asarray(factor)[..., None, None] * matrix
    return result


def _yiq_turn(shift: Number) -> Floats:
    angle = 2 * np.pi * np.asarray(shift)
    return _TO_GREY + _times(np.cos(angle), _ALONG) + _times(np.sin(angle), _ACROSS)
