"""What is on the screen, as a value: it goes into the address. Never a picture, and no path."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl

from ....core.errors import LabError
from ....core.knobs import Choice, Knob
from ....data.augment import Drawn, Policy, draw, make_step
from ....data.datasets import PHOTOS
from ...address import Address, write
from ...changing import HUE_SHARE, SLIDERS

#: Whose eye the second row is: what a network was taught, or nothing.
EYE = Choice("eye", ("simclr", "supcon", "supervised", "untrained"), "simclr")
#: The visitor's own picture as the query, and their own pictures as the gallery. Neither is in any address.
OWN = "own"
SEED = Knob("seed", 0, 999_999, 2085, 1, integer=True)
#: On a query nothing is changed until somebody asks for it.
CHANGES = tuple(replace(knob, default=0) for knob in SLIDERS)

#: The smallest crop, in thousandths of the shorter side.
SMALLEST = 100
#: Queries that the trail leads back to; older ones fall off.
_TRAIL = 8
#: A change that came along from another tab and takes more letters than this stays out of the address.
_LONGEST = 1500


@dataclass(frozen=True)
class Crop:
    """A square on a photograph, in thousandths of its shorter side: left and top edge, side."""

    x: int
    y: int
    size: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.size}"

    @staticmethod
    def read(said: str) -> Crop | None:
        """The crop written as "120,0,800"; None for whatever cannot be one."""
        found = re.fullmatch(r"([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,4})", str(said))
        if found is None:
            return None
        crop = Crop(*map(int, found.groups()))
        return crop if SMALLEST <= crop.size <= 1000 else None

    def within(self, width: int, height: int) -> tuple[int, int, int]:
        """(left, top, side) in pixels on a picture of this size, never outside it."""
        short = min(width, height)
        side = max(1, round(short * self.size / 1000))
        left, top = round(short * self.x / 1000), round(short * self.y / 1000)
        return min(left, width - side), min(top, height - side), side


@dataclass(frozen=True)
class View:
    """The settings of the tab.

    Attributes:
        gallery: what is searched: one of `Lab.galleries`, or "own".
        query: the question: a picture's place in the gallery ("123"), a sample photograph's name, or "own".
        crop: which square of a photograph is asked about; None for the central one.
        eye: one of `EYE`.
        trail: the questions before this one, oldest first.
        turn, cut, colours: how the question is changed, as on the first tab; 0 for not at all.
        seed: of those changes.
        drawn: a change that came along from another tab (see `read_change`), made before the crop; "" for none.
    """

    gallery: str
    query: str
    crop: Crop | None = None
    eye: str = EYE.default
    trail: tuple[str, ...] = ()
    turn: float = 0
    cut: float = 0
    colours: float = 0
    seed: int = int(SEED.default)
    drawn: str = ""

    @property
    def index(self) -> int | None:
        """The question's place in the gallery, if it is from there."""
        return int(self.query) if self.query.isdecimal() else None

    @property
    def photo(self) -> str:
        """The sample photograph's name, "" if it is none."""
        return self.query if self.query in PHOTOS else ""

    @property
    def is_changed(self) -> bool:
        """Whether a slider changes the question."""
        return bool(self.turn or self.cut or self.colours)

    @cached_property
    def change(self) -> Drawn:
        """What the sliders do to the question."""
        policy = Policy("question", (
            make_step("crop", {"smallest": round(1 - self.cut / 100, 4), "largest": 1}),
            make_step("rotate", {"degrees": self.turn}),
            make_step("jitter", {**dict.fromkeys(("brightness", "contrast", "saturation"), self.colours),
                                 "hue": self.colours * HUE_SHARE}),
        ))
        return draw(policy, self.seed)

    def asking(self, query: str) -> View:
        """The next question: the present one joins the trail. What is on the trail already is gone back to."""
        if query == self.query:
            return self
        past = self.trail.index(query) if query in self.trail else None
        trail = (*self.trail, self.query)[-_TRAIL:] if past is None else self.trail[:past]
        return replace(self.plain(), query=query, trail=trail)

    def plain(self) -> View:
        """The question as it is: no crop, no change."""
        return replace(self, crop=None, turn=0, cut=0, colours=0, drawn="")

    def moved(self, gallery: str) -> View:
        """The same question in another gallery; a picture of the old one is none in the new ("": to be found)."""
        if gallery == self.gallery:
            return self
        trail = tuple(one for one in self.trail if not one.isdecimal())
        if self.index is None:
            return replace(self, gallery=gallery, trail=trail)
        return replace(self.plain(), gallery=gallery, query="", trail=())

    def values(self, *, public: bool = True) -> dict[str, object]:
        """What the address says of this view; with `public` off all of it, for the page itself."""
        private = public and self.gallery == OWN
        query = "" if (public and self.query == OWN) or (private and self.index is not None) else self.query
        said = [one for one in self.trail if not (public and one == OWN) and not (private and one.isdecimal())]
        shown: dict[str, object] = {
            "gallery": "" if private else self.gallery, "query": query, "eye": self.eye, "trail": ".".join(said),
        }
        if query:
            change = "" if public and len(self.drawn) > _LONGEST else self.drawn
            shown |= {"crop": str(self.crop or ""), "change": change}
        if self.is_changed:
            shown |= {"turn": self.turn, "cut": self.cut, "colours": self.colours, "seed": self.seed}
        return shown

    @staticmethod
    def read(address: Address, first: View, galleries: tuple[str, ...]) -> View:
        """The view that an address asks for; what it does not say, or says wrongly, is as in `first`.

        Whether the gallery has so many pictures is not known here.
        """
        gallery = address.word("gallery", Choice("gallery", galleries, first.gallery))
        query, crop, drawn = first.query, None, ""
        if is_query(asked := address.text("query")):
            query, crop, drawn = asked, Crop.read(address.text("crop")), read_change(address.text("change"))
        elif gallery != first.gallery:
            query = ""  # to be found once it is open
        changes = {knob.name: address.number(knob.name, knob) for knob in CHANGES}
        return View(
            gallery, query, crop, address.word("eye", replace(EYE, default=first.eye)),
            read_trail(address.text("trail")), **changes, seed=int(address.number("seed", SEED)), drawn=drawn,
        )


def is_query(said: str) -> bool:
    """Whether this may stand for a question in an address."""
    return said in PHOTOS or re.fullmatch(r"[0-9]{1,7}", said) is not None


def read_trail(said: str) -> tuple[str, ...]:
    """The trail written as "12.44.chelsea"; what cannot be used is left out."""
    return tuple(one for one in str(said).split(".") if is_query(one) or one == OWN)[-_TRAIL:]


def wish(view: View) -> str:
    """All of a view, as text that `read_wish` reads back: what the page asks for when it takes a while."""
    return write(tab="neighbours", language="en", values=view.values(public=False))


def read_wish(said: str, first: View, galleries: tuple[str, ...]) -> View:
    """The view written by `wish`; what cannot be used is as in `first`."""
    asked = dict(parse_qsl(str(said)))
    view = View.read(Address(asked), first, (*galleries, OWN))
    if "query" not in asked or asked["query"] == OWN:
        view = replace(view, query=asked.get("query", ""))
    return view


def read_change(said: str) -> str:
    """A change as `Drawn.to_json` writes it, in as few letters as it can be; "" for what is none."""
    try:
        return json.dumps(Drawn.from_json(str(said)).to_dict(), separators=(",", ":")) if said else ""
    except LabError:
        return ""
