"""How large, how small and how long a picture may be: all of it here."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import LabError


@dataclass(frozen=True, slots=True)
class Limits:
    """What the door lets in.

    Attributes:
        file_bytes: size of a file.
        jpeg_pixels: width x height of a JPEG, which can be decoded at a reduced size, and of an array,
            which is in memory already.
        pixels: width x height of every other format.
        side: shortest side, in pixels.
        aspect: long side over short side.
        scans: passes over a progressive JPEG; encoders make about ten.
    """

    file_bytes: int = 25 * 2**20
    jpeg_pixels: int = 120_000_000
    pixels: int = 40_000_000
    side: int = 8
    aspect: int = 50
    scans: int = 64


LIMITS = Limits()


def check_file_size(size: int) -> None:
    """Raises LabError ``image.empty`` or ``image.too_large_file`` for a file of `size` bytes."""
    if size == 0:
        raise LabError("image.empty")
    if size > LIMITS.file_bytes:
        raise LabError("image.too_large_file", got=size / 2**20, limit=LIMITS.file_bytes // 2**20)


def check_size(width: int, height: int, *, most: int) -> None:
    """Raises LabError ``image.too_many_pixels`` (over `most`), ``.too_small`` or ``image.too_extreme``."""
    if width * height > most:
        raise LabError("image.too_many_pixels", width=width, height=height, limit=most // 1_000_000)
    if min(width, height) < LIMITS.side:
        raise LabError("image.too_small", width=width, height=height, limit=LIMITS.side)
    if max(width, height) > LIMITS.aspect * min(width, height):
        raise LabError("image.too_extreme", width=width, height=height, limit=LIMITS.aspect)
