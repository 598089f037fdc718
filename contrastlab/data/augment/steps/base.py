"""What every step is: knobs with a range, random fields with names, and a map from one to the other."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from ....core.errors import LabError
from ....core.images import Image
from ....core.knobs import Choice, Knob, check_all

# One number for one picture, or an array with one number for each picture of a batch: the same
# formulas serve both, so that the two paths cannot drift apart.
Number: TypeAlias = Any
Floats: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = Mapping[str, Number]
Table: TypeAlias = npt.NDArray[np.uint8]


def knob(
    minimum: float, maximum: float, default: float, step: float, unit: str = "", *, integer: bool = False
) -> Any:
    """A dataclass field that is a Knob: the attribute's name becomes the knob's."""
    settings = {"minimum": minimum, "maximum": maximum, "step": step, "unit": unit, "integer": integer}
    return dataclasses.field(default=default, metadata={"knob": settings})


def choice(*options: str) -> Any:
    """A dataclass field that is a Choice; the first option is the default."""
    return dataclasses.field(default=options[0], metadata={"choice": options})


def _is_declared(field: object) -> bool:
    return isinstance(field, dataclasses.Field) and bool(field.metadata)


def _declared(name: str, field: Any) -> Knob | Choice:
    if "choice" in field.metadata:
        return Choice(name, field.metadata["choice"], field.default)
    return Knob(name=name, default=field.default, **field.metadata["knob"])


@dataclass(frozen=True, kw_only=True)
class Step:
    """One kind of change, with the ranges from which its random values are drawn.

    Attributes:
        KIND: its name in policies, JSON and strings (``step.<kind>``).
        KNOBS: what a user may turn, the probability last.
        FIELDS: names of the random numbers it needs, each a uniform u in [0, 1).
        p: probability of being applied.
        id: its name inside a policy; random values hang on it, not on the position, so that
            adding or moving a step leaves the draws of the others as they were.

    Raises LabError (see core.knobs) when a value is not a number or out of its range.
    """

    KIND: ClassVar[str] = ""
    KNOBS: ClassVar[tuple[Knob | Choice, ...]] = ()
    FIELDS: ClassVar[tuple[str, ...]] = ()

    p: float = knob(0, 1, 1, 0.05)
    id: str = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        own = [_declared(name, field) for name, field in vars(cls).items() if _is_declared(field)]
        inherited = [one for one in cls.KNOBS if one.name not in {o.name for o in own}]
        cls.KNOBS = tuple(own) + tuple(inherited)

    def __post_init__(self) -> None:
        given = {one.name: getattr(self, one.name) for one in self.KNOBS}
        for name, value in check_all(self.KIND, self.KNOBS, given).items():
            object.__setattr__(self, name, value)
        if not re.fullmatch(r"[a-z0-9._-]{0,40}", self.id):
            raise LabError("augment.bad_id", got=self.id)

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> Self:
        """The step with these knobs (and, if given, an id). Raises LabError ``knob.unknown`` for other names."""
        checked: dict[str, Any] = dict(
            check_all(cls.KIND, cls.KNOBS, {k: v for k, v in settings.items() if k != "id"})
        )
        return cls(**checked, id=str(settings.get("id", "")))

    def settings(self) -> dict[str, float | str]:
        """Its knobs by name, as `of` takes them."""
        return {one.name: getattr(self, one.name) for one in self.KNOBS}

    def values(self, u: Values) -> dict[str, Number]:
        """The drawn values, from one uniform per name in FIELDS. Pure arithmetic: same u, same values."""
        raise NotImplementedError

    def parts(self) -> tuple[Step, ...]:
        """What it does in terms of Geometry, Linear, Curve and Filter; itself, as a rule."""
        return (self,)


# The base class is no subclass of itself.
Step.KNOBS = (_declared("p", Step.__dataclass_fields__["p"]),)


class Geometry(Step):
    """A step that moves pixels by one 3x3 matrix."""

    def output_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of what comes out."""
        return width, height

    def backward(self, values: Values, width: int, height: int) -> Floats:
        """(..., 3, 3): from an output pixel's centre (x, y, 1) to the input position it is read from.

        Pixel centres are whole numbers, so the middle of a picture is ((w-1)/2, (h-1)/2).
        """
        raise NotImplementedError


class Linear(Step):
    """A step that maps colours linearly, as three numbers.

    Every such change here keeps grey grey. So it multiplies the luma by one number, turns and stretches the
    chroma plane by one complex number, and adds one grey that is a multiple of the picture's mean luma.
    Two changes in a row multiply their numbers (see `colour.composed`).
    """

    def gains(self, values: Values) -> tuple[Number, Number, Number]:
        """(luma, chroma, grey): factors of the luma and of the chroma, and the share of the mean luma added."""
        raise NotImplementedError


class Curve(Step):
    """A step that maps each channel's level by a table.

    READS_PICTURE: whether the table hangs on how often each level occurs.
    """

    READS_PICTURE: ClassVar[bool] = False

    def table(self, values: Values, counts: npt.NDArray[np.int64] | None) -> Table:
        """Level to level: (..., 256), or (3, 256), one row a channel, from counts (3, 256) of the levels."""
        raise NotImplementedError


class Filter(Step):
    """A step that needs the neighbourhood, a random field or an encoder: picture in, picture out."""

    def filtered(self, image: Image, values: Values, border: str) -> Image:
        """(H, W, 3) uint8, same size, new memory. The values are those of one picture."""
        raise NotImplementedError


class Chooser(Step):
    """A step that picks other steps and their values at random."""

    def options(self) -> tuple[Option, ...]:
        """What it picks from."""
        raise NotImplementedError

    def picks(self, u: Values) -> list[tuple[Number, Number, Number]]:
        """For each pick: which option (0, 1, ...), how strong (0 to 1) and with which sign (-1 or 1)."""
        raise NotImplementedError

    def values(self, u: Values) -> dict[str, Number]:
        return {}


@dataclass(frozen=True)
class Option:
    """One thing a Chooser may pick. `step` is None where the picture stays as it is."""

    step: Step | None
    values: Callable[[Number, Number], dict[str, Number]]


def whole(x: Number) -> Number:
    """x >= 0 rounded down: an int, or an array of int64."""
    return x.astype(np.int64) if isinstance(x, np.ndarray) else int(x)


def nearest(x: Number) -> Number:
    """x rounded to the nearest whole number, halves to the even one: a float, or an array of them."""
    return np.rint(x) if isinstance(x, np.ndarray) else float(round(x))


def log_lerp(low: float, high: float, u: Number) -> Number:
    """The value at u between low and high on a log scale."""
    # np.exp for one number as well: math.exp may differ from it in the last bit.
    value = np.exp(lerp(math.log(low), math.log(high), u))
    return value if isinstance(u, np.ndarray) else float(value)


def lerp(low: float, high: float, u: Number) -> Number:
    """The value at u between low (0) and high (1)."""
    return low + u * (high - low)


def signed(reach: float, u: Number) -> Number:
    """The value at u between -reach and +reach."""
    return (2.0 * u - 1.0) * reach


def check_order(step: Step, low: str, high: str) -> None:
    """Raises LabError ``augment.range_reversed`` if the knob `low` stands above the knob `high`."""
    if getattr(step, low) > getattr(step, high):
        raise LabError(
            "augment.range_reversed",
            step=step.KIND, low=low, low_value=getattr(step, low), high=high, high_value=getattr(step, high),
        )  # fmt: skip
