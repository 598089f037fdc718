"""The door for pictures: what comes in comes in right, and what does not is told why."""

import importlib.util
import io
import os
import sys
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import PIL.features
import PIL.Image
import PIL.ImageFile
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from contrastlab.core.errors import LabError
from contrastlab.core.images import (
    LIMITS,
    decoding,
    encode_jpeg,
    encode_png,
    open_image,
    to_images,
    to_tensor,
)
from tests.core import nasty

SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
HTML = b"\xef\xbb\xbf  <!DOCTYPE html><html><body><img src=cat.jpg></body></html>"
LOSSLESS = ("PNG", "WEBP", "BMP", "TIFF")


def refusal(source, **options):
    with pytest.raises(LabError) as caught:
        open_image(source, **options)
    return caught.value


def attempt(source, **options):
    """The picture, or the refusal as a value. Any other error is the test's failure."""
    try:
        return open_image(source, **options)
    except LabError as error:
        return error


@pytest.fixture
def no_decoding(monkeypatch):
    """Any decoder that starts to work fails the test."""

    def load(self):
        pytest.fail("decoded before it was refused")

    for kind in (PIL.ImageFile.ImageFile, PIL.Image.Image):
        monkeypatch.setattr(kind, "load", load)


# --- what comes in ---------------------------------------------------------------------------------------------------


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


def test_every_kind_of_source_gives_the_same_picture(tmp_path):
    content = nasty.encoded(nasty.scene(), "PNG")
    path = tmp_path / "猫 – köter 🐈.png"
    path.write_bytes(content)
    link = tmp_path / "link.png"
    link.symlink_to(path)
    sources = [
        content, bytearray(content), memoryview(content), path, str(path), link,
        nasty.scene(), PIL.Image.fromarray(nasty.scene()), PIL.Image.open(path),
    ]
    for source in sources:
        assert np.array_equal(open_image(source).pixels, nasty.scene())


def test_pixels_are_read_only_and_in_memory_of_their_own():
    array = nasty.scene()
    for source in (array, PIL.Image.fromarray(array), nasty.encoded(array, "PNG"), nasty.encoded(array, "JPEG")):
        picture = open_image(source)
        assert picture.pixels.flags.c_contiguous
        assert not picture.pixels.flags.writeable
        assert not np.shares_memory(picture.pixels, array)
    assert array.flags.writeable


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


def test_the_first_exif_block_counts_and_unknown_orientations_do_not():
    def block(orientation):
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        return exif.tobytes().removeprefix(b"Exif\0\0")

    upright = nasty.encoded(nasty.scene(), "JPEG")
    twice = nasty.with_exif_segments(nasty.with_exif_segments(upright, block(3)), block(6))
    assert open_image(twice).pixels.shape == (40, 24, 3)
    for orientation in (0, 9, 77):
        picture = open_image(nasty.with_exif_segments(upright, block(orientation)))
        assert np.array_equal(picture.pixels, open_image(upright).pixels)


