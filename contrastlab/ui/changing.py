"""The three sliders that change a picture: turn, cut out, recolour. The same on every tab that has them."""

from __future__ import annotations

from dataclasses import replace

from ..core.knobs import Knob
from ..data.augment import make_step

#: SimCLR's recipe (arXiv:2002.05709, appendix A): hue moves a quarter as far as the other three.
HUE_SHARE = 0.25


def _knob(kind: str, name: str) -> Knob:
    found = next(knob for knob in make_step(kind).KNOBS if knob.name == name)
    assert isinstance(found, Knob)
    return found


def _cut_knob() -> Knob:
    """How much may be cut away, in per cent: the crop's knob says how much must stay, as a share."""
    stays = _knob("crop", "smallest")
    return Knob("cut", 0, 100 * (1 - stays.minimum), 40, 100 * stays.step, "%", integer=True)


TURN = replace(_knob("rotate", "degrees"), name="turn")
CUT = _cut_knob()
COLOURS = replace(_knob("jitter", "brightness"), name="colours")
SLIDERS = (TURN, CUT, COLOURS)
