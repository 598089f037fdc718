"""Which generators the tab offers, in plain words, and what each opens with."""

from __future__ import annotations

from ....core.errors import LabError
from ....lab import Lab
from ....studies.morph import Morph, plain_morph, read_morph
from ....text import keys, say
from .view import View

#: What a visitor chooses by its plain name, each with the checkpoints that make it, the first one there counts. The
#: first group there opens the tab.
GROUPS: dict[str, tuple[str, ...]] = {
    "flowers": ("gan-flowers64",),
    "things": ("gan-cifar10",),
    "digits": ("gan-digits-lsgan", "gan-digits-wgan-gp", "gan-digits-bce", "vae-digits"),
}
#: What is asked for where there is no generator at all, so that the complaint names one.
_WANTED = "gan-cifar10"


def offered(lab: Lab) -> dict[str, str]:
    """Choice -> checkpoint: the groups of which there is one, then generators of other names by their own."""
    there = lab.generators()
    found = {
        group: next(name for name in names if name in there)
        for group, names in GROUPS.items() if any(name in there for name in names)
    }
    grouped = {name for names in GROUPS.values() for name in names}
    return found | {name: name for name in there if name not in grouped}


def group_of(model: str) -> str:
    """The choice under which a checkpoint stands."""
    return next((group for group, names in GROUPS.items() if model in names), model)


def choices(lab: Lab, language: str) -> list[tuple[str, str]]:
    """(label, choice) each, in the language; nothing if the checkpoints cannot be listed."""
    try:
        return [(_name(choice, language), choice) for choice in offered(lab)]
    except LabError:
        return []


def opening(lab: Lab, model: str) -> Morph:
    """What the generator opens with. A generator that cannot be loaded has a plain one."""
    try:
        return read_morph(lab.checkpoints / model, lab.generator(model))
    except LabError:
        return plain_morph()


def first_view(lab: Lab) -> View:
    """What a first visit begins with: the first choice there is."""
    try:
        model = next(iter(offered(lab).values()), _WANTED)
    except LabError:
        model = _WANTED
    return View(model, str(opening(lab, model).main))


def _name(choice: str, language: str) -> str:
    key = f"generate.what.{choice}"
    return say(key, language) if key in keys(language) else choice
