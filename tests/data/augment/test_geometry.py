"""Geometry: pixel centres, directions, signs, borders, sub-pixel places, shrinking without false patterns."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.data.augment import BORDERS, Drawn, Policy, Step, apply, draw, make_step
from contrastlab.data.augment.apply import geometry
from contrastlab.data.augment.warp import PLAIN_STRIDE, strides
from tests.data.augment.pictures import difference, exact_warp, photo, speckle


def changed(
    image: np.ndarray, *steps: tuple[str, dict[str, float]], border: str = "reflect101"
) -> np.ndarray:
    return apply(image, Drawn.of([(make_step(kind), values) for kind, values in steps], border))


@pytest.mark.parametrize("size", [(8, 8), (9, 9), (33, 33), (64, 64)])
@pytest.mark.parametrize("border", BORDERS)
def test_quarter_turns_are_exact_and_counter_clockwise(size: tuple[int, int], border: str) -> None:
    image = speckle(*size)
    for quarters in (-3, -2, -1, 1, 2, 3):
        assert np.array_equal(
            changed(image, ("rotate", {"angle": 90 * quarters}), border=border), np.rot90(image, quarters)
        )


@pytest.mark.parametrize("size", [(12, 7), (7, 12), (8, 6), (5, 1)])
def test_half_turn_of_any_shape_and_quarter_turn_of_its_middle(size: tuple[int, int]) -> None:
    image = speckle(*size)
    assert np.array_equal(changed(image, ("rotate", {"angle": 180})), image[::-1, ::-1])
    width, height = size
    if (width - height) % 2 == 0:
        side = min(size)
        top, left = (height - side) // 2, (width - side) // 2
        middle = np.s_[top : top + side, left : left + side]
        turned = changed(image, ("rotate", {"angle": 90}), border="constant")
        assert np.array_equal(turned[middle], np.rot90(image[middle]))


@pytest.mark.parametrize("size", [(8, 6), (9, 5), (1, 4)])
def test_flips_are_exact(size: tuple[int, int]) -> None:
    image = speckle(*size)
    assert np.array_equal(changed(image, ("flip", {})), image[:, ::-1])
    assert np.array_equal(changed(image, ("flip-vertical", {})), image[::-1])
    assert np.array_equal(changed(image, ("flip", {}), ("flip-vertical", {})), image[::-1, ::-1])
    assert np.array_equal(changed(image, ("flip", {}), ("flip", {})), image)
    assert np.array_equal(changed(image, ("flip", {}), ("rotate", {"angle": 180})), image[::-1])


@pytest.mark.parametrize("border", BORDERS)
def test_a_bright_pixel_moves_right_and_down(border: str) -> None:
    image = np.zeros((20, 24, 3), np.uint8)
    image[10, 12] = 255  # too far inside for a mirrored twin
    moved = changed(image, ("translate", {"x": 7, "y": 3}), border=border)
    assert np.array_equal(np.argwhere(moved[..., 0] == 255), [[13, 19]])
    share = apply(image, Drawn.of([(make_step("translate", {"measure": "%"}), {"x": 25, "y": -10})], border))
    assert np.array_equal(np.argwhere(share[..., 0] == 255), [[8, 18]])


def test_whole_pixels_leave_a_picture_as_sharp_as_it_was() -> None:
    step = make_step("translate", {"distance": 3, "measure": "whole"})
    places = set()
    for seed in range(300):
        values = draw(Policy("p", (step,), "wrap"), seed).steps[0].values
        places.add((values["x"], values["y"]))
        assert all(float(value).is_integer() for value in values.values())
    assert {x for x, _ in places} == {y for _, y in places} == {-3, -2, -1, 0, 1, 2, 3}
    image = speckle(16, 12)
    moved = apply(image, Drawn.of([(step, {"x": 2.0, "y": -1.0})], "wrap"))
    assert np.array_equal(moved, np.roll(image, (-1, 2), axis=(0, 1)))


def test_positive_angles_turn_counter_clockwise_about_the_middle() -> None:
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 30] = 255  # ten to the right of the middle
    turned = changed(image, ("rotate", {"angle": 30}))
    row, column = np.array(np.unravel_index(turned[..., 0].argmax(), turned.shape[:2])) - 20
    assert column == round(10 * math.cos(math.radians(30)))
    assert row == -round(10 * math.sin(math.radians(30)))  # up


def test_scale_above_one_enlarges_about_the_middle() -> None:
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 25] = 255
    assert changed(image, ("scale", {"factor": 2}))[20, 30, 0] == 255


def test_shear_pushes_the_bottom_to_the_right_and_the_right_half_down() -> None:
    for values, at in (({"x": 45, "y": 0}, (30, 20)), ({"x": 0, "y": 45}, (20, 30))):
        image = np.zeros((41, 41, 3), np.uint8)
        image[at] = 255
        slanted = changed(image, ("shear", values))[..., 0]
        assert np.unravel_index(slanted.argmax(), slanted.shape) == (30, 30)
    # x first, then y, as torchvision does.
    both = make_step("shear").backward({"x": 20.0, "y": 10.0}, 41, 41)[:2, :2]  # type: ignore[attr-defined]
    tx, ty = math.tan(math.radians(20)), math.tan(math.radians(10))
    forward = np.array([[1, 0], [ty, 1]]) @ np.array([[1, tx], [0, 1]])
    np.testing.assert_allclose(both @ forward, np.eye(2), atol=1e-12)


def test_perspective_reads_corners_where_it_says() -> None:
    values = {"x0": 0.1, "y0": 0.2, "x1": 0.3, "y1": 0.0, "x2": 0.05, "y2": 0.15, "x3": 0.25, "y3": 0.4}
    width, height = 40, 20
    backward = make_step("perspective").backward(values, width, height)  # type: ignore[attr-defined]
    outer = np.array([[-0.5, -0.5, 1], [39.5, -0.5, 1], [39.5, 19.5, 1], [-0.5, 19.5, 1]])
    read = outer @ backward.T
    expected = [
        [0.1 * 20, 0.2 * 10],
        [40 - 0.3 * 20, 0],
        [40 - 0.05 * 20, 20 - 0.15 * 10],
        [0.25 * 20, 20 - 0.4 * 10],
    ]
    np.testing.assert_allclose(read[:, :2] / read[:, 2:] + 0.5, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("border", "expected"),
    [
        ("constant", [0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0]),
        ("replicate", [1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5]),
        ("reflect", [3, 2, 1, 1, 2, 3, 4, 5, 5, 4, 3]),
        ("reflect101", [4, 3, 2, 1, 2, 3, 4, 5, 4, 3, 2]),
        ("wrap", [3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3]),
    ],
)
def test_border_names_are_those_of_opencv(border: str, expected: list[int]) -> None:
    row = np.array([1, 2, 3, 4, 5], np.uint8)
    image = np.repeat(row[None, :, None], 5, axis=0).repeat(3, axis=2)
    right = changed(image, ("translate", {"x": 3, "y": 0}), border=border)[2, :, 0]
    left = changed(image, ("translate", {"x": -3, "y": 0}), border=border)[2, :, 0]
    assert right.tolist() == expected[:5]
    assert left.tolist() == expected[6:]
    down = changed(image.transpose(1, 0, 2), ("translate", {"x": 0, "y": 3}), border=border)[:, 2, 0]
    assert down.tolist() == expected[:5]


def test_fractions_of_a_pixel_are_kept() -> None:
    # A slope of 4 levels a pixel: a shift of s lowers it by 4 s, up to rounding to whole levels.
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], (9, 1, 3))
    for shift in (0.25, 0.5, 0.75, 1, 1.25):
        moved = changed(ramp, ("translate", {"x": shift, "y": 0}))
        assert np.array_equal(moved[:, 4:-4].astype(float), ramp[:, 4:-4] - 4 * shift)
    # A fine one: the mean of many rows of different phase shows less than a whole level.
    steep = np.rint(np.linspace(0, 255, 400)).astype(np.uint8)[None, :, None].repeat(3, 0).repeat(3, 2)
    for shift in (0.01, 0.02, 0.1, 0.3):
        moved = exact_warp(
            steep, make_step("translate").backward({"x": shift, "y": 0}, 400, 3), (400, 3), "replicate"
        )  # type: ignore[attr-defined]
        ours = changed(steep, ("translate", {"x": shift, "y": 0}), border="replicate")
        assert np.abs(ours - moved).max() <= 0.51


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    border=st.sampled_from(BORDERS),
    width=st.integers(2, 50),
    height=st.integers(2, 50),
    kinds=st.lists(
        st.sampled_from(["rotate", "translate", "scale", "shear", "flip", "crop", "perspective"]),
        min_size=1,
        max_size=5,
    ),
)
def test_a_fused_row_of_geometry_is_the_exact_bilinear_reading(
    seed: int, border: str, width: int, height: int, kinds: list[str]
) -> None:
    quiet = {"perspective": {"distortion": 15}, "translate": {"distance": 4}, "crop": {"smallest": 0.5}}
    policy = Policy("g", tuple(make_step(kind, quiet.get(kind, {})) for kind in kinds), border)
    drawn = draw(policy, seed)
    image = photo(width, height, seed)
    parts = [(one.step, one.values) for one in drawn.steps if one.applied]
    backward, size = geometry(parts, (width, height))
    if max(float(s) for s in strides(backward, size)) > PLAIN_STRIDE:
        return  # averaged on purpose; see the tests of stripes
    expected = exact_warp(image, backward, size, border)
    wrong = np.abs(apply(image, drawn) - expected)
    # OpenCV's perspective and affine kernels read at float32 places.
    assert wrong.max() <= 1.5 and np.mean(wrong > 0.6) < 0.01


def test_one_fused_warp_keeps_more_detail_than_four() -> None:
    image = speckle(64, 64)
    angles = (2.0, 3.0, -1.0, 4.0)
    fused = changed(image, *(("rotate", {"angle": angle}) for angle in angles))
    chained = image
    for angle in angles:
        chained = changed(chained, ("rotate", {"angle": angle}))
    inner = np.s_[12:-12, 12:-12]
    assert fused[inner].std() > 1.2 * chained[inner].std()


@pytest.mark.parametrize("kind", ["crop", "scale"])
@pytest.mark.parametrize("across", [True, False])
def test_stripes_turn_grey_when_they_shrink(kind: str, across: bool) -> None:
    stripes = np.zeros((255, 255, 3), np.uint8)
    stripes[:, ::2] = 255
    image = stripes if across else stripes.transpose(1, 0, 2)
    if kind == "crop":
        whole = {"area": 1.0, "aspect": 1.0, "x": 0.5, "y": 0.5}
        small = apply(image, Drawn.of([(make_step("crop", {"size": 32}), whole)]))
        assert small.shape == (32, 32, 3)
        turned = apply(
            image, Drawn.of([(make_step("rotate"), {"angle": 7}), (make_step("crop", {"size": 32}), whole)])
        )
        assert turned[4:-4, 4:-4].std() < 6
    else:
        small = changed(image, ("scale", {"factor": 0.125}))
    assert small.std() < 2 and abs(small.mean() - 127.5) < 1
    bilinear = cv2.resize(image, (32, 32), interpolation=cv2.INTER_LINEAR)
    assert bilinear.std() > 20  # what it would be without averaging


def test_a_large_shrink_agrees_with_averaging_areas() -> None:
    image = photo(256, 256)
    whole = {"area": 1.0, "aspect": 1.0, "x": 0.5, "y": 0.5}
    ours = apply(image, Drawn.of([(make_step("crop", {"size": 32}), whole)]))
    assert difference(ours, cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)).max() <= 1
    # An uneven factor: nothing is shifted.
    ours = apply(image, Drawn.of([(make_step("crop", {"size": 100}), whole)]))
    assert difference(ours, cv2.resize(image, (100, 100), interpolation=cv2.INTER_AREA)).max() <= 2


def test_crop_boxes_have_the_drawn_area_and_lie_inside() -> None:
    crop = make_step("crop", {"smallest": 0.2, "largest": 0.9})
    policy = Policy("c", (crop,))
    for width, height in ((32, 32), (60, 20)):
        shares = []
        for seed in range(4000):
            values = draw(policy, seed).steps[0].values
            left, top, w, h = crop.box(values, width, height)  # type: ignore[attr-defined]
            assert left >= -1e-9 and left + w <= width + 1e-9 and top >= -1e-9 and top + h <= height + 1e-9
            # Relative to the picture's own shape, since the output has it too.
            assert 3 / 4 - 1e-9 <= (w / width) / (h / height) <= 4 / 3 + 1e-9
            shares.append(w * h / (width * height))
        # Uniform: mean and standard deviation within four standard errors.
        assert abs(np.mean(shares) - 0.55) < 4 * 0.7 / math.sqrt(12 * 4000)
        ordered = np.sort((np.array(shares) - 0.2) / 0.7)
        assert np.abs(ordered - np.linspace(0, 1, 4000)).max() < 1.95 / math.sqrt(
            4000
        )  # Kolmogorov, p = 0.001


def test_crop_to_a_square_keeps_shapes_even_where_the_picture_is_long() -> None:
    crop = make_step("crop", {"smallest": 0.9, "largest": 1.0, "size": 32})
    values = {"area": 1.0, "aspect": 1.0, "x": 1.0, "y": 0.0}
    left, top, w, h = crop.box(values, 100, 20)  # type: ignore[attr-defined]
    assert (
        w / h == pytest.approx(4 / 3)
        and h == pytest.approx(20)
        and left + w == pytest.approx(100)
        and top == 0
    )


def test_elastic_bends_smoothly_and_within_reach() -> None:
    step = make_step("elastic", {"strength": 5, "cells": 4})
    shifts = step.shifts({"pattern": 11}, 80, 60)  # type: ignore[attr-defined]
    assert shifts.shape == (60, 80, 2)
    # Cubics overshoot the knots a little.
    assert 1 < np.abs(shifts).max() < 0.05 * 60 * 1.6
    assert max(np.abs(np.diff(shifts, axis=axis)).max() for axis in (0, 1)) < 0.6
    assert not np.array_equal(shifts, step.shifts({"pattern": 12}, 80, 60))  # type: ignore[attr-defined]


def test_huge_sides_are_no_crash() -> None:
    long = np.zeros((2, 40_000, 3), np.uint8)
    long[:, 39_000:] = 200
    steps: list[tuple[Step, dict[str, float]]] = [(make_step("translate"), {"x": -38_999.5, "y": 0})]
    assert apply(long, Drawn.of(steps))[0, 1, 0] == 200
