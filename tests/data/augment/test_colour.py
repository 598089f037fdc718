"""Colour: which channel is which, hue in both forms, agreement with torchvision, no bias, no overflow."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms.v2 import functional as F

from contrastlab.data.augment import Drawn, Policy, apply, draw, make_step
from contrastlab.data.augment.steps.colour import colour_matrix
from tests.data.augment.pictures import difference, photo, speckle


def changed(image: np.ndarray, *steps: tuple[str, dict[str, float]], form: str = "yiq") -> np.ndarray:
    made = [
        (make_step(kind, {"form": form} if kind in ("hue", "jitter") else {}), values)
        for kind, values in steps
    ]
    return apply(image, Drawn.of(made))


def plain(*colour: int) -> np.ndarray:
    return np.full((4, 4, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("colour", "grey"), [((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29), ((10, 200, 30), 124)]
)
def test_red_is_red_and_blue_is_blue(colour: tuple[int, int, int], grey: int) -> None:
    assert np.array_equal(changed(plain(*colour), ("grayscale", {})), plain(grey, grey, grey))


def test_saturation_nought_is_grey_and_two_doubles_the_distance() -> None:
    assert np.array_equal(changed(plain(100, 150, 60), ("saturation", {"factor": 0})), plain(125, 125, 125))
    assert (
        difference(changed(plain(100, 150, 110), ("saturation", {"factor": 2})), plain(70, 170, 90)).max()
        <= 1
    )


def test_contrast_moves_away_from_the_mean_grey_after_brightness() -> None:
    image = photo()
    bright = changed(image, ("brightness", {"factor": 0.5}))
    mean = (bright @ np.array([0.299, 0.587, 0.114])).mean()
    both = changed(image, ("brightness", {"factor": 0.5}), ("contrast", {"factor": 1.5}))
    np.testing.assert_allclose(both, np.clip(1.5 * (bright - mean) + mean, 0, 255), atol=1.5)
    # Contrast leaves the mean where it is, so twice in a row multiplies.
    twice = changed(image, ("contrast", {"factor": 0.5}), ("contrast", {"factor": 1.4}))
    mean = (image @ np.array([0.299, 0.587, 0.114])).mean()
    np.testing.assert_allclose(twice, np.clip(0.7 * (image - mean) + mean, 0, 255), atol=1)


@pytest.mark.parametrize("form", ["yiq", "hsv"])
def test_thirds_of_a_turn_send_red_to_green_to_blue(form: str) -> None:
    for start, to in (((200, 80, 80), 1), ((80, 200, 80), 2), ((80, 80, 200), 0)):
        turned = changed(plain(*start), ("hue", {"shift": 1 / 3}), form=form)[0, 0]
        assert turned.argmax() == to
        back = changed(plain(*start), ("hue", {"shift": -1 / 3}), form=form)[0, 0]
        assert back.argmax() == (to + 1) % 3


@pytest.mark.parametrize("shift", [-0.5, -0.31, -1 / 6, 0.05, 1 / 3, 0.5])
def test_hsv_hue_is_that_of_the_formula(shift: float) -> None:
    for r, g, b in (
        (255, 0, 0),
        (255, 255, 0),
        (0, 255, 0),
        (0, 255, 255),
        (0, 0, 255),
        (255, 0, 255),
        (12, 200, 90),
    ):
        h, s, v = colorsys.rgb_to_hsv(r / 255, g / 255, b / 255)
        expected = [round(255 * c) for c in colorsys.hsv_to_rgb((h + shift) % 1, s, v)]
        assert (
            difference(changed(plain(r, g, b), ("hue", {"shift": shift}), form="hsv"), plain(*expected)).max()
            <= 1
        )


def test_hsv_hue_agrees_with_torchvision() -> None:
    image = speckle(64, 64)
    tensor = torch.from_numpy(image).permute(2, 0, 1)
    for shift in (-0.4, -0.1, 0.07, 0.3):
        expected = F.adjust_hue(tensor.float() / 255, shift).mul(255).round().permute(1, 2, 0).numpy()
        assert (
            difference(changed(image, ("hue", {"shift": shift}), form="hsv"), expected.astype(np.uint8)).max()
            <= 1
        )


def test_the_two_forms_of_hue_differ_and_are_labelled() -> None:
    image = speckle()
    fast, exact = (changed(image, ("hue", {"shift": 0.1}), form=form) for form in ("yiq", "hsv"))
    assert difference(fast, exact).mean() > 5


@pytest.mark.parametrize("form", ["yiq", "hsv"])
@pytest.mark.parametrize("kind", ["hue", "jitter"])
def test_no_hue_change_leaves_every_bit(form: str, kind: str) -> None:
    image = speckle(64, 64)
    step = make_step(
        kind,
        {
            "form": form,
            **({} if kind == "hue" else dict.fromkeys(("brightness", "contrast", "saturation"), 0)),
        },
    )
    step = make_step(kind, {**step.settings(), **({"turn": 0} if kind == "hue" else {"hue": 0})})
    drawn = draw(Policy("h", (step,)), 5)
    assert np.array_equal(apply(image, drawn), image)


@given(shift=st.floats(-0.5, 0.5))
@settings(max_examples=40, deadline=None)
def test_hue_there_and_back(shift: float) -> None:
    image = (speckle(16, 16) // 3 + 85).astype(np.uint8)  # away from clipping
    for form in ("yiq", "hsv"):
        there = changed(image, ("hue", {"shift": shift}), form=form)
        assert difference(changed(there, ("hue", {"shift": -shift}), form=form), image).max() <= 6
    full = changed(changed(image, ("hue", {"shift": 0.5})), ("hue", {"shift": 0.5}))
    assert difference(full, image).max() <= 3


def test_yiq_hue_keeps_the_luma() -> None:
    image = (speckle(32, 32) // 3 + 85).astype(np.uint8)
    luma = np.array([0.299, 0.587, 0.114])
    assert np.abs(changed(image, ("hue", {"shift": 0.3})) @ luma - image @ luma).max() < 1.2


def test_jitter_agrees_with_torchvision_in_the_same_order() -> None:
    image = (photo(64, 64) // 2 + 50).astype(np.uint8)  # so that nothing is clipped on the way
    values = {"brightness": 1.2, "contrast": 0.8, "saturation": 1.3, "hue": 0.05}
    tensor = torch.from_numpy(image).permute(2, 0, 1).float() / 255
    tensor = F.adjust_brightness(tensor, 1.2)
    tensor = F.adjust_saturation(F.adjust_contrast(tensor, 0.8), 1.3)
    for form in ("hsv", "yiq"):
        step = make_step("jitter", {"form": form})
        if form == "hsv":
            expected = F.adjust_hue(tensor, 0.05)
            ours = apply(image, Drawn.of([(step, values)]))
        else:
            expected = tensor
            ours = apply(image, Drawn.of([(step, {**values, "hue": 0})]))
        expected_levels = expected.mul(255).round().permute(1, 2, 0).numpy().astype(np.uint8)
        assert difference(ours, expected_levels).max() <= (2 if form == "hsv" else 1)


def test_jitter_is_its_four_steps_in_a_row() -> None:
    image = photo()
    values = {"brightness": 0.9, "contrast": 1.2, "saturation": 0.7, "hue": -0.08}
    apart = [(kind, {"factor": values[kind]}) for kind in ("brightness", "contrast", "saturation")]
    assert np.array_equal(
        changed(image, ("jitter", values)), changed(image, *apart, ("hue", {"shift": values["hue"]}))
    )


def test_a_row_of_colour_is_clipped_only_at_its_end() -> None:
    image = photo()
    up_and_down = changed(image, ("brightness", {"factor": 2}), ("brightness", {"factor": 0.5}))
    assert np.array_equal(up_and_down, image)


@given(low=st.floats(0, 2), more=st.floats(0, 1), colour=st.tuples(*[st.integers(0, 255)] * 3))
@settings(max_examples=60, deadline=None)
def test_brightness_never_wraps_around(low: float, more: float, colour: tuple[int, int, int]) -> None:
    darker = changed(plain(*colour), ("brightness", {"factor": low}))
    brighter = changed(plain(*colour), ("brightness", {"factor": low + more}))
    assert (brighter >= darker).all()
    assert np.array_equal(
        changed(plain(255, 255, 255), ("brightness", {"factor": 1 + more})), plain(255, 255, 255)
    )


def test_rounding_has_no_bias() -> None:
    image = speckle(100, 100)
    assert abs((changed(image, ("brightness", {"factor": 0.7})) - 0.7 * image).mean()) < 0.02
    chain = image
    factors = (0.9, 0.95, 0.85, 0.9)
    for factor in factors:
        chain = changed(chain, ("brightness", {"factor": factor}))
    assert abs((chain - np.prod(factors) * image).mean()) < 0.1
    # One matrix with all entries in use, against the same in float64.
    step = make_step("jitter")
    values = {"brightness": 0.9, "contrast": 0.8, "saturation": 0.7, "hue": 0.08}
    luma, chroma, grey = step.gains(values)  # type: ignore[attr-defined]
    exact = image @ colour_matrix(luma, chroma)[:, :3].T + grey * (image @ np.array([0.299, 0.587, 0.114])).mean()
    ours = apply(image, Drawn.of([(step, values)]))
    assert abs((ours - np.clip(exact, 0, 255)).mean()) < 0.05
    assert np.abs(ours - np.clip(exact, 0, 255)).max() <= 1
