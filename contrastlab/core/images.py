"""The only door for pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PIL.Image

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was opened."""

    pixels: Image


def open_image(source: bytes) -> Picture:
    """The picture in `source`."""
    with PIL.Image.open(io.BytesIO(source)) as opened:
        return Picture(np.asarray(opened.convert("RGB")))
