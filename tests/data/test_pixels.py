"""Operations on pixels, against slow references and closed forms."""

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.core.errors import LabError
from contrastlab.data import pixels

OPERATIONS = {
    "grey_noise": lambda p: pixels.grey_noise(p, 25, 1),
    "uneven_noise": lambda p: pixels.uneven_noise(p, 12, 1),
    "shot_noise": lambda p: pixels.shot_noise(p, 25, 1),
    "fade": lambda p: pixels.fade(p, 0.04),
    "resize": lambda p: pixels.resize(p, (7, 90)),
    "resize to itself": lambda p: pixels.resize(p, (p.shape[1], p.shape[0])),
    "centre_square": pixels.centre_square,
    "gaussian_blur": lambda p: pixels.gaussian_blur(p, 2.5),
    "gaussian_blur 0": lambda p: pixels.gaussian_blur(p, 0),
    "motion_blur": lambda p: pixels.motion_blur(p, 9, 30),
    "motion_blur 0": lambda p: pixels.motion_blur(p, 0, 30),
    "gaussian_noise": lambda p: pixels.gaussian_noise(p, 25, 1),
    "salt_and_pepper": lambda p: pixels.salt_and_pepper(p, 0.1, 1),
    "jpeg": lambda p: pixels.jpeg(p, 60),
    "downscale": lambda p: pixels.downscale(p, 2.7),
    "downscale 1": lambda p: pixels.downscale(p, 1),
}
LAYOUTS = {
    "plain": lambda p: p,
    "mirrored": lambda p: p[::-1, ::-1],
    "every other": lambda p: p[::2, ::3],
    "bgr": lambda p: p[:, :, ::-1],
    "fortran": np.asfortranarray,
    "one pixel": lambda p: p[:1, :1],
    "one row": lambda p: p[:1],
    "one column": lambda p: p[:, :1],
    "one colour, broadcast": lambda p: np.broadcast_to(p[0, 0], (9, 12, 3)),
}


def noise(height=30, width=42, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_any_layout_comes_back_new_and_the_input_is_untouched(operation, layout):
    picture = layout(noise())
    before = picture.copy()
    picture.flags.writeable = False
    result = operation(picture)
    assert result.dtype == np.uint8
    assert result.ndim == 3
    assert result.flags.c_contiguous
    assert result.flags.writeable
    assert not np.shares_memory(result, picture)
    assert np.array_equal(picture, before)
    # The layout in memory must not change the result.
    assert np.array_equal(result, operation(np.ascontiguousarray(before)))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_red_stays_red(operation):
    red = np.full((24, 24, 3), (250, 20, 5), np.uint8)
    assert np.abs(np.median(operation(red), axis=(0, 1)) - (250, 20, 5)).max() <= 12


@pytest.mark.parametrize(("shape", "kind"), [((8, 8), "u1"), ((8, 8, 4), "u1"), ((8, 8, 3), "f4"), ((0, 8, 3), "u1")])
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "resize to itself"])
def test_what_is_no_picture_is_refused(name, shape, kind):
    with pytest.raises(LabError, match=r"image\.wrong_shape"):
        OPERATIONS[name](np.zeros(shape, kind))


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda p: pixels.resize(p, (0, 9)), "knob.out_of_range"),
        (lambda p: pixels.resize(p, (9, 2.5)), "knob.not_whole"),
        (lambda p: pixels.gaussian_blur(p, -1), "knob.out_of_range"),
        (lambda p: pixels.motion_blur(p, math.nan, 0), "knob.not_a_number"),
        (lambda p: pixels.gaussian_noise(p, 300, 0), "knob.out_of_range"),
        (lambda p: pixels.gaussian_noise(p, 25, -1), "knob.out_of_range"),
        (lambda p: pixels.gaussian_noise(p, 25, 1.5), "knob.not_whole"),
        (lambda p: pixels.salt_and_pepper(p, 1.01, 0), "knob.out_of_range"),
        (lambda p: pixels.salt_and_pepper(p, 0.5, True), "knob.not_whole"),
        (lambda p: pixels.jpeg(p, 0), "knob.out_of_range"),
        (lambda p: pixels.jpeg(p, 50, "4:1:1"), "knob.unknown_choice"),
        (lambda p: pixels.downscale(p, 0.5), "knob.out_of_range"),
    ],
)
def test_numbers_out_of_range_are_refused(call, key):
    with pytest.raises(LabError) as caught:
        call(noise())
    assert caught.value.key == key


# --- resize ----------------------------------------------------------------------------------------------------------


@given(*[st.integers(1, 60)] * 4)
@settings(max_examples=80, deadline=None)
def test_resize_gives_width_and_height_in_that_order_and_keeps_flat_colours(height, width, new_height, new_width):
    flat = np.full((height, width, 3), (200, 100, 3), np.uint8)
    resized = pixels.resize(flat, (new_width, new_height))
    assert resized.shape == (new_height, new_width, 3)
    assert np.all(resized == (200, 100, 3))


