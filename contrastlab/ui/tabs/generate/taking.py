"""A picture that somebody brings: it lies in their own page, small, and nowhere else."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from ....core.errors import LabError
from ....core.images import Image, open_image
from ....data.augment import Drawn, apply
from ....data.datasets import PHOTOS
from ....data.seen import view as seen_at
from ... import shelf
from ...drawing import exact
from ..built import Carried
from .scene import Scene

#: The picture that the stage shows.
ABOVE = ""
#: No generator here paints more than half of this: what is shrunk from it looks as if shrunk from the whole.
_SIDE = 128
_HEAD = "data:image/png;base64,"
#: Letters of such a picture at most: a PNG of noise.
_LONGEST = 2 * 3 * _SIDE**2


def bring(picture: Image) -> str:
    """A picture uint8 (H, W, 3) as text: the address of its middle square, at most 128 pixels wide."""
    return exact(seen_at(picture, min(_SIDE, *picture.shape[:2])))


def brought(said: str, scene: Scene) -> Image:
    """The picture that a text stands for: `ABOVE`, a sample photograph's name, or what `bring` wrote.

    Raises LabError ``generate.no_picture`` for anything else, and what `open_image` raises.
    """
    if said == ABOVE:
        return scene.main
    if said in PHOTOS:
        return shelf.preview(None, said)
    if not str(said).startswith(_HEAD) or len(said) > _LONGEST:
        raise LabError("generate.no_picture")
    try:
        content = base64.b64decode(said.removeprefix(_HEAD), validate=True)
    except (binascii.Error, ValueError):
        raise LabError("generate.no_picture") from None
    return open_image(content, max_side=_SIDE).pixels


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
