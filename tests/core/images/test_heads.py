"""Files that are larger than they look, keep a decoder busy, or fill the memory."""

import tracemalloc
import warnings

import numpy as np
import PIL.features
import PIL.Image
import PIL.ImageFile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.core.errors import LabError
from contrastlab.core.images import (
    LIMITS,
    decoding,
    open_image,
)
from tests.core import nasty
from tests.core.images.outcome import attempt, refusal


@pytest.fixture
def no_decoding(monkeypatch):
    """Any decoder that starts to work fails the test."""

    def load(self):
        pytest.fail("decoded before it was refused")

    for kind in (PIL.ImageFile.ImageFile, PIL.Image.Image):
        monkeypatch.setattr(kind, "load", load)


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
