"""The last fold, "For the curious": five rooms behind one door."""

from __future__ import annotations

from ...rooms import Rooms
from .calibrated import Calibrated
from .labels import Labels
from .layers import Layers
from .mixture import Mixture
from .popular import Popular


class Beyond(Rooms):
    """What is known about an embedding, and what else can be done with one."""

    TAB = "neighbours"
    NAME = "beyond"
    ROOMS = (Layers, Calibrated, Popular, Mixture, Labels)
