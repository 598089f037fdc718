"""For a class: it knows only what it was taught."""

from __future__ import annotations

from ....data.augment import Policy, make_step
from ....lab import Lab
from ...address import Address
from ...moments import Facts, Moment
from .scene import Scene
from .sight import EYES, likeness
from .view import OWN, Draws, View

#: At this seed the third change leaves three tenths of the light.
_SEED = 1964
_STEPS = {
    "flip": make_step("flip", {"p": 1}),
    "upside": make_step("flip-vertical", {"p": 1}),
    "dark": make_step("brightness", {"strength": 0.75}),
}


def _view(name: str) -> dict[str, object]:
    view = View(draws=Draws(_SEED), ready=OWN, chain=Policy(name, (_STEPS[name],))).settled()
    return view.values({})


def _facts(lab: Lab) -> Facts:
    """How alike the photograph and each of its changes are, to the network and by pixels."""
    found = {}
    for name, values in MOMENT.views.items():
        view = View.read(Address({"v": "1", **{key: str(value) for key, value in values.items()}}))
        scene = Scene(view, None, {}, "en")
        for eye, role, _ in EYES:
            found[name if role == "learned" else f"{name}_pixels"] = likeness(
                lab.encoder(eye).embed([scene.before, scene.after])
            )
    return found


MOMENT = Moment("taught", "augment", {name: _view(name) for name in _STEPS}, _facts)