def test_a_broken_exif_block_is_no_reason_to_refuse():
    content = nasty.encoded(nasty.scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    assert open_image(content).pixels.shape == (24, 40, 3)


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


# --- max_side --------------------------------------------------------------------------------------------------------


@given(st.integers(8, 90), st.integers(8, 90), st.integers(1, 100), st.sampled_from(["PNG", "JPEG"]))
@settings(max_examples=60, deadline=None)
def test_max_side_bounds_the_longer_side_and_keeps_shape_and_colour(width, height, max_side, file_format):
    flat = np.full((height, width, 3), (180, 90, 30), np.uint8)
    alpha = np.full((height, width), 77, np.uint8)
    stored = np.dstack([flat, alpha]) if file_format == "PNG" else flat
    picture = open_image(nasty.encoded(stored, file_format), max_side=max_side)
    got_height, got_width = picture.pixels.shape[:2]
    scale = min(1, max_side / max(width, height))
    assert max(got_width, got_height) == min(max_side, max(width, height))
    assert abs(got_width - width * scale) <= 1
    assert abs(got_height - height * scale) <= 1
    assert picture.size == (width, height)
    assert np.abs(picture.pixels.astype(int) - (180, 90, 30)).max() <= 4
    if file_format == "PNG":
        assert np.array_equal(picture.alpha, np.full((got_height, got_width), 77))


def test_a_large_jpeg_is_decoded_at_reduced_size(monkeypatch):
    drafted = []
    original = PIL.JpegImagePlugin.JpegImageFile.load_prepare

    def note(self):
        drafted.append(self.size)
        original(self)

    monkeypatch.setattr(PIL.JpegImagePlugin.JpegImageFile, "load_prepare", note)
    content = nasty.encoded(nasty.scene(800, 1200), "JPEG")
    assert open_image(content, max_side=200).pixels.shape == (133, 200, 3)
    assert drafted == [(300, 200)]
    full = cv2.resize(nasty.scene(800, 1200), (200, 133), interpolation=cv2.INTER_AREA)
    assert np.abs(open_image(content, max_side=200).pixels.astype(int) - full).mean() < 2


def test_fine_stripes_turn_grey_when_reduced():
    stripes = np.zeros((255, 255, 3), np.uint8)
    stripes[:, ::2] = 255
    assert open_image(stripes, max_side=32).pixels.std() < 2


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "image.empty"),
        (b"hello, I am text", "image.not_a_picture"),
        (b"\0" * 1000, "image.not_a_picture"),
        (b"%PDF-1.7 ...", "image.not_a_picture"),
        (nasty.archive(), "image.not_a_picture"),
        (b"\x80\x04\x95 pickle", "image.not_a_picture"),
        (b"\0\0\0\x1cftypavif" + bytes(40), "image.not_a_picture"),
        (SVG, "image.svg"),
        (SVG.decode().encode("utf-16"), "image.svg"),
        (HTML, "image.html"),
        (b"\x89PNG\r\n\x1a\n", "image.truncated"),
        (b"\xff\xd8\xff", "image.truncated"),
        (b"GIF89a", "image.truncated"),
        (b"BM", "image.truncated"),
        (b"II*\0", "image.truncated"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image.truncated"),
        (b"RIFF\0\0\0\0WEBPJUNK" + bytes(40), "image.truncated"),
    ],
)
def test_what_is_no_picture_is_told_what_it_is(content, key):
    assert refusal(content).key == key


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("file_format", nasty.FORMATS)
def test_a_truncated_file_is_refused_not_half_shown(file_format, share):
    content = nasty.encoded(nasty.scene(160, 200), file_format)
    assert refusal(content[: int(len(content) * share)]).key == "image.truncated"


