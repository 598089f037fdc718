"""Where pictures come from: a path, bytes, an array, a PIL picture."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image

from ..errors import LabError
from ..knobs import Knob
from .arrays import from_array
from .decoding import Decoded, decode, from_pil
from .limits import LIMITS, check_file_size
from .picture import Image, Picture

Source = bytes | bytearray | memoryview | str | os.PathLike[str] | PIL.Image.Image | npt.NDArray[Any]

_MAX_SIDE = Knob("max_side", 1, 100_000, 512, 1, "px", integer=True)


def open_image(source: Source, *, max_side: int | None = None) -> Picture:
    """The picture in a path or bytes (PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC), an array or a PIL picture.

    With `max_side` the pixels come with their longer side at most that long, averaged down; a JPEG is then
    decoded at a reduced size, which saves the time and memory of the full one. Of an animation or a
    document the first frame or page is read.

    Size and shape are read and refused before anything is decoded. Raises LabError ``image.*``: no_file,
    not_a_file, cannot_read, empty, too_large_file, too_many_pixels, too_many_passes, too_small, too_extreme,
    not_a_picture, html, svg, truncated, heic_reader_missing, unusual_mode, wrong_type, wrong_shape,
    wrong_range, not_finite.
    """
    limit = None if max_side is None else int(_MAX_SIDE.check(max_side))
    if isinstance(source, np.ndarray):
        pixels, alpha, depth = from_array(np.asarray(source))
        decoded = Decoded(pixels, alpha, "array", (pixels.shape[1], pixels.shape[0]), depth)
    elif isinstance(source, PIL.Image.Image):
        decoded = from_pil(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        check_file_size(memoryview(source).nbytes)
        decoded = decode(bytes(source), max_side=limit)
    elif isinstance(source, (str, os.PathLike)):
        decoded = decode(_read(source), max_side=limit)
    else:
        raise LabError("image.wrong_type", got=type(source).__name__)
    size = _fitting(decoded.pixels, limit)
    return Picture(
        pixels=_final(decoded.pixels, size, source),
        alpha=None if decoded.alpha is None else _final(decoded.alpha, size, source),
        format=decoded.format, size=decoded.size, bit_depth=decoded.bit_depth, animated=decoded.animated,
        icc_profile=decoded.icc_profile, exif=decoded.exif,
    )


def _read(path: str | os.PathLike[str]) -> bytes:
    """The whole file, if it is one and not too large."""
    shown = os.fspath(path)
    try:
        about = Path(path).stat()
        if not stat.S_ISREG(about.st_mode):
            # A folder, a device or a pipe: reading one may never end.
            raise LabError("image.not_a_file", path=shown)
        check_file_size(about.st_size)
        with open(path, "rb") as file:
            # One byte more than allowed, in case it grew since.
            content = file.read(LIMITS.file_bytes + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        # ValueError: a zero byte, or characters that no file name can have.
        raise LabError("image.no_file", path=shown) from error
    except OSError as error:
        raise LabError("image.cannot_read", path=shown, reason=error.strerror) from error
    check_file_size(len(content))
    return content


def _fitting(pixels: Image, max_side: int | None) -> tuple[int, int]:
    """(width, height) with the longer side at most `max_side`."""
    height, width = pixels.shape[:2]
    if max_side is None or max(width, height) <= max_side:
        return width, height
    scale = max_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _final(plane: Image, size: tuple[int, int], source: Source) -> Image:
    """The plane at its size, read-only and in memory that nobody else can change."""
    if size != (plane.shape[1], plane.shape[0]):
        reduced = cv2.resize(np.ascontiguousarray(plane), size, interpolation=cv2.INTER_AREA)
        final = np.asarray(reduced, np.uint8)
    else:
        final = np.ascontiguousarray(plane)
        if isinstance(source, np.ndarray) and np.shares_memory(final, source):
            final = final.copy()
    final.flags.writeable = False
    return final
