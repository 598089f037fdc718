"""What was drawn, as a value: shown, stored, replayed, exported."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import LabError
from .policies import BORDER, BORDERS, step_from_dict
from .steps import Step


@dataclass(frozen=True)
class DrawnStep:
    """One step of a draw.

    Attributes:
        step: the step with its ranges and id. Where a step picked another one, this is the one picked.
        applied: False when its probability passed it over.
        u: the uniforms it was drawn from, by field ("p" decided `applied`); empty if set by hand.
        values: what they were mapped to, by name, in the units of the step's docstring.
        picked: whether another step picked this one. It then stands alone: it is never composed with its
            neighbours, so that a batch, where every picture picks something else, can do the same.
    """

    step: Step
    applied: bool
    u: Mapping[str, float]
    values: Mapping[str, Any]
    picked: bool = False


@dataclass(frozen=True)
class Drawn:
    """All steps of a draw, in order, and the border. `apply` needs nothing else."""

    steps: tuple[DrawnStep, ...]
    border: str = BORDERS[0]

    def __post_init__(self) -> None:
        BORDER.check(self.border)

    @staticmethod
    def of(steps: Iterable[tuple[Step, Mapping[str, Any]]], border: str = BORDERS[0]) -> Drawn:
        """Values set by hand instead of drawn: [(Rotate(), {"angle": 30})].

        Raises LabError ``augment.bad_values`` naming the values that the step takes.
        """
        return Drawn(tuple(DrawnStep(step, True, {}, checked_values(step, v)) for step, v in steps), border)

    def to_dict(self) -> dict[str, object]:
        """Plain data that `from_dict` reads back, equal."""
        steps = [
            {
                "step": {"kind": one.step.KIND, "id": one.step.id, **one.step.settings()},
                "applied": one.applied,
                "u": dict(one.u),
                "values": dict(one.values),
                "picked": one.picked,
            }
            for one in self.steps
        ]
        return {"border": self.border, "steps": steps}

    @staticmethod
    def from_dict(data: object) -> Drawn:
        """The draw of `to_dict`. Raises LabError ``augment.bad_drawn`` when it is not one."""
        if not isinstance(data, Mapping) or not isinstance(data.get("steps"), list):
            raise LabError("augment.bad_drawn")
        steps = []
        for entry in data["steps"]:
            if not isinstance(entry, Mapping) or not isinstance(entry.get("values"), Mapping):
                raise LabError("augment.bad_drawn")
            step, u = step_from_dict(entry.get("step")), entry.get("u", {})
            applied, picked = entry.get("applied"), entry.get("picked", False)
            if not (isinstance(u, Mapping) and isinstance(applied, bool) and isinstance(picked, bool)):
                raise LabError("augment.bad_drawn")
            values = checked_values(step, entry["values"])
            steps.append(DrawnStep(step, applied, dict(u), values, picked))
        return Drawn(tuple(steps), str(data.get("border", BORDERS[0])))

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @staticmethod
    def from_json(text: str) -> Drawn:
        """The draw of `to_json`. Raises LabError ``augment.bad_drawn`` when the text is not one."""
        try:
            return Drawn.from_dict(json.loads(text))
        except ValueError:
            raise LabError("augment.bad_drawn") from None


def checked_values(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, if they are finite numbers with the names that the step draws.

    Raises LabError ``augment.bad_values`` naming them.
    """
    names = list(step.values(dict.fromkeys(step.FIELDS, 0.5)))
    numbers = (isinstance(v, (int, float)) and math.isfinite(v) for v in values.values())
    if sorted(values) != sorted(names) or not all(numbers):
        raise LabError(
            "augment.bad_values",
            step=step.id or step.KIND,
            got=str(dict(values)),
            names=", ".join(names) or "-",
        )
    return dict(values)
