"""The graphics card that a ZeroGPU Space lends for a few seconds: to the full-size repair and to nothing else.

A slider must never reach it: there is a queue before it, and every visitor has a quota.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
from collections.abc import Callable, Iterator

from ..core.device import choose_device
from ..core.images import Image
from ..data.degrade import Mask
from ..lab import Lab
from ..models.restorer.inference import Step

log = logging.getLogger(__name__)

#: Seconds that are asked for; 25 megapixels take a few.
SECONDS = 20

#: (damaged picture uint8 (H, W, 3), what is missing bool (H, W) or None, strength 0 to 1) -> steps of its repair.
Restoring = Callable[[Image, Mask | None, float], Iterator[Step]]


def is_lent() -> bool:
    """Whether this is a ZeroGPU Space, and its package there."""
    return bool(os.environ.get("SPACES_ZERO_GPU")) and importlib.util.find_spec("spaces") is not None


def borrowing(lab: Lab) -> Restoring | None:
    """The full-size repair on the lent card; None where none is lent.

    It runs in a process of its own, forked off this one, with a copy of the network.
    """
    if not is_lent():
        return None

    def restoring(image: Image, missing: Mask | None, strength: float) -> Iterator[Step]:
        yield from lab.restorer().moved(choose_device("cuda")).restoring(image, missing, strength=strength)

    # Only a Space has the package.
    lent: Restoring = importlib.import_module("spaces").GPU(duration=SECONDS)(restoring)
    return lent


def steps_of(
    borrowed: Restoring | None, own: Restoring, image: Image, missing: Mask | None, strength: float
) -> Iterator[Step | None]:
    """The steps of a repair on the lent card, if there is one and it is to be had; else after None those on our own.

    What is wrong with the picture itself, our own device finds out anew. Raises what `Repairer.restoring` raises.
    """
    if borrowed is not None:
        try:
            yield from borrowed(image, missing, strength)
            return
        except Exception as error:  # quota, queue, a worker that died: the package has many names for it
            log.warning("no card was lent: %s", error)
            yield None
    yield from own(image, missing, strength)
