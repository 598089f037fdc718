"""Every format and kind of colour comes out as upright RGB, alpha apart."""

import importlib.util
import io
import sys
import warnings

import cv2
import numpy as np
import PIL.Image
import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.images import (
    encode_png,
    open_image,
)
from tests.core import nasty
from tests.core.images.outcome import attempt, refusal

LOSSLESS = ("PNG", "WEBP", "BMP", "TIFF")


@pytest.mark.parametrize("file_format", nasty.FORMATS)
def test_each_format_keeps_its_colours_in_rgb_order(file_format):
    red = np.zeros((16, 24, 3), np.uint8)
    red[...] = (250, 40, 10)
    picture = open_image(nasty.encoded(red, file_format))
    tolerance = 0 if file_format in LOSSLESS else 3
    assert np.abs(picture.pixels.astype(int) - red).max() <= tolerance
    assert (picture.format, picture.size, picture.bit_depth) == (file_format, (24, 16), 8)
    assert picture.alpha is None
    assert not picture.animated


@pytest.mark.parametrize("file_format", LOSSLESS)
def test_lossless_formats_come_back_exactly(file_format):
    assert np.array_equal(open_image(nasty.encoded(nasty.scene(), file_format)).pixels, nasty.scene())


# Where the pixel at (row, column) of an upright H x W picture is stored, by orientation (Exif 2.32, tag 0x0112: which
# side of the picture the first row and the first column of the file are).
STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied_once_and_reset(file_format, orientation):
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "camera"
    stored = np.ascontiguousarray(STORED[orientation](nasty.scene()))
    picture = open_image(nasty.encoded(stored, file_format, exif=exif))
    assert np.abs(picture.pixels.astype(int) - nasty.scene()).mean() < (3 if file_format == "JPEG" else 1e-9)
    assert picture.size == (40, 24)
    if file_format != "TIFF":
        kept = PIL.Image.Exif()
        kept.load(picture.exif)
        assert (kept[0x0112], kept[0x010F]) == (1, "camera")
        assert picture.exif.startswith(b"Exif\0\0")
        # Given back and opened again, it does not turn a second time.
        again = open_image(encode_png(picture.pixels, exif=picture.exif))
        assert np.array_equal(again.pixels, picture.pixels)


def test_orientation_turns_alpha_as_well_and_a_pil_picture_too():
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    alpha = np.arange(24 * 40, dtype=np.uint8).reshape(24, 40)
    stored = np.ascontiguousarray(np.rot90(np.dstack([nasty.scene(), alpha])))
    content = nasty.encoded(stored, "PNG", exif=exif)
    for source in (content, PIL.Image.open(io.BytesIO(content))):
        picture = open_image(source)
        assert np.array_equal(picture.alpha, alpha)
        assert np.array_equal(picture.pixels, nasty.scene())


def test_grey_becomes_three_equal_channels():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for file_format in ("PNG", "TIFF", "BMP"):
        picture = open_image(nasty.encoded(grey, file_format))
        assert np.array_equal(picture.pixels, np.dstack([grey] * 3))


def test_black_and_white_is_one_bit_deep():
    bits = np.eye(16, dtype=bool)
    for source in (nasty.encoded(bits, "PNG"), nasty.encoded(bits, "TIFF"), bits):
        picture = open_image(source)
        assert picture.bit_depth == 1
        assert np.array_equal(picture.pixels[:, :, 1], np.where(bits, 255, 0))


def test_palette_with_transparency():
    indexed = PIL.Image.fromarray((np.arange(256) % 3).astype(np.uint8).reshape(16, 16), "P")
    indexed.putpalette([200, 10, 20, 30, 210, 40, 50, 60, 220])
    colours = np.array([[200, 10, 20], [30, 210, 40], [50, 60, 220]], np.uint8)
    opaque = open_image(nasty.encoded(indexed, "PNG"))
    assert opaque.alpha is None
    assert np.array_equal(opaque.pixels, colours[np.asarray(indexed)])
    for transparency, alphas in ((1, [255, 0, 255]), (b"\x80\x00", [128, 0, 255])):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = open_image(nasty.encoded(indexed, "PNG", transparency=transparency))
        assert np.array_equal(picture.pixels, colours[np.asarray(indexed)])
        assert np.array_equal(picture.alpha, np.array(alphas, np.uint8)[np.asarray(indexed)])