def test_names_do_not_matter_contents_do(tmp_path):
    for name, content, key in (
        ("holiday.png", nasty.archive(), "image.not_a_picture"),
        ("cat.jpg", HTML, "image.html"),
        ("logo.png", SVG, "image.svg"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name).key == key
    (tmp_path / "picture.txt").write_bytes(nasty.encoded(nasty.scene(), "WEBP"))
    assert open_image(tmp_path / "picture.txt").format == "WEBP"


def test_paths_that_lead_nowhere(tmp_path):
    missing = refusal(tmp_path / "missing.png")
    assert missing.key == "image.no_file"
    assert missing.facts["path"].endswith("missing.png")
    assert refusal("a\0b.png").key == "image.no_file"
    (tmp_path / "file.png").touch()
    assert refusal(str(tmp_path / "file.png" / "below")).key == "image.no_file"
    assert refusal(tmp_path).key == "image.not_a_file"
    assert refusal("x" * 5000).key == "image.cannot_read"


def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert refusal(pipe).key == "image.not_a_file"


def test_a_file_over_the_limit_is_refused_without_reading_it(tmp_path, monkeypatch):
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(LIMITS.file_bytes + 1)
    monkeypatch.setattr("builtins.open", lambda *a, **k: pytest.fail("opened"))
    error = refusal(large)
    assert (error.key, error.facts["limit"]) == ("image.too_large_file", 25)
    monkeypatch.undo()
    assert refusal(bytes(LIMITS.file_bytes + 1)).key == "image.too_large_file"


def test_bombs_are_refused_before_they_are_decoded(no_decoding):
    bomb = nasty.png_bomb()
    assert len(bomb) < 100_000
    for content in (
        bomb,
        nasty.png(2**31 - 1, 2**31 - 1),
        nasty.png(6400, 6400),
        nasty.bmp_head(30_000, 30_000),
        nasty.tiff(50_000, 50_000, bytes(10)),
        nasty.gif_reaching_out(65_000, 65_000),
        nasty.gif_reaching_out(10_000, 10_000),
    ):
        assert refusal(content).key == "image.too_many_pixels"


@pytest.mark.parametrize(("kind", "side"), [(b"VP8X", 2**24), (b"VP8L", 2**14), (b"VP8 ", 2**14 - 1)])
def test_a_webp_bomb_is_refused_before_its_decoder_reserves_memory(kind, side, monkeypatch):
    monkeypatch.setattr(PIL.WebPImagePlugin.WebPImageFile, "__init__", lambda *a: pytest.fail("decoder started"))
    error = refusal(nasty.webp_head(kind, side, side))
    assert (error.key, error.facts["width"], error.facts["height"]) == ("image.too_many_pixels", side, side)


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0II"}])
def test_the_size_in_a_webp_head_is_read_right(options):
    assert open_image(nasty.encoded(nasty.scene(23, 41), "WEBP", **options)).size == (41, 23)


def test_a_tiff_with_tiles_far_larger_than_the_picture(no_decoding):
    tiles = ((322, 2**15), (323, 2**15), (324, 8), (325, 10))
    assert refusal(nasty.tiff(64, 64, bytes(10), extra=tiles)).key == "image.too_many_pixels"


def test_a_jpeg_may_be_larger_than_other_formats():
    def jpeg(width, height):
        content = bytearray(nasty.encoded(nasty.scene(), "JPEG"))
        at = content.index(b"\xff\xc0")
        content[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
        return bytes(content)

    error = refusal(jpeg(12_100, 10_000))
    assert (error.key, error.facts["limit"]) == ("image.too_many_pixels", 120)
    # Within the limit it is decoded, at reduced size; libjpeg fills what its data lack with grey.
    large = open_image(jpeg(11_900, 10_000), max_side=500)
    assert (large.size, large.pixels.shape) == ((11_900, 10_000), (420, 500, 3))


@pytest.mark.parametrize(
    ("width", "height", "key"),
    [
        (7, 9, "image.too_small"), (9, 7, "image.too_small"), (1, 1, "image.too_small"), (1, 10_000, "image.too_small"),
        (8, 401, "image.too_extreme"), (401, 8, "image.too_extreme"),
    ],
)
def test_extreme_shapes(width, height, key, no_decoding):
    error = refusal(np.zeros((height, width, 3), np.uint8))
    assert (error.key, error.facts["width"], error.facts["height"]) == (key, width, height)
    assert refusal(nasty.png(width, height)).key == key


def test_the_smallest_and_the_longest_that_are_allowed():
    for width, height in ((8, 8), (8, 400), (400, 8)):
        assert open_image(np.zeros((height, width, 3), np.uint8)).size == (width, height)


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


# --- files that would keep a decoder busy or fill the memory ---------------------------------------------------------


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_metadata_that_would_grow_a_hundredfold_is_not_unfolded(file_format):
    block = nasty.greedy_exif(300, 500_000)
    if file_format == "JPEG":
        content = nasty.with_exif_segments(nasty.encoded(nasty.scene(), "JPEG"), block)
    elif file_format == "TIFF":
        # The picture's own directory, and one that it leads to.
        assert open_image(nasty.tiff(40, 24, bytes(500_000), greedy=(1, 500_000))).size == (40, 24)
        assert refusal(nasty.tiff(40, 24, bytes(500_000), greedy=(3, 500_000))).key == "image.truncated"
        content = nasty.tiff(40, 24, bytes(960), extra=((34665, 1500),)).ljust(1500, b"\0") + block[500_008:]
        content = content.ljust(600_000, b"\0")
    else:
        content = nasty.encoded(nasty.scene(), file_format, exif=b"Exif\0\0" + block)
    tracemalloc.start()
    try:
        picture = open_image(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert picture.size == (40, 24)
    assert peak < 10 * len(content)


def test_a_jpeg_of_too_many_passes():
    assert open_image(nasty.jpeg_of_many_passes(LIMITS.scans)).size == (40, 24)
    assert refusal(nasty.jpeg_of_many_passes(LIMITS.scans + 1)).key == "image.too_many_passes"
    # Scans in a thumbnail or in data behind the picture are not its own.
    thumbnail = b"\xff\xda\x00\x02" * 40_000
    content = nasty.with_exif_segments(nasty.encoded(nasty.scene(), "JPEG"), thumbnail) + thumbnail
    assert open_image(content).size == (40, 24)


def test_comments_of_a_gif_do_not_reach_the_decoder(monkeypatch):
    handed_over = []
    original = PIL.GifImagePlugin.GifImageFile.__init__

    def note(self, file):
        handed_over.append(len(file.getvalue()))
        original(self, file)

    plain = open_image(nasty.encoded(nasty.scene(), "GIF"))
    noting = type("Noting", (PIL.GifImagePlugin.GifImageFile,), {"__init__": note})
    monkeypatch.setattr(decoding, "_OPENERS", [(b"GIF8", "GIF", noting)])
    picture = open_image(nasty.gif_of_comments(100_000))
    assert np.array_equal(picture.pixels, plain.pixels)
    assert not picture.animated
    assert max(handed_over) < 3000
    # Nor do the frames behind the first.
    frames = [PIL.Image.fromarray(np.roll(nasty.scene(), step, axis=1)) for step in range(1, 30)]
    animation = nasty.encoded(nasty.scene(), "GIF", save_all=True, append_images=frames)
    assert open_image(animation).animated
    assert handed_over[-1] < len(animation) / 5


# --- arrays ----------------------------------------------------------------------------------------------------------


def test_arrays_by_type():
    levels = nasty.scene()
    same = {
        "uint8": levels, "int64": levels.astype(int), "uint16": levels.astype(np.uint16) * 257,
        "float64": levels / 255, "float16": (levels / 255).astype(np.float16), "flipped": levels[::-1][::-1],
        "fortran": np.asfortranarray(levels),
    }
    for name, array in same.items():
        assert np.array_equal(open_image(array).pixels, levels), name
    assert open_image(levels / 255 * 1.02).pixels.max() == 255


def test_array_channels():
    levels = nasty.scene()
    grey, alpha = levels[:, :, 0], levels[:, :, 1]
    assert np.array_equal(open_image(grey).pixels, np.dstack([grey] * 3))
    assert np.array_equal(open_image(grey[:, :, None]).pixels, np.dstack([grey] * 3))
    for picture in (open_image(np.dstack([grey, alpha])), open_image(np.dstack([levels, alpha]))):
        assert np.array_equal(picture.alpha, alpha)


@pytest.mark.parametrize(
    ("array", "key"),
    [
        (np.full((9, 9, 3), np.nan), "image.not_finite"),
        (np.where(np.arange(243).reshape(9, 9, 3) == 5, np.inf, 0.5), "image.not_finite"),
        (np.full((9, 9, 3), 1.6), "image.wrong_range"),
        (np.full((9, 9, 3), -0.6, np.float32), "image.wrong_range"),
        (np.full((9, 9, 3), 256), "image.wrong_range"),
        (np.full((9, 9, 3), -1, np.int16), "image.wrong_range"),
        (np.zeros((3, 32, 32), np.uint8), "image.wrong_shape"),
        (np.zeros((2, 9, 9, 3), np.uint8), "image.wrong_shape"),
        (np.zeros(9, np.uint8), "image.wrong_shape"),
        (np.zeros((9, 9, 3), complex), "image.wrong_type"),
        (np.zeros((9, 9), object), "image.wrong_type"),
        (np.zeros((0, 9, 3), np.uint8), "image.too_small"),
        (np.broadcast_to(np.zeros(3, np.uint8), (11_000, 11_000, 3)), "image.too_many_pixels"),
        (None, "image.wrong_type"), (17, "image.wrong_type"), ([[1, 2]], "image.wrong_type"),
    ],
)
def test_arrays_that_are_no_pictures(array, key):
    assert refusal(array).key == key


@given(
    arrays.arrays(
        st.sampled_from(["uint8", "uint16", "int32", "float32", "bool", "complex64"]),
        arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=12),
    )
)
@settings(max_examples=150, deadline=None)
def test_any_array_becomes_a_picture_or_a_named_error(array):
    before = array.copy()
    result = attempt(array)
    if isinstance(result, LabError):
        assert result.key.startswith("image.")
    else:
        assert result.pixels.shape == (*array.shape[:2], 3)
        assert result.pixels.dtype == np.uint8
    assert np.array_equal(array, before, equal_nan=array.dtype.kind in "fc")


# --- hostile bytes ---------------------------------------------------------------------------------------------------


@given(st.sampled_from(nasty.FORMATS), st.data())
@settings(max_examples=400, deadline=None)
def test_damaged_files_give_a_picture_or_a_named_error(file_format, data):
    content = bytearray(nasty.encoded(nasty.scene(), file_format))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = attempt(bytes(content[:cut]), max_side=data.draw(st.none() | st.integers(1, 64)))
    if isinstance(result, LabError):
        assert result.key.startswith("image.")
    else:
        assert (result.pixels.dtype, result.pixels.ndim) == (np.uint8, 3)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_random_bytes_give_a_named_error(content):
    assert refusal(content).key.startswith("image.")


def test_threads_do_not_disturb_each_other():
    pictures = [np.full((32, 32, 3), (level, 255 - level, 7), np.uint8) for level in range(0, 250, 10)]
    contents = [nasty.encoded(picture, "PNG") for picture in pictures] + [nasty.png_bomb(9000)]

    with ThreadPoolExecutor(8) as pool:
        for results in (list(pool.map(attempt, contents)) for _ in range(5)):
            assert results[-1].key == "image.too_many_pixels"
            assert all(np.array_equal(got.pixels, picture) for got, picture in zip(results, pictures, strict=False))


# --- tensors and files out -------------------------------------------------------------------------------------------


@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_tensors_and_back(count, height, width, seed):
    pictures = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), np.uint8)
    tensor = to_tensor(pictures)
    assert (tensor.shape, tensor.dtype) == ((count, 3, height, width), torch.float32)
    assert tensor[0, 2, -1, 0] == np.float32(pictures[0, -1, 0, 2]) / np.float32(255)
    assert torch.equal(tensor, to_tensor(list(pictures)))
    assert torch.equal(tensor[:1], to_tensor(pictures[0]))
    assert all(np.array_equal(a, b) for a, b in zip(to_images(tensor), pictures, strict=True))


