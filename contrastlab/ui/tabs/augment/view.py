"""What is on the screen, as a value: it goes into the address, and policies and captions are made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ....core.errors import LabError
from ....core.knobs import Choice, Knob
from ....data.augment import POLICIES, Drawn, Policy, Step, draw, make_step
from ....data.datasets import PHOTOS
from ...address import Address
from ...changing import COLOURS, CUT, HUE_SHARE, SLIDERS, TURN

#: The photographs to begin with, in the order of their thumbnails.
PHOTO = Choice("photo", PHOTOS, "chelsea")
#: A draw that shows at a glance what the three sliders do.
SEED = Knob("seed", 0, 999_999, 2085, 1, integer=True)

# The kinds of step that the three sliders move; a policy that lacks one gets it, set to do nothing.
_KINDS = {"turn": "rotate", "cut": "crop", "colours": "jitter"}
_NEUTRAL: dict[str, dict[str, float]] = {
    "rotate": {"degrees": 0},
    "crop": {"smallest": 1, "largest": 1},
    "jitter": {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0},
}

#: What the page opens with: the three sliders' steps and nothing else, each always applied.
OPENING = Policy("opening", tuple(make_step(kind) for kind in ("crop", "rotate", "jitter")))
#: The ready-made policies that have a button; the others stand among those to start an own chain from.
READY = ("article", "simclr", "strong")
OWN = "own"
#: An own chain may not be longer: each step costs time at every move of a slider.
MOST_STEPS = 12


@dataclass(frozen=True)
class Draws:
    """One seed for everything, and older seeds for the steps that were kept: {"turn": 12}."""

    seed: int = int(SEED.default)
    kept: Mapping[str, int] = field(default_factory=dict)

    def of(self, slider: str) -> int:
        return self.kept.get(slider, self.seed)

    def __str__(self) -> str:
        return ";".join([str(self.seed), *(f"{name}:{seed}" for name, seed in self.kept.items())])

    @staticmethod
    def read(said: str) -> Draws:
        """The draws written as "2085;turn:12". Whatever cannot be used is left out."""
        seed, *kept = said.split(";")
        return Draws(_seed(seed, int(SEED.default)), Draws.read_kept(";".join(kept)))

    @staticmethod
    def read_kept(said: str) -> dict[str, int]:
        found = re.findall(r"(\w+):(\d{1,6})", said)
        return {name: int(seed) for name, seed in found if name in _KINDS}


@dataclass(frozen=True)
class View:
    """The settings of the tab.

    Attributes:
        photo: a sample photograph's name; "" for a picture of the visitor's own.
        draws: where the random numbers come from.
        ready: the name of a ready-made policy, "" for the opening one, "own" for `chain`.
        turn, cut, colours: the three sliders, in degrees, per cent of the area and jitter strength.
        chain: the visitor's own policy.
    """

    photo: str = PHOTO.default
    draws: Draws = field(default_factory=Draws)
    ready: str = ""
    turn: float = TURN.default
    cut: float = CUT.default
    colours: float = COLOURS.default
    chain: Policy | None = None

    @property
    def base(self) -> Policy:
        """The policy chosen, before the sliders."""
        if self.ready == OWN and self.chain is not None:
            return self.chain
        return POLICIES[self.ready] if self.ready in READY else OPENING

    def policy(self) -> Policy:
        """The policy in effect: the chosen one with the sliders' steps set as the sliders stand.

        A slider that stands where the policy has it leaves its step alone, and a step that the policy lacks
        is there only while its slider makes it do something: a ready-made policy is exactly what its name says.
        """
        chosen = {step.id for step in self.base.steps}
        base = _completed(self.base)
        now, overrides = _stands(base), {}
        crop, rotate, jitter = (_first(base, kind) for kind in ("crop", "rotate", "jitter"))
        if self.cut != now["cut"]:
            smallest = round(1 - self.cut / 100, 4)
            overrides[crop.id] = {"smallest": smallest, "largest": max(float(crop.settings()["largest"]), smallest)}
        if self.turn != now["turn"]:
            overrides[rotate.id] = {"degrees": self.turn}
        if self.colours != now["colours"]:
            strength = dict.fromkeys(("brightness", "contrast", "saturation"), self.colours)
            overrides[jitter.id] = {**strength, "hue": self.colours * HUE_SHARE}
        steps = base.changed(overrides).steps
        return replace(base, steps=tuple(step for step in steps if step.id in chosen or step.id in overrides))

    def drawn(self) -> Drawn:
        """This view's draw: every step from the seed, but the kept ones from theirs."""
        policy = self.policy()
        drawn = draw(policy, self.draws.seed)
        older = {}
        for slider, seed in self.draws.kept.items():
            for step in policy.steps:
                if _KINDS[slider] == step.KIND:
                    older[step.id] = next(one for one in draw(policy, seed).steps if one.step.id == step.id)
                    break
        return replace(drawn, steps=tuple(older.get(one.step.id, one) for one in drawn.steps))

    def rolled(self, seed: int) -> View:
        """The same view with another seed; what is kept stays."""
        return replace(self, draws=replace(self.draws, seed=seed))

    @property
    def stands(self) -> tuple[float, float, float]:
        """Turn, cut and colours as the chosen policy has them."""
        if self.base is OPENING:
            return TURN.default, CUT.default, COLOURS.default
        now = _stands(_completed(self.base))
        return now["turn"], now["cut"], now["colours"]

    def settled(self) -> View:
        """The sliders where the chosen policy has them."""
        turn, cut, colours = self.stands
        return replace(self, turn=turn, cut=cut, colours=colours)

    def values(self, kept: Mapping[str, bool]) -> dict[str, object]:
        """What the address says of this view. `kept` are the sliders whose "keep" is ticked."""
        held = {name: self.draws.of(name) for name in _KINDS if kept.get(name) or name in self.draws.kept}
        return {
            "photo": self.photo, "seed": self.draws.seed, "ready": self.ready, "turn": self.turn,
            "cut": self.cut, "colours": self.colours,
            "keep": ";".join(f"{name}:{seed}" for name, seed in held.items()),
            "chain": short(self.chain) if self.ready == OWN and self.chain is not None else "",
        }

    @staticmethod
    def read(address: Address) -> View:
        """The view that an address asks for; what it does not say, or says wrongly, is as on a first visit."""
        chain = read_chain(address.text("chain"))
        allowed = (*READY, *((OWN,) if chain is not None else ()), "")
        view = View(
            photo=address.word("photo", PHOTO),
            draws=Draws(int(address.number("seed", SEED)), Draws.read_kept(address.text("keep"))),
            ready=address.word("ready", Choice("ready", allowed, "")),
            chain=chain,
        )
        # A slider that is not mentioned stands where the chosen policy has it.
        stands = {knob.name: replace(knob, default=at) for knob, at in zip(SLIDERS, view.stands, strict=True)}
        return replace(
            view,
            turn=address.number("turn", stands["turn"]),
            cut=address.number("cut", stands["cut"]),
            colours=address.number("colours", stands["colours"]),
        )