@pytest.mark.parametrize("axis", [0, 1])
def test_stripes_turn_grey_when_shrunk_along_them_only(axis):
    """One-pixel stripes 255 -> 32: a plain bilinear resize leaves a standard deviation of 37."""
    stripes = np.zeros((255, 255, 3), np.uint8)
    stripes[(slice(None),) * axis + (slice(None, None, 2),)] = 255
    for size in ((32, 32), (32, 300) if axis == 1 else (300, 32)):
        assert pixels.resize(stripes, size).std() < 2
    assert cv2.resize(stripes, (32, 32), interpolation=cv2.INTER_LINEAR).std() > 30


def test_shrinking_is_the_mean_over_areas():
    picture = noise(60, 90)
    means = picture.reshape(20, 3, 30, 3, 3).mean(axis=(1, 3))
    assert np.abs(pixels.resize(picture, (30, 20)) - means).max() <= 0.51
    # 3 -> 2 pixels: each new one covers one and a half old ones.
    row = np.array([[[0] * 3, [90] * 3, [240] * 3]], np.uint8)
    assert pixels.resize(row, (2, 1))[0, :, 0].tolist() == [30, 190]


def test_growing_is_smooth_and_centred():
    ramp = np.repeat(np.arange(0, 240, 8, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(8, axis=0)
    grown = pixels.resize(ramp, (120, 8))[0, :, 0].astype(float)
    # Pixel centres: x_old = (x + 0.5) / 4 - 0.5.
    expected = 8 * ((np.arange(120) + 0.5) / 4 - 0.5)
    assert np.abs(grown - expected)[8:-8].max() <= 1
    assert np.array_equal(pixels.resize(ramp[:, ::-1], (120, 8)), pixels.resize(ramp, (120, 8))[:, ::-1])


def test_centre_square():
    picture = noise(11, 6)
    assert np.array_equal(pixels.centre_square(picture), picture[2:8])
    assert np.array_equal(pixels.centre_square(picture.swapaxes(0, 1)), picture.swapaxes(0, 1)[:, 2:8])


# --- blur ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.6])
def test_gaussian_blur_against_a_plain_convolution(sigma):
    picture = noise()
    reach = 14
    weights = np.exp(-np.arange(-reach, reach + 1) ** 2 / (2 * sigma**2))
    weights /= weights.sum()
    padded = np.pad(picture.astype(float), ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    rows = sum(w * padded[i : i + picture.shape[0]] for i, w in enumerate(weights))
    both = sum(w * rows[:, i : i + picture.shape[1]] for i, w in enumerate(weights))
    assert np.abs(pixels.gaussian_blur(picture, sigma) - both).max() <= 1.6


def test_more_blur_is_smoother_and_the_mean_stays():
    picture = noise(64, 64)
    blurred = [pixels.gaussian_blur(picture, sigma) for sigma in (0, 0.5, 1, 2, 4, 8, 30)]
    deviations = [result.std() for result in blurred]
    assert deviations == sorted(deviations, reverse=True)
    assert np.array_equal(blurred[0], picture)
    assert max(abs(result.mean() - picture.mean()) for result in blurred[:-1]) < 1


def spread(length, angle, side=41):
    """Where one white pixel in the middle goes, (side, side), 0-255."""
    point = np.zeros((side, side, 3), np.uint8)
    point[side // 2, side // 2] = 255
    return pixels.motion_blur(point, length, angle)[:, :, 0].astype(float)


def test_motion_blur_spreads_along_the_angle_counter_clockwise():
    assert np.flatnonzero(spread(8, 0).sum(axis=1)).tolist() == [20]
    assert np.flatnonzero(spread(8, 90).sum(axis=0)).tolist() == [20]
    up_right = spread(8, 45)
    assert up_right[18, 22] > 15
    assert up_right[22, 18] > 15
    assert up_right[18, 18] == up_right[22, 22] == 0
    steep = spread(16, 70)
    assert steep[13:20, 20:].sum() > 5 * steep[13:20, :20].sum()


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133])
@pytest.mark.parametrize("length", [1, 2, 7.5, 16])
def test_motion_blur_keeps_light_place_and_length(length, angle):
    seen = spread(length, angle)
    rows, columns = np.mgrid[:41, :41] - 20
    assert abs(seen.sum() - 255) < 0.1 * 255
    assert abs((seen * rows).sum() / seen.sum()) < 0.2
    assert abs((seen * columns).sum() / seen.sum()) < 0.2
    # The spread of a uniform path of this length, and what sharing a point between four pixels adds.
    along = columns * math.cos(math.radians(angle)) - rows * math.sin(math.radians(angle))
    variance = (seen * along**2).sum() / seen.sum()
    assert length**2 / 12 - 0.05 * length - 0.05 <= variance <= length**2 / 12 + 0.25 + 0.05 * length


def test_motion_blur_grows_from_nothing_without_a_jump():
    picture = noise()
    steps = [pixels.motion_blur(picture, length, 20).astype(int) for length in np.arange(0, 6, 0.1)]
    assert max(np.abs(b - a).mean() for a, b in pairwise(steps)) < 3
    assert np.array_equal(pixels.motion_blur(picture, 5, 20), pixels.motion_blur(picture, 5, 200))


# --- noise -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [1, 10, 25, 40])
def test_noise_has_the_sigma_it_says_in_levels(sigma):
    grey = np.full((200, 200, 3), 128, np.uint8)
    error = pixels.gaussian_noise(grey, sigma, 7).astype(float) - 128
    # Rounding adds a variance of 1/12; clipping at 3.2 sigma takes a little away.
    assert abs(error.std() - math.sqrt(sigma**2 + 1 / 12)) < 0.02 * sigma
    assert abs(error.mean()) < 4 * sigma / math.sqrt(error.size)
    assert abs(np.corrcoef(error[:, :, 0].ravel(), error[:, :, 1].ravel())[0, 1]) < 0.03


def test_noise_saturates_instead_of_wrapping():
    white = pixels.gaussian_noise(np.full((50, 50, 3), 255, np.uint8), 30, 0)
    assert white.min() > 100
    assert (white == 255).mean() == pytest.approx(0.5, abs=0.05)


def test_noise_is_the_same_field_at_every_sigma_and_another_for_every_seed():
    grey = np.full((40, 40, 3), 128, np.uint8)
    ten, twenty = (pixels.gaussian_noise(grey, sigma, 3).astype(int) - 128 for sigma in (10, 20))
    assert np.abs(twenty - 2 * ten).max() <= 2
    assert np.array_equal(pixels.gaussian_noise(grey, 10, 3), pixels.gaussian_noise(grey, 10, np.int64(3)))
    assert abs(np.corrcoef(ten.ravel(), pixels.gaussian_noise(grey, 10, 4).ravel())[0, 1]) < 0.06
    assert np.array_equal(pixels.gaussian_noise(grey, 0, 3), grey)
    pixels.gaussian_noise(grey, 10, 2**63)


def test_salt_and_pepper_replaces_the_fraction_half_and_half():
    grey = np.full((200, 200, 3), 128, np.uint8)
    for fraction in (0.01, 0.3, 0.9):
        result = pixels.salt_and_pepper(grey, fraction, 5)
        values, counts = np.unique(result, return_counts=True)
        assert values.tolist() == [0, 128, 255]
        share = counts / counts.sum()
        slack = 4 * math.sqrt(fraction * (1 - fraction) / 40_000) + 0.003
        assert abs(share[0] + share[2] - fraction) < slack
        assert abs(share[0] - share[2]) < 4 * math.sqrt(fraction / 40_000)
        assert np.all(result == result[:, :, :1])


def test_more_salt_and_pepper_only_adds():
    picture = np.full((60, 60, 3), 128, np.uint8)
    little, much = (pixels.salt_and_pepper(picture, fraction, 2) for fraction in (0.1, 0.4))
    hit = little != 128
    assert np.array_equal(little[hit], much[hit])
    assert np.array_equal(pixels.salt_and_pepper(picture, 0, 2), picture)
    assert 128 not in pixels.salt_and_pepper(picture, 1, 2)


# --- codecs ----------------------------------------------------------------------------------------------------------


def test_jpeg_loses_more_at_lower_quality():
    picture = pixels.gaussian_blur(noise(96, 96), 2)
    errors = [np.abs(pixels.jpeg(picture, quality).astype(int) - picture).mean() for quality in (98, 80, 40, 10)]
    assert errors == sorted(errors)
    assert errors[0] < 2


def test_jpeg_chroma_is_what_is_thinned_out():
    """Red and blue one-pixel stripes: full colour resolution keeps them, 4:2:2 only if they lie, 4:2:0 never."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (255, 0, 0), (0, 0, 255)

    def contrast(picture, chroma):
        decoded = pixels.jpeg(picture, 95, chroma).astype(int)
        return np.abs(decoded - picture).mean()

    lying = np.ascontiguousarray(stripes.swapaxes(0, 1))
    assert contrast(stripes, "4:4:4") < 10
    assert contrast(stripes, "4:2:2") > 40
    assert contrast(lying, "4:2:2") < 10
    assert contrast(lying, "4:2:0") > 40
    assert np.array_equal(pixels.jpeg(stripes, 95), pixels.jpeg(stripes, 95, "4:2:0"))


def test_downscale_keeps_the_frame_and_loses_detail():
    picture = noise(37, 51)
    assert np.array_equal(pixels.downscale(picture, 1), picture)
    deviations = []
    for factor in (1, 1.5, 2, 4, 9):
        result = pixels.downscale(picture, factor)
        assert result.shape == picture.shape
        deviations.append(result.std())
    assert deviations == sorted(deviations, reverse=True)
    # At the end one pixel is left: the mean colour.
    assert np.abs(pixels.downscale(picture, 1000)[0, 0] - picture.mean(axis=(0, 1))).max() <= 1
