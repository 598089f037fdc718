"""For a class: nobody told it about handwriting."""

from __future__ import annotations

from ....lab import Lab
from ....studies.shared import SAMPLES, shared
from ...moments import Facts, Moment
from .view import View

_MODEL = "vae-digits"
#: A heavy hand that leans far to the right.
_SEED = "158"
_DIGITS = {"three": "3", "five": "5", "eight": "8"}


def _facts(lab: Lab) -> Facts:
    """How far the digits agree in how much ink they take and in how they lean, painted from the same numbers."""
    decoder = lab.generator(_MODEL)
    return {"ink": shared(decoder, "brightness"), "lean": shared(decoder, "lean"), "hands": SAMPLES,
            "numbers": decoder.latent}


MOMENT = Moment(
    "hand", "generate", {name: View(_MODEL, _SEED, digit).values() for name, digit in _DIGITS.items()}, _facts
)
