"""A policy: steps in order, each with a name of its own, and what lies outside the picture's edge."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...core.errors import LabError
from ...core.knobs import Choice
from .steps import Step, make_step
from .steps.choosers import RandAugment, TrivialAugment
from .steps.colour import Grayscale, Jitter
from .steps.filters import Blur, Cutout
from .steps.geometry import Crop, Flip, Rotate, Scale, Shear, Translate

# OpenCV's names; for the row "12345": constant 00|12345|00, replicate 11|12345|55,
# reflect 21|12345|54, reflect101 32|12345|43, wrap 45|12345|12.
BORDERS = ("reflect101", "reflect", "replicate", "constant", "wrap")
BORDER = Choice("border", BORDERS, BORDERS[0])


@dataclass(frozen=True)
class Policy:
    """Steps in the order in which they act.

    Steps without an id get their kind as id ("rotate", the second one "rotate-2").
    Raises LabError ``augment.same_id`` for two equal ids, ``knob.unknown_choice`` for an unknown border.
    """

    name: str
    steps: tuple[Step, ...]
    border: str = BORDERS[0]

    def __post_init__(self) -> None:
        BORDER.check(self.border)
        object.__setattr__(self, "steps", _with_ids(tuple(self.steps)))

    @cached_property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """(step id, field) of every random number that a draw needs, in a fixed order; "p" decides on a step."""
        return tuple((step.id, field) for step in self.steps for field in ("p", *step.FIELDS))

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """A 64-bit number for each of `fields`, from its two names alone and the same for ever."""
        digests = (hashlib.blake2b("\0".join(f).encode(), digest_size=8).digest() for f in self.fields)
        return tuple(int.from_bytes(digest, "little") for digest in digests)

    def changed(self, overrides: Mapping[str, Mapping[str, object]]) -> Policy:
        """This policy with some knobs set anew: {"jitter": {"hue": 0.2}, "flip": {"p": 0}}.

        Raises LabError ``augment.no_such_step`` naming the ids there are, and what the knobs raise.
        """
        ids = [step.id for step in self.steps]
        for name in overrides:
            if name not in ids:
                raise LabError("augment.no_such_step", policy=self.name, got=name, options=", ".join(ids))
        steps = (type(s).of({**s.settings(), "id": s.id, **overrides.get(s.id, {})}) for s in self.steps)
        return dataclasses.replace(self, steps=tuple(steps))

    def to_dict(self) -> dict[str, object]:
        """Plain data that `from_dict` reads back, equal."""
        steps = [{"kind": step.KIND, "id": step.id, **step.settings()} for step in self.steps]
        return {"name": self.name, "border": self.border, "steps": steps}

    @staticmethod
    def from_dict(data: object) -> Policy:
        """The policy of `to_dict`. Raises LabError ``augment.bad_policy`` when it is not one."""
        if not isinstance(data, Mapping) or not isinstance(data.get("steps"), (list, tuple)):
            raise LabError("augment.bad_policy")
        unknown = sorted(set(data) - {"name", "border", "steps"})
        if unknown:
            raise LabError("knob.unknown", owner="policy", name=unknown[0], options="name, border, steps")
        return Policy(
            name=str(data.get("name", "own")),
            steps=tuple(step_from_dict(entry) for entry in data["steps"]),
            border=str(data.get("border", BORDERS[0])),
        )

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @staticmethod
    def from_json(text: str) -> Policy:
        """The policy of `to_json`. Raises LabError ``augment.bad_policy`` when the text is not one."""
        try:
            return Policy.from_dict(json.loads(text))
        except ValueError:
            raise LabError("augment.bad_policy") from None


def step_from_dict(entry: object) -> Step:
    """A step of {"kind": ..., knobs}. Raises LabError ``augment.bad_policy`` when it is not that."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("kind"), str):
        raise LabError("augment.bad_policy")
    return make_step(entry["kind"], {key: value for key, value in entry.items() if key != "kind"})


def policy(name: str, overrides: Mapping[str, Mapping[str, object]] | None = None) -> Policy:
    """A ready-made policy, with overrides as in `Policy.changed`.

    Raises LabError ``augment.unknown_policy`` naming those there are.
    """
    if name not in POLICIES:
        raise LabError("augment.unknown_policy", got=name, options=", ".join(POLICIES))
    return POLICIES[name].changed(overrides or {})


def _with_ids(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    taken: set[str] = set()
    for step in steps:
        if step.id in taken:
            raise LabError("augment.same_id", got=step.id)
        if step.id:
            taken.add(step.id)
    named = []
    for step in steps:
        name, count = step.id or step.KIND, 2
        while not step.id and name in taken:
            name, count = f"{step.KIND}-{count}", count + 1
        taken.add(name)
        named.append(step if step.id else dataclasses.replace(step, id=name))
    return tuple(named)


# Chen et al. 2020, arXiv:2002.05709, appendix A and B.9 (CIFAR-10: no blur, strength s = 0.5, that is
# 0.8 s = 0.4 for brightness, contrast and saturation and 0.2 s = 0.1 for hue).
_SIMCLR = (Crop(), Flip(), Jitter(p=0.8), Grayscale())
# The full strength s = 1 of appendix A, with the blur that it uses at 224 px, a turn and a cut-out on top.
_STRONG = (
    Rotate(degrees=30),
    Crop(smallest=0.08),
    Flip(),
    Jitter(brightness=0.8, contrast=0.8, saturation=0.8, hue=0.2, p=0.8),
    Grayscale(),
    Blur(p=0.5),
    Cutout(side=30, p=0.5),
)
# Usual for CIFAR-10: a random crop and a flip before the picked operations (arXiv:1909.13719, app. A).
_BEFORE = (Translate(distance=12.5, measure="%"), Flip())
# Where labels say what belongs together: shifts and cut-outs only, colours and sharpness as they are.
_LIGHT = (Translate(distance=3, measure="whole"), Flip(), Cutout(side=30, p=0.5))
# What leaves a digit the digit that it is: no mirror, small turns.
_DIGITS = (Rotate(degrees=12), Translate(distance=2), Scale(smallest=0.85, largest=1.15), Shear())
# Colour tells flowers apart, so it changes little.
_FLOWERS = (
    Crop(smallest=0.35), Flip(), Jitter(brightness=0.3, contrast=0.3, saturation=0.2, hue=0.02, p=0.8),
)

POLICIES: dict[str, Policy] = {
    one.name: one
    for one in (
        # Article 1: rotate +-15 degrees, flip, move +-10 px, the edge repeated.
        Policy("article", (Rotate(), Flip(), Translate()), border="replicate"),
        Policy("simclr", _SIMCLR),
        # Khosla et al. 2020, arXiv:2004.11362, section 4: SimCLR's augmentation, applied twice.
        Policy("supcon", _SIMCLR),
        Policy("randaugment", (*_BEFORE, RandAugment()), border="constant"),
        Policy("trivialaugment", (*_BEFORE, TrivialAugment()), border="constant"),
        Policy("strong", _STRONG),
        Policy("light", _LIGHT),
        Policy("digits", _DIGITS, border="constant"),
        Policy("flowers", _FLOWERS),
    )
}
