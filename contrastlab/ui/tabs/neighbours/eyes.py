"""Which encoders may look at which gallery."""

from __future__ import annotations

from ....lab import DEFAULT_ENCODER, Lab
from .view import EYE, OWN

#: Galleries -> the data that an encoder must have learned from to know what is in them.
_LEARNED_FROM = {"flowers": "flowers", "mnist": "digits", "glyphs": "digits"}
_CLASSES = "cifar10"


def encoder_of(eye: str, gallery: str) -> str:
    """The encoder's name behind an eye on a gallery ("own": what all pictures can be looked at with)."""
    if eye == "untrained":
        return eye
    learned_from = _CLASSES if gallery == OWN else _LEARNED_FROM.get(gallery, _CLASSES)
    # What learned without labels looks at everything alike.
    return DEFAULT_ENCODER if eye == EYE.default else f"encoder-{eye}-{learned_from}"


def eyes_for(lab: Lab, gallery: str) -> tuple[str, ...]:
    """The eyes there are for a gallery, in the order of their buttons."""
    known = lab.encoders()
    return tuple(eye for eye in EYE.options if encoder_of(eye, gallery) in known)
