"""For a class: ten out of ten, and wrong."""

from __future__ import annotations

from collections import Counter

from ....data.datasets import GENERATED
from ....lab import Lab
from ...moments import Facts, Moment
from .scene import PIXELS, Scene
from .view import Crop, View

#: Neighbours that are asked.
_ASKED = 10
#: The network that was taught ten words, and a thing that is none of them.
_EYE, _PHOTO = "supervised", "coffee"
_CROPS = {"whole": Crop(200, 0, 1000), "closer": Crop(300, 300, 600)}
_VIEWS = {name: View(GENERATED, _PHOTO, crop, _EYE) for name, crop in _CROPS.items()}


def _facts(lab: Lab) -> Facts:
    """For each crop the class that most of the nearest are of, and how many are."""
    found: dict[str, float | str] = {}
    for name, view in _VIEWS.items():
        scene = Scene(lab, view, None, None, "en")
        gallery = scene.gallery(PIXELS)
        nearest = scene.nearest(scene.eye, _ASKED).indices
        found[name], found[f"{name}_count"] = Counter(gallery.class_of(int(one)) for one in nearest).most_common(1)[0]
    return {**found, "of": _ASKED}


MOMENT = Moment("cup", "neighbours", {name: view.values() for name, view in _VIEWS.items()}, _facts)
