"""The last fold, "For the curious"."""

from __future__ import annotations

from ....lab import Lab
from ...fold import following
from ...rooms import Rooms
from ...widgets import Words
from .batch import Batch
from .estimate import Estimate
from .pixel import Pixel
from .stepwise import Stepwise
from .strengths import Against


class Curious(Rooms):
    """What the network is told, how far it gets, what it does at a pixel, and what there was instead of it."""

    TAB = "restore"
    NAME = "inside"
    ROOMS = (Estimate, Against, Pixel, Stepwise, Batch)

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        # A repair takes a tenth of a second: a slider of the stage is not kept waiting by it.
        self.pulse.js_on_load = following(self.NAME, rested="tick")
