"""The changes that a policy is made of, by kind."""

from __future__ import annotations

from collections.abc import Mapping

from ....core.errors import LabError
from .base import Number, Step
from .colour import Brightness, Contrast, Grayscale, Hue, Jitter, Saturation
from .geometry import Crop, Flip, FlipVertical, Perspective, Rotate, Scale, Shear, Translate

STEPS: dict[str, type[Step]] = {
    step.KIND: step
    for step in (
        Rotate, Translate, Scale, Shear, Perspective, Flip, FlipVertical, Crop,
        Brightness, Contrast, Saturation, Hue, Jitter, Grayscale,
    )
}  # fmt: skip


def make_step(kind: str, settings: Mapping[str, object] | None = None) -> Step:
    """A step by its kind, from knob names and values.

    Raises LabError ``augment.unknown_step`` naming the kinds that exist, ``knob.unknown`` naming
    the step's knobs, and whatever the knobs' own checks raise.
    """
    if kind not in STEPS:
        raise LabError("augment.unknown_step", got=kind, options=", ".join(STEPS))
    return STEPS[kind].of(settings or {})


__all__ = ["STEPS", "Number", "Step", "make_step"]
