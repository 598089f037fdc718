"""A parameter declared once: sliders, recipes, flags, API docs and exports are read from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import LabError


@dataclass(frozen=True, slots=True)
class Knob:
    """One number a user may turn.

    Attributes:
        name: field name; its label is the string ``knob.<name>``.
        minimum, maximum: inclusive range, in `unit`.
        default: value when nothing is said.
        step: distance between two positions of a slider.
        unit: "deg", "px", "%", "levels" (0-255), "x" (factor) or "" for a plain number.
        integer: whether only whole numbers make sense.
    """

    name: str
    minimum: float
    maximum: float
    default: float
    step: float
    unit: str = ""
    integer: bool = False

    def check(self, value: object) -> float:
        """The value as a number inside the range.

        Raises LabError ``knob.not_a_number`` or ``knob.out_of_range``, naming the knob,
        what was given and what is allowed. Out-of-range values are never clipped quietly.
        """
        number = _number(self.name, value)
        if self.integer and number != round(number):
            raise LabError("knob.not_whole", name=self.name, got=number)
        # A slider's float steps may overshoot an end by rounding; a real excess is an error, and whole numbers
        # have no rounding.
        slack = 0.0 if self.integer else 1e-9 * max(1.0, abs(self.minimum), abs(self.maximum))
        if not self.minimum - slack <= number <= self.maximum + slack:
            raise LabError(
                "knob.out_of_range",
                name=self.name, got=number, minimum=self.minimum, maximum=self.maximum,
            )
        number = min(max(number, self.minimum), self.maximum)
        return int(number) if self.integer else number


@dataclass(frozen=True, slots=True)
class Choice:
    """One word out of a few; its label is ``choice.<name>.<option>``."""

    name: str
    options: tuple[str, ...]
    default: str

    def check(self, value: object) -> str:
        """The option itself. Raises LabError ``knob.unknown_choice`` naming the allowed words."""
        if not isinstance(value, str) or value not in self.options:
            raise LabError(
                "knob.unknown_choice", name=self.name, got=value, options=", ".join(self.options)
            )
        return value


def check_all(
    owner: str, knobs: Sequence[Knob | Choice], values: Mapping[str, object]
) -> dict[str, float | str]:
    """Every knob's checked value, defaults filled in.

    Raises LabError ``knob.unknown`` for a name that no knob has (naming those that exist),
    and whatever the knobs' own checks raise.
    """
    names = [knob.name for knob in knobs]
    for name in values:
        if name not in names:
            raise LabError("knob.unknown", owner=owner, name=name, options=", ".join(names))
    return {knob.name: knob.check(values.get(knob.name, knob.default)) for knob in knobs}


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise LabError("knob.not_a_number", name=name, got=repr(value))
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise LabError("knob.not_a_number", name=name, got=repr(value)) from None
    if not math.isfinite(number):
        raise LabError("knob.not_a_number", name=name, got=repr(value))
    return number
