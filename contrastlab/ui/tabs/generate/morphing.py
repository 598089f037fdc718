"""The main picture on a round trip: it turns into others and comes back."""

from __future__ import annotations

from ....core.images import encode_animation
from ....studies.walk import loop
from ...drawing import embedded
from .scene import Scene

_FRAMES, _MILLISECONDS, _QUALITY = 36, 90, 90


def round_trip(scene: Scene, past: int) -> str:
    """The way from the main picture past what the seed `past` paints and back to it, as an animation's address.

    It is gone once, under the sliders as they are, and rests where it began.
    """
    way = loop(scene.start, scene.generator.latents([past])[0], _FRAMES)
    frames = [*scene.paint(way), scene.main]
    return embedded(encode_animation(frames, _MILLISECONDS, quality=_QUALITY, rounds=1), "webp")
