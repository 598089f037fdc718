"""The changes that a policy is made of, by kind."""

from __future__ import annotations

from collections.abc import Mapping

from ....core.errors import LabError
from .base import Step
from .choosers import RandAugment, TrivialAugment
from .colour import Brightness, Contrast, Grayscale, Hue, Jitter, Saturation
from .curves import Autocontrast, Equalise, Gamma, Posterise, Solarise
from .filters import Blur, Cutout, Downscale, Elastic, Jpeg, MotionBlur, Noise, SaltAndPepper, Sharpness
from .geometry import Crop, Flip, FlipVertical, Perspective, Rotate, Scale, Shear, Translate

STEPS: dict[str, type[Step]] = {
    step.KIND: step
    for step in (
        Rotate, Translate, Scale, Shear, Perspective, Flip, FlipVertical, Crop, Elastic,
        Brightness, Contrast, Saturation, Hue, Jitter, Grayscale,
        Gamma, Posterise, Solarise, Equalise, Autocontrast,
        Blur, MotionBlur, Sharpness, Noise, SaltAndPepper, Jpeg, Downscale, Cutout,
        RandAugment, TrivialAugment,
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


__all__ = ["STEPS", "Step", "make_step"]
