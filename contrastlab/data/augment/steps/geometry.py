"""Steps that move pixels. Angles in degrees, + is counter-clockwise as seen on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ....core.errors import LabError
from .base import Floats, Geometry, Number, Values, check_order, choice, knob, lerp, log_lerp, nearest, signed


@dataclass(frozen=True, kw_only=True)
class Rotate(Geometry):
    """Turn about the centre by an angle in +-degrees. Source: article 1 (+-15 degrees)."""

    KIND: ClassVar[str] = "rotate"
    FIELDS: ClassVar[tuple[str, ...]] = ("angle",)
    degrees: float = knob(0, 180, 15, 1, "deg")

    def values(self, u: Values) -> dict[str, Number]:
        return {"angle": signed(self.degrees, u["angle"])}

    def backward(self, values: Values, width: int, height: int) -> Floats:
        angle = np.radians(values["angle"])
        cos, sin = np.cos(angle), np.sin(angle)
        return _about_centre(cos, -sin, sin, cos, width, height)


@dataclass(frozen=True, kw_only=True)
class Translate(Geometry):
    """Shift in x and y, each within +-distance. Source: article 1 (+-10 px).

    In "px" the distance counts pixels; in "%" it is a share of the width and the height. "whole" counts pixels
    and draws whole ones only, which leaves a picture as sharp as it was (the pad-and-crop of CIFAR-10 recipes).
    """

    KIND: ClassVar[str] = "translate"
    FIELDS: ClassVar[tuple[str, ...]] = ("x", "y")
    distance: float = knob(0, 100, 10, 0.5)
    measure: str = choice("px", "%", "whole")

    def values(self, u: Values) -> dict[str, Number]:
        drawn = {axis: signed(self.distance, u[axis]) for axis in self.FIELDS}
        return {axis: nearest(value) for axis, value in drawn.items()} if self.measure == "whole" else drawn

    def backward(self, values: Values, width: int, height: int) -> Floats:
        in_x, in_y = (width / 100, height / 100) if self.measure == "%" else (1.0, 1.0)
        return _matrix(1, 0, -values["x"] * in_x, 0, 1, -values["y"] * in_y)


@dataclass(frozen=True, kw_only=True)
class Scale(Geometry):
    """Enlarge or shrink about the centre, the frame stays. The factor is drawn evenly on a log scale."""

    KIND: ClassVar[str] = "scale"
    FIELDS: ClassVar[tuple[str, ...]] = ("factor",)
    smallest: float = knob(0.1, 4, 0.9, 0.01, "x")
    largest: float = knob(0.1, 4, 1.1, 0.01, "x")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self, "smallest", "largest")

    def values(self, u: Values) -> dict[str, Number]:
        return {"factor": log_lerp(self.smallest, self.largest, u["factor"])}

    def backward(self, values: Values, width: int, height: int) -> Floats:
        shrink = 1.0 / values["factor"]
        return _about_centre(shrink, 0, 0, shrink, width, height)


@dataclass(frozen=True, kw_only=True)
class Shear(Geometry):
    """Slant about the centre by +-degrees along x and along y (as torchvision's `shear`)."""

    KIND: ClassVar[str] = "shear"
    FIELDS: ClassVar[tuple[str, ...]] = ("x", "y")
    degrees_x: float = knob(0, 60, 10, 1, "deg")
    degrees_y: float = knob(0, 60, 10, 1, "deg")

    def values(self, u: Values) -> dict[str, Number]:
        return {"x": signed(self.degrees_x, u["x"]), "y": signed(self.degrees_y, u["y"])}

    def backward(self, values: Values, width: int, height: int) -> Floats:
        # Forward is x slanted first, then y: [[1, 0], [ty, 1]] [[1, tx], [0, 1]]; this is its inverse.
        tx, ty = np.tan(np.radians(values["x"])), np.tan(np.radians(values["y"]))
        return _about_centre(1 + tx * ty, -tx, -ty, 1, width, height)


@dataclass(frozen=True, kw_only=True)
class Perspective(Geometry):
    """Each corner of the frame reads from a place up to `distortion` per cent of half a side further in.

    The whole output is filled from inside the picture, as if one had come closer and looked from the
    side; torchvision's RandomPerspective moves the picture's corners in and leaves black outside.
    """

    KIND: ClassVar[str] = "perspective"
    FIELDS: ClassVar[tuple[str, ...]] = tuple(f"{axis}{corner}" for corner in range(4) for axis in "xy")
    distortion: float = knob(0, 90, 30, 1, "%")

    def values(self, u: Values) -> dict[str, Number]:
        return {name: self.distortion / 100 * u[name] for name in self.FIELDS}

    def backward(self, values: Values, width: int, height: int) -> Floats:
        half_x, half_y = width / 2, height / 2
        # Outer edges, not pixel centres: top left, top right, bottom right, bottom left.
        xs = [0 + values["x0"] * half_x, width - values["x1"] * half_x,
              width - values["x2"] * half_x, 0 + values["x3"] * half_x]  # fmt: skip
        ys = [0 + values["y0"] * half_y, 0 + values["y1"] * half_y,
              height - values["y2"] * half_y, height - values["y3"] * half_y]  # fmt: skip
        frame = _matrix(1 / width, 0, 0.5 / width, 0, 1 / height, 0.5 / height)
        return _matrix(1, 0, -0.5, 0, 1, -0.5) @ _unit_square_to(xs, ys) @ frame


@dataclass(frozen=True, kw_only=True)
class Flip(Geometry):
    """Mirror left and right (x becomes w-1-x), half of the time by default."""

    KIND: ClassVar[str] = "flip"
    p: float = knob(0, 1, 0.5, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {}

    def backward(self, values: Values, width: int, height: int) -> Floats:
        return _matrix(-1, 0, width - 1, 0, 1, 0)


@dataclass(frozen=True, kw_only=True)
class FlipVertical(Geometry):
    """Mirror top and bottom (y becomes h-1-y), half of the time by default."""

    KIND: ClassVar[str] = "flip-vertical"
    p: float = knob(0, 1, 0.5, 0.05)

    def values(self, u: Values) -> dict[str, Number]:
        return {}

    def backward(self, values: Values, width: int, height: int) -> Floats:
        return _matrix(1, 0, 0, 0, -1, height - 1)


@dataclass(frozen=True, kw_only=True)
class Crop(Geometry):
    """Cut out a box and bring it to the output size (Inception crop; SimCLR, arXiv:2002.05709, app. A).

    The box's share of the area is exactly uniform between `smallest` and `largest`; the aspect ratio
    is drawn on a log scale between 1/stretch and stretch and then limited to what fits. torchvision
    instead throws away boxes that do not fit, so its large crops are rarer. Boxes are not rounded to
    whole pixels, so a moving slider moves them continuously. `size` 0 keeps the picture's own size,
    any other number gives a square of that side.
    """

    KIND: ClassVar[str] = "crop"
    FIELDS: ClassVar[tuple[str, ...]] = ("area", "aspect", "x", "y")
    smallest: float = knob(0.01, 1, 0.2, 0.01)
    largest: float = knob(0.01, 1, 1, 0.01)
    stretch: float = knob(1, 4, 4 / 3, 0.01, "x")
    size: int = knob(0, 2048, 0, 1, "px", integer=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_order(self, "smallest", "largest")
        # Otherwise the size of what comes out would be a matter of luck.
        if self.size and self.p < 1:
            raise LabError("augment.size_by_chance")

    def values(self, u: Values) -> dict[str, Number]:
        return {
            "area": lerp(self.smallest, self.largest, u["area"]),
            "aspect": log_lerp(1 / self.stretch, self.stretch, u["aspect"]),
            "x": u["x"],
            "y": u["y"],
        }

    def output_size(self, width: int, height: int) -> tuple[int, int]:
        return (self.size, self.size) if self.size else (width, height)

    def box(self, values: Values, width: int, height: int) -> tuple[Number, Number, Number, Number]:
        """(left, top, width, height) in pixels between outer edges; always inside the picture."""
        out_width, out_height = self.output_size(width, height)
        # 1 is the aspect at which the box has the picture's own shape; `square` that of the output.
        square = (out_width / out_height) * (height / width)
        area = values["area"]
        aspect = np.clip(values["aspect"] * square, area, 1 / area)
        aspect = np.clip(aspect, square / self.stretch, square * self.stretch)
        area = np.minimum(area, np.minimum(aspect, 1 / aspect))
        box_width, box_height = width * np.sqrt(area * aspect), height * np.sqrt(area / aspect)
        return (width - box_width) * values["x"], (height - box_height) * values["y"], box_width, box_height

    def backward(self, values: Values, width: int, height: int) -> Floats:
        out_width, out_height = self.output_size(width, height)
        left, top, box_width, box_height = self.box(values, width, height)
        in_x, in_y = box_width / out_width, box_height / out_height
        return _matrix(in_x, 0, left + 0.5 * in_x - 0.5, 0, in_y, top + 0.5 * in_y - 0.5)


def _matrix(a: Number, b: Number, c: Number, d: Number, e: Number, f: Number) -> Floats:
    """[[a, b, c], [d, e, f], [0, 0, 1]], with the leading shape of whichever entries are arrays."""
    if not any(isinstance(entry, np.ndarray) for entry in (a, b, c, d, e, f)):
        return np.array(((a, b, c), (d, e, f), (0.0, 0.0, 1.0)), np.float64)
    shape = np.broadcast(a, b, c, d, e, f).shape
    matrix = np.zeros((*shape, 3, 3))
    matrix[..., 0, 0], matrix[..., 0, 1], matrix[..., 0, 2] = a, b, c
    matrix[..., 1, 0], matrix[..., 1, 1], matrix[..., 1, 2] = d, e, f
    matrix[..., 2, 2] = 1
    return matrix


def _about_centre(a: Number, b: Number, d: Number, e: Number, width: int, height: int) -> Floats:
    """The linear map [[a, b], [d, e]] about the middle of the pixel grid."""
    x, y = (width - 1) / 2, (height - 1) / 2
    return _matrix(a, b, x - a * x - b * y, d, e, y - d * x - e * y)


def _unit_square_to(xs: list[Number], ys: list[Number]) -> Floats:
    """The projective map of (0,0), (1,0), (1,1), (0,1) to four points (Heckbert 1989, section 2.2)."""
    sum_x, sum_y = xs[0] - xs[1] + xs[2] - xs[3], ys[0] - ys[1] + ys[2] - ys[3]
    dx1, dx2, dy1, dy2 = xs[1] - xs[2], xs[3] - xs[2], ys[1] - ys[2], ys[3] - ys[2]
    determinant = dx1 * dy2 - dx2 * dy1
    g = (sum_x * dy2 - dx2 * sum_y) / determinant
    h = (dx1 * sum_y - sum_x * dy1) / determinant
    matrix = _matrix(
        xs[1] - xs[0] + g * xs[1], xs[3] - xs[0] + h * xs[3], xs[0],
        ys[1] - ys[0] + g * ys[1], ys[3] - ys[0] + h * ys[3], ys[0],
    )  # fmt: skip
    matrix[..., 2, 0], matrix[..., 2, 1] = g, h
    return matrix
