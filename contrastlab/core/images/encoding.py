"""Pictures on their way out."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image

from ..errors import LabError
from ..knobs import Knob
from .picture import Image, checked

_QUALITY = Knob("quality", 1, 100, 90, 1, integer=True)


def encode_png(
    image: Image, alpha: Image | None = None, *, icc_profile: bytes | None = None, exif: bytes | None = None
) -> bytes:
    """A PNG file, lossless, with the transparency (H, W), colour profile and EXIF block that are given.

    Raises LabError ``image.wrong_shape`` if `image` is no picture or `alpha` does not fit it.
    """
    pixels = checked(image)
    if alpha is not None:
        if alpha.dtype != np.uint8 or alpha.shape != pixels.shape[:2]:
            raise LabError("image.wrong_shape", got=f"alpha {alpha.dtype} {alpha.shape}")
        pixels = np.dstack([pixels, alpha])
    file = io.BytesIO()
    extra = {name: value for name, value in (("icc_profile", icc_profile), ("exif", exif)) if value}
    PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", **extra)
    return file.getvalue()


def encode_jpeg(image: Image, quality: float = 90) -> bytes:
    """A JPEG file at `quality` (1-100), colours at half resolution (4:2:0), without profile or EXIF.

    Raises LabError ``image.wrong_shape`` or ``knob.out_of_range``.
    """
    file = io.BytesIO()
    picture = PIL.Image.fromarray(np.ascontiguousarray(checked(image)))
    picture.save(file, "JPEG", quality=int(_QUALITY.check(quality)), subsampling="4:2:0")
    return file.getvalue()


def encode_webp(image: Image, quality: int | None = None) -> bytes:
    """A WebP file, lossless unless a `quality` (1-100) is given, without profile or EXIF.

    Raises LabError ``image.wrong_shape`` or ``knob.out_of_range``.
    """
    file = io.BytesIO()
    picture = PIL.Image.fromarray(np.ascontiguousarray(checked(image)))
    if quality is None:
        picture.save(file, "WEBP", lossless=True, quality=80, method=6)
    else:
        picture.save(file, "WEBP", quality=int(_QUALITY.check(quality)), method=6)
    return file.getvalue()
