"""The last fold, "For the curious": four rooms behind one door."""

from __future__ import annotations

from ...rooms import Rooms
from .chain import Chain
from .curves import Curves
from .mixing import Mixing
from .taking import Taking


class Curious(Rooms):
    """What a chain of augmentations is made of, how two pictures are mixed, and how to take a recipe home."""

    TAB = "augment"
    NAME = "curious"
    ROOMS = (Chain, Curves, Mixing, Taking)
