"""Which encoders may look at which gallery, and whether what they saw is at hand."""

from __future__ import annotations

from ....lab import DEFAULT_ENCODER, Lab
from .mine import Mine
from .view import EYE, OWN

#: Galleries -> the data that an encoder must have learned from to know what is in them.
_LEARNED_FROM = {"flowers": "flowers", "mnist": "digits", "glyphs": "digits"}
_CLASSES = "cifar10"


def encoder_of(eye: str, gallery: str) -> str:
    """The encoder's name behind an eye on a gallery ("own": what all pictures can be looked at with)."""
    if eye == "untrained":
        return eye
    # What learned without labels looks at everything alike.
    return DEFAULT_ENCODER if eye == EYE.default else f"encoder-{eye}-{_LEARNED_FROM.get(gallery, _CLASSES)}"


def eyes_for(lab: Lab, gallery: str) -> tuple[str, ...]:
    """The eyes there are for a gallery, in the order of their buttons; the usual one even where it is missing."""
    known = (*lab.encoders(), encoder_of(EYE.default, gallery))
    return tuple(eye for eye in EYE.options if encoder_of(eye, gallery) in known)


def is_ready(lab: Lab, mine: Mine | None, gallery: str, encoder: str) -> bool:
    """Whether a search would be answered in no time. An encoder that is missing says so in no time, too."""
    if gallery == OWN:
        return mine is None or mine.has(encoder) or encoder not in lab.encoders()
    return lab.is_open(gallery, encoder=encoder) or encoder not in lab.encoders()