def short(policy: Policy) -> str:
    """The policy as the shortest text that `read_chain` reads back: only what differs from the defaults."""
    steps = []
    for step in policy.steps:
        usual = make_step(step.KIND).settings()
        said = {name: value for name, value in step.settings().items() if value != usual[name]}
        steps.append({"kind": step.KIND, "id": step.id, **said})
    return json.dumps({"name": OWN, "border": policy.border, "steps": steps}, separators=(",", ":"))


def read_chain(said: str) -> Policy | None:
    """The policy in the text; None if there is none in it, or one with too many steps."""
    try:
        policy = Policy.from_json(said)
    except LabError:
        return None
    return policy if len(policy.steps) <= MOST_STEPS else None


def _stands(completed: Policy) -> dict[str, float]:
    """Where the sliders stand for this policy."""
    smallest = float(_first(completed, "crop").settings()["smallest"])
    return {
        "turn": float(_first(completed, "rotate").settings()["degrees"]),
        "cut": CUT.check(round(100 * (1 - smallest))),
        "colours": float(_first(completed, "jitter").settings()["brightness"]),
    }


def _completed(policy: Policy) -> Policy:
    """The policy with a step for each slider; the added ones do nothing until their slider moves."""
    kinds = [step.KIND for step in policy.steps]
    steps = list(policy.steps)
    for kind, place in (("rotate", 0), ("crop", 0), ("jitter", len(steps) + 2)):
        if kind not in kinds:
            steps.insert(place, make_step(kind, _NEUTRAL[kind]))
    return replace(policy, steps=tuple(steps))


def _first(policy: Policy, kind: str) -> Step:
    return next(step for step in policy.steps if kind == step.KIND)


def _seed(said: str, otherwise: int) -> int:
    return int(said) if re.fullmatch(r"\d{1,6}", said) else otherwise
