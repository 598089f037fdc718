"""A picture that somebody brings: it lies in their own page, small, and nowhere else."""

from __future__ import annotations

from typing import Any

from ....core.images import Image
from ....data.augment import Drawn, apply
from ....data.datasets import PHOTOS
from ... import shelf
from ...bringing import bring
from ...bringing import brought as small
from ..built import Carried
from .scene import Scene

#: The picture that the stage shows.
ABOVE = ""


def brought(said: str, scene: Scene) -> Image:
    """The picture that a text stands for: `ABOVE`, a sample photograph's name, or what `bring` wrote.

    Raises what `bringing.brought` raises.
    """
    if said == ABOVE:
        return scene.main
    if said in PHOTOS:
        return shelf.preview(None, said)
    return small(said)


def taken(carried: Carried) -> str:
    """A picture that comes along from another tab, with what was done to it, as `brought` understands it.

    Raises what `shelf.preview` raises.
    """
    if carried.pixels is not None:
        return bring(carried.pixels)
    picture = shelf.preview(carried.own, carried.photo)
    if carried.drawn:
        picture = apply(picture, Drawn.from_json(carried.drawn))
    return bring(picture)


def take(tab: Any, language: str, carried: Carried, *values: Any) -> dict[Any, Any]:
    """Look for a picture that comes along from another tab: its fold opens with it."""
    finding = next(fold for fold in tab.folds if fold.NAME == "finding")
    updates: dict[Any, Any] = finding.carried(tab.read(language, *values), taken(carried))
    return updates
