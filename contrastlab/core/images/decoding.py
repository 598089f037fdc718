"""From the bytes of a file to pixels. The decoders are PIL's and libheif's; the care is ours."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PIL.Image
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ..errors import LabError
from . import heads
from .arrays import from_array
from .heic import read_heic
from .limits import LIMITS, check_size
from .picture import Image

_BITS_PER_SAMPLE = 258
_TILE_SIDES = (322, 323)
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))

# Each decoder is called by name after a look at the first bytes. PIL.Image.open would also do, but
# it asks plugins of many formats, and guards size by a warning and a number that are global to the process.
_OPENERS: tuple[tuple[bytes, str, Callable[[io.BytesIO], ImageFile.ImageFile]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG", PngImagePlugin.PngImageFile),
    (b"\xff\xd8\xff", "JPEG", JpegImagePlugin.JpegImageFile),
    (b"GIF87a", "GIF", GifImagePlugin.GifImageFile),
    (b"GIF89a", "GIF", GifImagePlugin.GifImageFile),
    (b"II*\x00", "TIFF", TiffImagePlugin.TiffImageFile),
    (b"MM\x00*", "TIFF", TiffImagePlugin.TiffImageFile),
    (b"BM", "BMP", BmpImagePlugin.BmpImageFile),
)

@dataclass(frozen=True, slots=True)
class Decoded:
    """An upright picture in whatever memory it was decoded to; the fields are those of `Picture`."""

    pixels: Image
    alpha: Image | None
    format: str
    size: tuple[int, int]
    bit_depth: int
    animated: bool = False
    icc_profile: bytes | None = None
    exif: bytes | None = None


def decode(content: bytes, *, max_side: int | None) -> Decoded:
    """The picture in a file; a JPEG may come smaller than it is, though no smaller than `max_side` needs.

    Raises the LabErrors that `open_image` lists for files.
    """
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        # libheif turns the picture upright itself; what EXIF says about that is history.
        pixels, alpha, depth, animated, profile, exif = read_heic(content)
        size = (pixels.shape[1], pixels.shape[0])
        return Decoded(
            pixels, alpha, "HEIC", size, depth, animated, _rgb_profile(profile), heads.upright_exif(exif)
        )
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        # Its decoder reserves memory for the whole canvas before anybody can ask for the size.
        check_size(*heads.webp_size(content), most=LIMITS.pixels)
        return _with_pil(content, "WEBP", WebPImagePlugin.WebPImageFile, max_side)
    for magic, name, opener in _OPENERS:
        if content.startswith(magic):
            return _with_pil(content, name, opener, max_side)
    raise LabError(_what_else(content))


def from_pil(image: PIL.Image.Image) -> Decoded:
    """A PIL picture, which stays as it is, in its own size."""
    check_size(*image.size, most=LIMITS.jpeg_pixels)
    try:
        return _converted(image, "array", image.size)
    except LabError:
        raise
    except Exception as error:  # It may read its file only now; see _with_pil.
        raise LabError("image.truncated") from error


def _with_pil(
    content: bytes, name: str, opener: Callable[[io.BytesIO], ImageFile.ImageFile], max_side: int | None
) -> Decoded:
    # Decoders that are fed hostile bytes raise almost anything (OSError, SyntaxError, struct.error,
    # KeyError ...). Whatever it is, the file is at fault and the reader of the message is told so.
    try:
        exif, animated = None, False
        if name == "JPEG":
            content, exif = heads.plain_jpeg(content)
        elif name == "GIF":
            content, animated = heads.first_gif_frame(content)
        elif name == "TIFF":
            content = heads.guarded_tiff(content)
        with opener(io.BytesIO(content)) as opened:
            size = opened.size
            check_size(*size, most=LIMITS.jpeg_pixels if name == "JPEG" else LIMITS.pixels)
            if name == "JPEG" and max_side is not None:
                scale = max(1.0, max(size) / max_side)
                opened.draft(None, (max(1, int(size[0] / scale)), max(1, int(size[1] / scale))))
            elif isinstance(opened, TiffImagePlugin.TiffImageFile):
                _check_tiles(opened)
            animated = animated or bool(getattr(opened, "is_animated", False))
            return _converted(opened, name, size, exif, animated=animated)
    except LabError:
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        # Only a GIF gets here: its first frame reaches far beyond the size in its head.
        most = LIMITS.pixels // 1_000_000
        raise LabError("image.too_many_pixels", width="?", height="?", limit=most) from error
    except Exception as error:
        raise LabError("image.truncated") from error


def _converted(
    opened: PIL.Image.Image,
    name: str,
    size: tuple[int, int],
    exif: bytes | None = None,
    *,
    animated: bool = False,
) -> Decoded:
    """Pixels, alpha and metadata of an opened picture whose head says `size`."""
    depth = _bit_depth(opened)
    pixels, alpha = _planes(opened, depth)
    # A PNG may keep its EXIF block behind the pixels, so that it is known only now.
    exif = exif or opened.info.get("exif")
    orientation = heads.orientation(exif)
    # A TIFF has no such block: PIL itself turns it and gives the upright size from the start.
    turned = orientation in (5, 6, 7, 8)
    return Decoded(
        pixels=_upright(pixels, orientation),
        alpha=None if alpha is None else _upright(alpha, orientation),
        format=name,
        size=(size[1], size[0]) if turned else size,
        bit_depth=depth,
        animated=animated,
        icc_profile=_rgb_profile(opened.info.get("icc_profile")),
        exif=heads.upright_exif(exif),
    )


def _planes(opened: PIL.Image.Image, depth: int) -> tuple[Image, Image | None]:
    mode = opened.mode
    if mode.startswith("I;16"):
        values = np.asarray(opened)
        grey = np.minimum(values >> (depth - 8), 255).astype(np.uint8)
        hidden = opened.info.get("transparency")
        alpha = np.where(values == hidden, 0, 255).astype(np.uint8) if isinstance(hidden, int) else None
        return np.repeat(grey[:, :, None], 3, axis=2), alpha
    if mode == "F":
        return from_array(np.asarray(opened))[:2]
    if mode in ("I", "LAB", "HSV"):
        # 32-bit numbers have no agreed range; guessing one would show black or white.
        raise LabError("image.unusual_mode", mode=mode)
    if mode == "CMYK":
        return np.asarray(_from_cmyk(opened)), None
    if opened.has_transparency_data:
        both = np.asarray(opened.convert("RGBA"))
        return both[:, :, :3], both[:, :, 3]
    return np.asarray(opened.convert("RGB")), None


def _from_cmyk(opened: PIL.Image.Image) -> PIL.Image.Image:
    """RGB by the picture's own profile if it carries a usable one, else by the plain formula."""
    profile = opened.info.get("icc_profile")
    if profile:
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(opened, inks, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ImportError):
            converted = None
        if converted is not None:
            return converted
    return opened.convert("RGB")


