"""The galleries to choose from, and the pictures in one, to click in."""

from __future__ import annotations

import numpy as np

from ....core.images import Image
from ....data.datasets import NAMES, Progress, can_be_fetched, is_here
from ....gallery import Building, Gallery, Own
from ....lab import Lab
from ....models.encoder.inference import view as seen_by
from ....text import explain, say
from ...drawing import photograph, share, tag, text
from .mine import Mine
from .scene import PIXELS, Scene
from .sight import class_word
from .view import OWN

#: Pictures of a class in one line, and in a gallery without classes.
_ROW, _PLAIN = 24, 72
#: Side of a thumbnail on a sheet, in pixels; shown a little larger.
_THUMB = 32
#: Megabytes that a fetch takes, from the files' own sizes.
_SIZES = {"cifar10": 163, "mnist": 11}
#: Files left out that are listed by name.
_LISTED = 20


def is_at_hand(name: str) -> bool:
    """Whether the pictures of a named gallery are on this machine."""
    return name not in NAMES or is_here(name)


def is_prepared(name: str) -> bool:
    """Whether nothing has to be fetched or unpacked: what is bundled, drawn, or the visitor's own."""
    return name not in NAMES or name == "glyphs"


def choices(lab: Lab, language: str, mine: Mine | None) -> list[tuple[str, str]]:
    """(label, gallery) of what can be searched; one that would have to be fetched says so."""
    offered = []
    for name in lab.galleries():
        label = say(f"neighbours.galleries.{name}", language)
        if not is_at_hand(name):
            if not can_be_fetched(name):
                continue
            label = say("neighbours.fetch", language, name=label, size=_SIZES[name])
        offered.append((label, name))
    if mine is not None:
        offered.append((say(f"neighbours.galleries.{OWN}", language), OWN))
    return offered


def sheet(scene: Scene, page: int) -> str:
    """The gallery, one line a class; each line's thumbnails are one picture."""
    gallery, language = scene.gallery(PIXELS), scene.language
    if gallery.classes:
        groups = [(class_word(word, gallery.name, language), np.flatnonzero(gallery.labels == label))
                  for label, word in enumerate(gallery.classes)]
    else:
        groups = [("", np.arange(len(gallery)))]
    size = _ROW if gallery.classes else _PLAIN
    pages = max(-(-len(places) // size) for _, places in groups)
    page = min(max(page, 0), pages - 1)
    lines = [_line(gallery, word, places[page * size : (page + 1) * size], language) for word, places in groups]
    turn = []
    for key, to in (("earlier", page - 1), ("more", page + 1)):
        turn.append(tag("button", text(say(f"neighbours.{key}", language)), type="button", class_="tool",
                        data_pick=f"page:{to}", disabled=not 0 <= to < pages))
    turn.append(tag("span", text(f"{page + 1} / {pages}"), class_="note"))
    return tag("div", *lines, class_="lines", data_tab="neighbours") + tag("div", *turn, class_="turn")


def _line(gallery: Gallery, word: str, places: np.ndarray, language: str) -> str:
    thumbs = []
    for position, place in enumerate(places):
        label = say("neighbours.pick", language, word=word, number=int(place) + 1).strip()
        at = f"background-position:{share(position, 0, max(1, len(places) - 1))}% 0"
        thumbs.append(tag("button", tag("i", style=at), type="button", data_pick=int(place), aria_label=label,
                          title=gallery.captions[place] if gallery.captions else None))
    style = f"--sheet:url({photograph(_strip(gallery, places))});--count:{len(places)}" if len(places) else None
    strip = tag("div", *thumbs, class_="thumbs", style=style)
    return tag("div", tag("b", text(word)), strip, class_="line", role="group", aria_label=word or None)


def _strip(gallery: Gallery, places: np.ndarray) -> Image:
    """The pictures side by side."""
    return np.concatenate([seen_by(gallery.pictures[place], _THUMB) for place in places], axis=1)


# -- what is being done -------------------------------------------------------------------------------------------


def fetching(now: Progress, language: str) -> str:
    """How far a download or its unpacking is."""
    name = say(f"neighbours.galleries.{now.name}", language)
    if now.stage != "download":
        return _told(say("neighbours.unpacking", language, name=name), now.fraction)
    done, total = (f"{count / 2**20:.0f}" for count in (now.done, now.total))
    return _told(say("neighbours.fetching", language, name=name, done=done, total=total), now.fraction)


def embedding(now: Building, language: str) -> str:
    """How far the embedding of a gallery is."""
    return _told(say("neighbours.embedding", language, done=now.done, total=now.total), now.fraction)


def reading(done: int, total: int, language: str) -> str:
    """How far the reading of a visitor's files is."""
    return _told(say("neighbours.reading", language, done=done, total=total), done / total if total else 1.0)


def refused(own: Own, language: str) -> str:
    """The files that could not be used, each with its reason; "" if all could."""
    if not own.refused:
        return ""
    count = len(own.refused)
    title = say("neighbours.refused.one" if count == 1 else "neighbours.refused", language, count=count)
    items = [
        tag("li", text(say("neighbours.refused.item", language, name=one.name, why=explain(one.error, language))))
        for one in own.refused[:_LISTED]
    ]
    if count > _LISTED:
        items.append(tag("li", text(f"+ {count - _LISTED}")))
    return tag("details", tag("summary", text(title)), tag("ul", *items, class_="note"), class_="refused")


def _told(sentence: str, fraction: float) -> str:
    at = share(fraction)
    rail = tag("span", tag("span", class_="done", style=f"width:{at}%"), class_="progress", role="progressbar",
               aria_valuenow=round(at), aria_valuemin=0, aria_valuemax=100, aria_label=sentence)
    return rail + tag("span", text(sentence), class_="note")
