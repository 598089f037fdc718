"""Between arrays, tensors and pictures."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from contrastlab.core.errors import LabError
from contrastlab.core.images import (
    encode_jpeg,
    encode_png,
    open_image,
    to_images,
    to_tensor,
)
from tests.core import nasty
from tests.core.images.outcome import attempt, refusal


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