def _bit_depth(opened: PIL.Image.Image) -> int:
    if isinstance(opened, TiffImagePlugin.TiffImageFile):
        bits = opened.tag_v2.get(_BITS_PER_SAMPLE, (1,))
        return int(max(bits)) if isinstance(bits, tuple) else int(bits)
    if opened.mode == "1":
        return 1
    if opened.mode in ("I", "F"):
        return 32
    raw = ""
    if isinstance(opened, ImageFile.ImageFile) and opened.tile:
        arguments = opened.tile[0][3]
        raw = str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)
    return 16 if opened.mode.startswith("I;16") or ";16" in raw else 8


def _check_tiles(opened: TiffImagePlugin.TiffImageFile) -> None:
    """Tiles are decoded whole, however little of one lies inside the picture."""
    width, height = (opened.tag_v2.get(tag, 1) for tag in _TILE_SIDES)
    if isinstance(width, int) and isinstance(height, int) and width * height > LIMITS.pixels:
        raise LabError("image.too_many_pixels", width=width, height=height, limit=LIMITS.pixels // 1_000_000)


def _upright(plane: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """The plane (H, W) or (H, W, C) as EXIF means it to be seen. Exif 2.32, tag 0x0112."""
    if orientation in (5, 6, 7, 8):
        plane = plane.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    return plane


def _rgb_profile(profile: bytes | None) -> bytes | None:
    """The profile if it describes RGB (ICC.1:2022, 7.2: bytes 16 to 19 name the colour space)."""
    return profile if profile and profile[16:20] == b"RGB " else None


def _what_else(content: bytes) -> str:
    """The error key for bytes that are no picture we read."""
    # UTF-16 is ASCII with zero bytes in between, as far as tags go.
    head = content[:4096].replace(b"\0", b"").lower()
    if b"<svg" in head:
        return "image.svg"
    if b"<!doctype html" in head or b"<html" in head:
        return "image.html"
    return "image.not_a_picture"
