"""The last fold, "For the curious"."""

from __future__ import annotations

from ...rooms import Rooms
from .ascent import Climb
from .codes import Codes
from .further import Further
from .numbers import Numbers
from .walking import Walking


class Curious(Rooms):
    """What else the numbers can do."""

    TAB = "generate"
    NAME = "more"
    ROOMS = (Further, Walking, Climb, Codes, Numbers)
