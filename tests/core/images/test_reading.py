"""The door: every kind of source, reduced on request, or refused with a sentence."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import PIL.features
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.core.images import (
    LIMITS,
    open_image,
)
from tests.core import nasty
from tests.core.images.outcome import attempt, refusal

SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


HTML = b"\xef\xbb\xbf  <!DOCTYPE html><html><body><img src=cat.jpg></body></html>"


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


def test_threads_do_not_disturb_each_other():
    pictures = [np.full((32, 32, 3), (level, 255 - level, 7), np.uint8) for level in range(0, 250, 10)]
    contents = [nasty.encoded(picture, "PNG") for picture in pictures] + [nasty.png_bomb(9000)]

    with ThreadPoolExecutor(8) as pool:
        for results in (list(pool.map(attempt, contents)) for _ in range(5)):
            assert results[-1].key == "image.too_many_pixels"
            assert all(np.array_equal(got.pixels, picture) for got, picture in zip(results, pictures, strict=False))


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
