"""Pictures on their way out."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import PIL.Image

from ..errors import LabError
from ..knobs import Choice, Knob
from .picture import Image, checked

_QUALITY = Knob("quality", 1, 100, 90, 1, integer=True)
ANIMATIONS = Choice("animation", ("webp", "gif"), "webp")


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
    PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", **_about(icc_profile, exif))
    return file.getvalue()


def encode_jpeg(
    image: Image, quality: float = 90, *, icc_profile: bytes | None = None, exif: bytes | None = None
) -> bytes:
    """A JPEG file at `quality` (1-100), colours at half resolution (4:2:0), with the profile and EXIF that are given.

    Raises LabError ``image.wrong_shape`` or ``knob.out_of_range``.
    """
    file = io.BytesIO()
    picture = PIL.Image.fromarray(np.ascontiguousarray(checked(image)))
    picture.save(file, "JPEG", quality=int(_QUALITY.check(quality)), subsampling="4:2:0", **_about(icc_profile, exif))
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


def encode_animation(
    frames: Sequence[Image] | Image, milliseconds: int, *, kind: str = "webp", quality: int = 80, rounds: int = 0
) -> bytes:
    """Frames uint8 (N, H, W, 3), each shown so long, as an animated WebP at `quality` (1-100) or as a GIF.

    It plays `rounds` times and then rests at its last frame; 0 plays for ever. A GIF has 256 colours a frame.
    Raises LabError ``image.wrong_shape`` for no frames or unequal ones, ``knob.unknown_choice``, ``knob.out_of_range``.
    """
    ANIMATIONS.check(kind)
    pictures = [PIL.Image.fromarray(np.ascontiguousarray(checked(frame))) for frame in frames]
    if not pictures or len({picture.size for picture in pictures}) > 1:
        raise LabError("image.wrong_shape", got=str([picture.size for picture in pictures][:3]))
    file = io.BytesIO()
    together = {"save_all": True, "append_images": pictures[1:], "duration": milliseconds}
    if kind == "webp":
        fine = int(_QUALITY.check(quality))
        pictures[0].save(file, "WEBP", quality=fine, method=4, loop=rounds, **together)
    else:
        # A GIF counts how often it begins again.
        again = {} if rounds == 1 else {"loop": max(rounds - 1, 0)}
        pictures[0].save(file, "GIF", disposal=1, **again, **together)
    return file.getvalue()


def _about(icc_profile: bytes | None, exif: bytes | None) -> dict[str, bytes]:
    """What a file says of itself, as Pillow takes it."""
    return {name: value for name, value in (("icc_profile", icc_profile), ("exif", exif)) if value}
