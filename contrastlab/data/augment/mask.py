"""What goes along with a picture: its transparency moves where its pixels move."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .apply import run_on, runs
from .drawn import Drawn
from .steps.base import Geometry
from .steps.filters import Elastic


def apply_mask(mask: npt.NDArray[np.uint8], drawn: Drawn) -> npt.NDArray[np.uint8]:
    """A soft mask, such as an alpha channel, moved as `apply` moves the picture: uint8 (H, W), new memory.

    Geometry and elastic bending act on it, with the draw's border; colour, noise and cut-outs do not.
    It is interpolated, so do not send class labels through it: between 0 and 7 there would be 3.
    """
    # Three equal channels: the warps are written for pictures, and a mask is small change.
    picture = np.repeat(mask[:, :, None], 3, axis=2)
    for _, run in runs(drawn.steps):
        if isinstance(run[0][0], (Geometry, Elastic)):
            picture = run_on(picture, run, drawn.border)
    return np.ascontiguousarray(picture[:, :, 0])
