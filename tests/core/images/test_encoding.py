"""Pictures on their way out come back as they were."""

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.core.errors import LabError
from contrastlab.core.images import (
    encode_jpeg,
    encode_png,
    encode_webp,
    open_image,
)
from tests.core import nasty


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


def test_jpeg_keeps_what_the_file_says_of_itself():
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    exif = PIL.Image.Exif()
    exif[0x010F] = "camera"
    kept = open_image(encode_jpeg(nasty.scene(), icc_profile=profile, exif=exif.tobytes()))
    assert kept.icc_profile == profile and b"camera" in kept.exif
    plain = open_image(encode_jpeg(nasty.scene()))
    assert plain.icc_profile is None and plain.exif is None


def test_webp_is_lossless_unless_a_quality_is_given():
    pixels = np.random.default_rng(0).integers(0, 256, (24, 40, 3), np.uint8)
    assert np.array_equal(open_image(encode_webp(pixels)).pixels, pixels)
    scene = nasty.scene(200, 200)
    sizes = [len(encode_webp(scene, quality)) for quality in (10, 60, 95)]
    assert sizes == sorted(sizes)
    with pytest.raises(LabError, match=r"knob.out_of_range"):
        encode_webp(scene, 0)