def test_the_tensor_is_its_own_memory():
    pictures = np.full((1, 8, 8, 3), 255, np.uint8)
    pictures.flags.writeable = False
    to_tensor(pictures).zero_()
    assert pictures.min() == 255


def test_to_images_rounds_and_clips():
    values = torch.tensor([0.0, 0.499, 0.501, 1.499, 254.6, 300, -20, 128]) / 255
    image = to_images(values.repeat(3, 8, 1)[None])[0]
    assert image[0, :, 0].tolist() == [0, 0, 1, 1, 255, 255, 0, 128]
    assert to_images(torch.full((1, 3, 8, 8), 0.5, dtype=torch.bfloat16))[0][0, 0, 0] == 128


@pytest.mark.parametrize(
    ("convert", "value", "key"),
    [
        (to_tensor, [], "image.wrong_shape"),
        (to_tensor, [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8)], "image.wrong_shape"),
        (to_tensor, np.zeros((2, 8, 8, 3), np.float32), "image.wrong_shape"),
        (to_tensor, np.zeros((2, 3, 8, 8), np.uint8), "image.wrong_shape"),
        (to_images, torch.zeros(3, 8, 8), "image.wrong_shape"),
        (to_images, torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "image.wrong_shape"),
        (to_images, torch.full((1, 3, 8, 8), float("nan")), "image.not_finite"),
        (encode_png, np.zeros((8, 8), np.uint8), "image.wrong_shape"),
        (encode_png, np.zeros((8, 0, 3), np.uint8), "image.wrong_shape"),
        (encode_jpeg, np.zeros((8, 8, 3)), "image.wrong_shape"),
        (encode_jpeg, "picture", "image.wrong_shape"),
    ],
)
def test_conversions_refuse_what_is_no_picture(convert, value, key):
    with pytest.raises(LabError) as caught:
        convert(value)
    assert caught.value.key == key