@pytest.mark.parametrize(("mode", "file_format"), [("LA", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF")])
def test_alpha_is_kept_apart_and_colours_under_it_are_kept(mode, file_format):
    alpha = np.tile(np.arange(0, 240, 6, dtype=np.uint8), (24, 1))
    rgb = nasty.scene() if mode == "RGBA" else np.dstack([nasty.scene()[:, :, 0]] * 3)
    stored = np.dstack([rgb, alpha]) if mode == "RGBA" else np.dstack([rgb[:, :, 0], alpha])
    options = {"exact": True} if file_format == "WEBP" else {}
    picture = open_image(nasty.encoded(PIL.Image.fromarray(stored, mode), file_format, **options))
    assert np.array_equal(picture.pixels, rgb)
    assert np.array_equal(picture.alpha, alpha)


def test_a_transparent_colour_of_a_grey_or_rgb_png_becomes_alpha():
    grey = nasty.scene()[:, :, 0]
    picture = open_image(nasty.encoded(grey, "PNG", transparency=int(grey[0, 0])))
    assert np.array_equal(picture.alpha == 0, grey == grey[0, 0])
    wide = (grey.astype(np.uint16) << 8) + 7
    picture = open_image(nasty.encoded(wide, "PNG", transparency=int(wide[0, 0])))
    assert np.array_equal(picture.alpha == 0, wide == wide[0, 0])
    assert np.array_equal(picture.pixels[:, :, 2], grey)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_announced(file_format):
    """Eight-bit values written as x * 257 come back exactly, in grey and in colour; clipping would give white."""
    levels = nasty.scene()
    _, colour = cv2.imencode(f".{file_format.lower()}", levels[:, :, ::-1].astype(np.uint16) * 257)
    picture = open_image(colour.tobytes())
    assert np.array_equal(picture.pixels, levels)
    assert picture.bit_depth == 16
    grey = open_image(nasty.encoded(levels[:, :, 0].astype(np.uint16) * 257, file_format))
    assert np.array_equal(grey.pixels, np.dstack([levels[:, :, 0]] * 3))
    assert grey.bit_depth == 16


def test_twelve_bits_use_the_whole_range():
    packed = b"".join(bytes((x >> 4, (x & 15) << 4 | y >> 8, y & 255)) for x, y in [(0, 4095), (2048, 1024)] * 16)
    picture = open_image(nasty.tiff(8, 8, packed, bits=12))
    assert picture.bit_depth == 12
    assert picture.pixels[0, :4, 0].tolist() == [0, 255, 128, 64]


def test_float_tiff_follows_the_rule_for_float_arrays():
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    assert np.array_equal(open_image(nasty.encoded(ramp, "TIFF")).pixels[:, :, 0].ravel(), np.arange(256))
    assert refusal(nasty.encoded(ramp * 255, "TIFF")).key == "image.wrong_range"
    assert refusal(nasty.encoded(np.full((9, 9), 70000, np.int32), "TIFF")).key == "image.unusual_mode"


def test_cmyk_jpeg_by_the_plain_formula():
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:8] = (255, 0, 0, 0)
    inks[8:] = (0, 0, 128, 64)
    for profile in (None, b"no profile at all"):
        options = {} if profile is None else {"icc_profile": profile}
        picture = open_image(nasty.encoded(PIL.Image.fromarray(inks, "CMYK"), "JPEG", **options))
        assert np.abs(picture.pixels[2, 2].astype(int) - (0, 255, 255)).max() <= 4
        assert np.abs(picture.pixels[-2, 2].astype(int) - (191, 191, 95)).max() <= 4
        assert picture.icc_profile is None


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_by_its_own_profile(file_format):
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:8, :, 0] = 255
    # In sRGB the Lab colour (62, -31, -48) is about (0, 165, 234): printed cyan, not (0, 255, 255).
    profile = nasty.cmyk_profile((62, -31, -48))
    picture = open_image(nasty.encoded(PIL.Image.fromarray(inks, "CMYK"), file_format, icc_profile=profile))
    assert np.abs(picture.pixels[2, 2].astype(int) - (0, 165, 234)).max() <= 6
    assert picture.pixels[-2, 2].min() >= 250
    assert picture.icc_profile is None


def test_an_rgb_profile_is_given_back_and_others_are_not():
    rgb = b"\0" * 16 + b"RGB " + b"\0" * 108
    grey = b"\0" * 16 + b"GRAY" + b"\0" * 108
    picture = open_image(nasty.encoded(nasty.scene(), "PNG", icc_profile=rgb))
    assert picture.icc_profile == rgb
    assert open_image(encode_png(picture.pixels, icc_profile=picture.icc_profile)).icc_profile == rgb
    assert open_image(nasty.encoded(nasty.scene()[:, :, 0], "PNG", icc_profile=grey)).icc_profile is None


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_many_is_read(file_format):
    first = np.full((16, 16, 3), (200, 0, 0), np.uint8)
    second = PIL.Image.fromarray(np.full((16, 16, 3), (0, 0, 200), np.uint8))
    content = nasty.encoded(first, file_format, save_all=True, append_images=[second])
    picture = open_image(content)
    assert np.array_equal(picture.pixels, first)
    assert picture.animated


def test_the_transparent_colour_of_a_gif_becomes_alpha():
    indexed = PIL.Image.fromarray((np.arange(256) % 2).astype(np.uint8).reshape(16, 16), "P")
    indexed.putpalette([200, 10, 20, 30, 210, 40])
    picture = open_image(nasty.encoded(indexed, "GIF", transparency=1))
    assert np.array_equal(picture.alpha, np.where(np.asarray(indexed) == 1, 0, 255))
    assert np.all(picture.pixels[picture.alpha == 255] == (200, 10, 20))


def test_a_jpeg_with_a_second_picture_behind_it_is_a_jpeg():
    content = nasty.encoded(nasty.scene(), "MPO", save_all=True, append_images=[PIL.Image.fromarray(nasty.scene())])
    assert open_image(content).format == "JPEG"


def test_a_polyglot_is_the_picture_at_its_start():
    content = nasty.encoded(nasty.scene(), "PNG") + nasty.archive() + b"<script>alert(1)</script>"
    assert np.array_equal(open_image(content).pixels, nasty.scene())


def test_heic_without_its_reader(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    for brand in (b"heic", b"mif1"):
        assert refusal(b"\0\0\0\x18ftyp" + brand + bytes(100)).key == "image.heic_reader_missing"


def test_heic():
    """Read where pi-heif is installed, upright once; where it is not, that is said."""
    if importlib.util.find_spec("pi_heif") is None:
        assert refusal(nasty.HEIC).key == "image.heic_reader_missing"
        return
    picture = open_image(nasty.HEIC)
    assert (picture.format, picture.size, picture.bit_depth) == ("HEIC", (16, 24), 8)
    assert np.abs(picture.pixels[2, -3].astype(int) - (20, 40, 200)).max() < 25
    assert np.abs(picture.pixels[2, 2].astype(int) - (200, 40, 20)).max() < 25
    kept = PIL.Image.Exif()
    kept.load(picture.exif)
    assert kept[0x0112] == 1
    assert refusal(nasty.HEIC[:300]).key == "image.truncated"
    # With a byte there that is not ASCII, pi-heif 1.4 crashes the process it runs in, which must not be ours.
    crashing = attempt(nasty.HEIC.replace(b"Exif", b"Exi\xff", 1))
    assert not isinstance(crashing, LabError) or crashing.key == "image.truncated"
