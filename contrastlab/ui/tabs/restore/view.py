"""What is on the screen, as a value: it goes into the address, and the address damages the same picture again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ....core.knobs import Choice, Knob
from ....data.datasets import PHOTOS
from ....data.degrade import DAMAGES, SHARE
from ...address import Address

#: The visitor's picture is damaged already: nothing is done to it, and nobody knows what it was.
MINE = "mine"
PHOTO = Choice("photo", PHOTOS, "chelsea")
DAMAGE = Choice("damage", ("noise", "jpeg", "blur", "small", "holes", MINE), "noise")
SEED = Knob("seed", 0, 999_999, 7, 1, integer=True)


def _knob(name: str, default: float, **changed: Any) -> Knob:
    knob = DAMAGES[name].knobs[0]
    assert isinstance(knob, Knob)
    return replace(knob, default=default, **changed)


#: How much of each damage; of `MINE`, how much of the repair.
STRENGTHS: Mapping[str, Knob] = {
    "noise": _knob("noise", 50),
    "jpeg": _knob("jpeg", 10),
    "blur": _knob("blur", 2, maximum=6),
    "small": _knob("small", 3, minimum=1, maximum=6, step=0.5),
    "holes": Knob("holes", 0, 60, 12, 1, "%"),
    MINE: Knob("amount", 0, 100, 100, 1, "%"),
}
#: Where a piece is cut out of a picture that is too large: thousandths of the way from its left and top.
_MIDDLE = (500, 500)


@dataclass(frozen=True)
class View:
    """The settings of the tab.

    Attributes:
        photo: a sample photograph's name; "" for a picture of the visitor's own.
        damage: which damage.
        strength: how much of it, as its knob in `STRENGTHS` says.
        seed: where the random numbers come from.
        place: which piece of a picture that is too large is looked at.
    """

    photo: str = PHOTO.default
    damage: str = DAMAGE.default
    strength: float = STRENGTHS[DAMAGE.default].default
    seed: int = int(SEED.default)
    place: tuple[int, int] = _MIDDLE

    def damages(self) -> list[tuple[str, dict[str, float]]]:
        """What `degrade` is asked to do."""
        if self.damage == MINE:
            return []
        if self.damage == "holes":
            return [("holes", {SHARE.name: self.strength / 100})]
        return [(self.damage, {STRENGTHS[self.damage].name: self.strength})]

    def damaged_by(self, damage: str) -> View:
        """The same picture under another damage, as much of it as at first."""
        return replace(self, damage=damage, strength=STRENGTHS[damage].default)

    def values(self) -> dict[str, object]:
        """What the address says of this view."""
        return {
            "photo": self.photo, "damage": self.damage, "strength": self.strength, "seed": self.seed,
            "place": "" if self.place == _MIDDLE else write_place(self.place),
        }

    @staticmethod
    def read(address: Address) -> View:
        """The view that an address asks for; what it does not say, or says wrongly, is as on a first visit."""
        damage = address.word("damage", DAMAGE)
        return View(
            photo=address.word("photo", PHOTO), damage=damage, strength=address.number("strength", STRENGTHS[damage]),
            seed=int(address.number("seed", SEED)), place=read_place(address.text("place")),
        )


#: For a class: the sky under heavy noise. The repair has more decibels, and fewer stars.
STARS = View(photo="hubble")


def write_place(place: tuple[int, int]) -> str:
    """A place as "250,1000"."""
    return ",".join(map(str, place))


def read_place(said: str) -> tuple[int, int]:
    """A place written as "250,1000"; the middle for anything else."""
    found = re.fullmatch(r"(\d{1,4}),(\d{1,4})", str(said))
    return (min(int(found[1]), 1000), min(int(found[2]), 1000)) if found else _MIDDLE