@given(st.integers(8, 40), st.integers(8, 40), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=30, deadline=None)
def test_png_round_trip(height, width, seed, with_alpha):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    alpha = pixels[:, :, 3] if with_alpha else None
    picture = open_image(encode_png(pixels[:, :, :3], alpha))
    assert np.array_equal(picture.pixels, pixels[:, :, :3])
    assert (picture.alpha is None) if alpha is None else np.array_equal(picture.alpha, alpha)


def test_png_refuses_an_alpha_of_another_size():
    with pytest.raises(LabError, match=r"wrong_shape.*alpha"):
        encode_png(nasty.scene(), np.zeros((24, 41), np.uint8))


def test_jpeg_quality_and_channel_order():
    red = np.full((16, 16, 3), (250, 10, 10), np.uint8)
    assert np.abs(open_image(encode_jpeg(red)).pixels.astype(int) - red).max() < 6
    sizes = [len(encode_jpeg(nasty.scene(200, 200), quality)) for quality in (10, 60, 95)]
    assert sizes == sorted(sizes)
    with pytest.raises(LabError, match=r"knob.out_of_range"):
        encode_jpeg(red, 101)


def test_every_refusal_has_a_sentence_in_both_languages():
    from contrastlab.text import explain

    errors = [
        refusal(source)
        for source in (
            b"", b"text", SVG, HTML, b"BM", nasty.png_bomb(), nasty.gif_reaching_out(65_000, 65_000), "missing.png",
            Path(__file__).parent, "x" * 5000, np.zeros((9, 2, 3)), np.zeros((9, 900, 3)), np.zeros(3), None,
            np.full((9, 9), 7.0), np.full((9, 9), np.nan), bytes(LIMITS.file_bytes + 1),
            nasty.encoded(np.full((9, 9), 70_000, np.int32), "TIFF"),
        )
    ]
    for error in errors:
        english, chinese = explain(error, "en"), explain(error, "zh")
        assert english.isascii() or "“" in english
        assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
