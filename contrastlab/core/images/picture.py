"""What a picture is, once it is inside."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import LabError

Image = npt.NDArray[np.uint8]
"""A picture at every public door: uint8 (H, W, 3), RGB, 0-255."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that came through the door.

    Attributes:
        pixels: uint8 (H, W, 3) RGB, upright, read-only, in memory of its own. Colours of transparent
            pixels are those stored in the file.
        alpha: uint8 (H, W), 255 opaque, read-only; None if the source has none.
        format: "PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "HEIC"; "array" for one handed over in memory.
        size: (width, height) of the source, upright; larger than `pixels` if `max_side` reduced them.
        bit_depth: bits per channel of the source: 1, 8, 10, 12, 16 or 32. `pixels` always has 8.
        animated: whether the source has more frames or pages than the first, which is the one read.
        icc_profile: RGB colour profile of the source, as bytes; None if it has none or one for other colours.
        exif: the EXIF block with its orientation set to upright, as bytes; None if there is none. It may say
            where a photograph was taken: ask before passing it on.
    """

    pixels: Image = field(repr=False)
    alpha: Image | None = field(repr=False)
    format: str
    size: tuple[int, int]
    bit_depth: int
    animated: bool = False
    icc_profile: bytes | None = field(default=None, repr=False)
    exif: bytes | None = field(default=None, repr=False)


def checked(image: Image) -> Image:
    """The same array, if it is a picture uint8 (H, W, 3) of at least one pixel.

    Raises LabError ``image.wrong_shape`` naming what it is instead.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        got = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise LabError("image.wrong_shape", got=got)
    if 0 in image.shape:
        raise LabError("image.wrong_shape", got=f"{image.dtype} {image.shape}")
    return image
