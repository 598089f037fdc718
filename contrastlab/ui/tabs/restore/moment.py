"""For a class: the star eraser."""

from __future__ import annotations

from ....lab import Lab
from ....metrics.points import lost_points
from ...moments import Facts, Moment
from .scene import Scene
from .view import STARS


def _facts(lab: Lab) -> Facts:
    """How many decibels the repair gains, and of how many points of light, before and after it, how many are left."""
    scene = Scene(lab, STARS, None, "", "en")
    done = scene.repaired
    score = scene.score(done.image)
    assert score is not None
    noisy, left = (lost_points(scene.source, picture) for picture in (scene.before, done.image))
    return {"gain": score.gain, "before": left.before, "noisy": len(noisy.kept), "kept": len(left.kept),
            "new": len(left.new)}


MOMENT = Moment("stars", "restore", {"sky": STARS.values()}, _facts, digits=1)
