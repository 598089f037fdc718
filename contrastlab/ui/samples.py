"""The sample photographs as a row of buttons, the same on every tab that takes a photograph."""

from __future__ import annotations

from functools import cache

from ..data.datasets import PHOTOS
from ..text import say
from . import shelf
from .drawing import tag, thumbnail


def samples(language: str, tab: str = "", chosen: str = "") -> str:
    """A thumbnail for each; with a tab's name, page.js marks the one that the tab's view has chosen."""
    made = []
    for name in PHOTOS:
        label = say(f"photo.{name}", language)
        picture = tag("img", src=_small(name), alt="")
        made.append(tag("button", picture, type="button", data_pick=name, title=label, aria_label=label,
                        aria_pressed="true" if name == chosen else None))
    spoken = say("page.samples", language)
    return tag("div", *made, class_="samples", role="group", aria_label=spoken, data_tab=tab or None)


@cache
def _small(name: str) -> str:
    return thumbnail(shelf.preview(None, name))
