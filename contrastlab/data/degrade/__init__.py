"""Damaging pictures on purpose, by seed, so that what repairs them can be taught and judged."""

from .damages import DAMAGES, HOLES, NAMES, Damage, Damaged, degrade, published_noise
from .holes import KIND, SHARE, Mask, holes, mask_of
from .scratches import proposed_scratches

__all__ = [
    "DAMAGES", "HOLES", "KIND", "NAMES", "SHARE", "Damage", "Damaged", "Mask", "degrade", "holes", "mask_of",
    "proposed_scratches", "published_noise",
]
