"""Pictures and names that the folds have in common."""

from __future__ import annotations

from ....core.images import Image
from ....data.datasets import GENERATED
from ....data.pixels import centre_square
from ....text import say
from ...drawing import exact, tag, thumbnail
from .scene import Scene
from .sight import caption

#: Pictures up to this side are shown as the pixels that they are.
_SMALL = 64


def tile_picture(picture: Image, alt: str) -> str:
    """A gallery picture's central square: a small one to the pixel, a larger one as a thumbnail."""
    if max(picture.shape[:2]) <= _SMALL:
        return tag("img", src=exact(centre_square(picture)), alt=alt, class_="pixels", draggable="false")
    return tag("img", src=thumbnail(picture), alt=alt, draggable="false")


def row_name(scene: Scene, role: str) -> str:
    """What a row is called: "by pixels" ("baseline"), "by what it learned" ("learned")."""
    untrained = role == "learned" and scene.view.eye == "untrained"
    return say("neighbours.by.untrained" if untrained else f"neighbours.by.{role}", scene.language)


def kind_of(scene: Scene, place: int) -> str:
    """What a picture of the gallery is, in a word; of a generated one, what it was asked to be. "" for nothing."""
    word = caption(scene, place)
    return say("neighbours.asked.short", scene.language) + word if word and scene.view.gallery == GENERATED else word
