"""Tables and filters against PIL, torchvision and their own definitions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from PIL import Image as PILImage
from PIL import ImageOps
from torchvision.transforms.v2 import functional as F

from contrastlab.data import pixels
from contrastlab.data.augment import Drawn, Policy, apply, draw, make_step
from tests.data.augment.pictures import difference, photo, speckle

DULL = (photo(60, 50) // 3 + np.array([40, 60, 80], np.uint8)).astype(np.uint8)


def changed(image: np.ndarray, kind: str, **values: float) -> np.ndarray:
    return apply(image, Drawn.of([(make_step(kind), values)]))


@pytest.mark.parametrize("image", [DULL, speckle(), photo()], ids=["dull", "speckle", "photo"])
def test_tables_agree_with_pil(image: np.ndarray) -> None:
    pil = PILImage.fromarray(image)
    assert np.array_equal(changed(image, "equalise"), np.asarray(ImageOps.equalize(pil)))
    assert np.array_equal(changed(image, "posterise", bits=3), np.asarray(ImageOps.posterize(pil, 3)))
    assert np.array_equal(changed(image, "solarise", threshold=100), np.asarray(ImageOps.solarize(pil, 100)))
    # PIL cuts the fraction off.
    assert difference(changed(image, "autocontrast"), np.asarray(ImageOps.autocontrast(pil))).max() <= 1


def test_equalise_and_autocontrast_leave_one_colour_alone() -> None:
    flat = np.full((5, 7, 3), (9, 90, 200), np.uint8)
    assert np.array_equal(changed(flat, "equalise"), flat)
    assert np.array_equal(changed(flat, "autocontrast"), flat)


def test_gamma_above_one_darkens_and_keeps_the_ends() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    darker = changed(ramp, "gamma", gamma=2.2)[0, :, 0]
    np.testing.assert_allclose(darker, 255 * (np.arange(256) / 255) ** 2.2, atol=0.5)


def test_a_row_of_tables_is_the_tables_one_after_another() -> None:
    kinds = [
        ("gamma", {"gamma": 1.4}),
        ("equalise", {}),
        ("posterise", {"bits": 4}),
        ("autocontrast", {}),
        ("solarise", {"threshold": 90}),
    ]
    row = apply(DULL, Drawn.of([(make_step(kind), values) for kind, values in kinds]))
    chain = DULL
    for kind, values in kinds:
        chain = changed(chain, kind, **values)
    assert np.array_equal(row, chain)
    assert difference(row, DULL).mean() > 10


def test_posterise_and_solarise_reach_their_whole_range() -> None:
    policy = Policy("t", (make_step("posterise", {"bits": 5}), make_step("solarise", {"threshold": 100})))
    drawn = [draw(policy, seed) for seed in range(300)]
    assert {d.steps[0].values["bits"] for d in drawn} == {5, 6, 7, 8}
    thresholds = [d.steps[1].values["threshold"] for d in drawn]
    assert 100 <= min(thresholds) < 105 and 251 < max(thresholds) <= 256


def test_sharpness_agrees_with_torchvision() -> None:
    image = photo()
    tensor = torch.from_numpy(image).permute(2, 0, 1)
    for factor in (0.0, 0.5, 1.8):
        expected = F.adjust_sharpness(tensor.float() / 255, factor).mul(255).round().permute(1, 2, 0).numpy()
        assert difference(changed(image, "sharpness", factor=factor), expected.astype(np.uint8)).max() <= 1


def test_filters_are_the_shared_pixel_operations() -> None:
    image = photo()
    assert np.array_equal(changed(image, "blur", sigma=1.3), pixels.gaussian_blur(image, 1.3))
    assert np.array_equal(
        changed(image, "motion-blur", length=7.0, angle=30.0), pixels.motion_blur(image, 7, 30)
    )
    assert np.array_equal(changed(image, "noise", sigma=12.0, pattern=5), pixels.gaussian_noise(image, 12, 5))
    assert np.array_equal(
        changed(image, "salt-and-pepper", share=10.0, pattern=5), pixels.salt_and_pepper(image, 0.1, 5)
    )
    assert np.array_equal(changed(image, "jpeg", quality=40), pixels.jpeg(image, 40))
    assert np.array_equal(changed(image, "downscale", factor=3.0), pixels.downscale(image, 3))


def test_noise_grows_with_its_slider_and_keeps_its_grain() -> None:
    image = np.full((32, 32, 3), 128, np.uint8)
    weak, strong = (
        apply(image, draw(Policy("n", (make_step("noise", {"sigma": sigma}),)), 9)).astype(float) - 128
        for sigma in (20, 60)
    )
    assert np.corrcoef(weak.ravel(), strong.ravel())[0, 1] > 0.97
    assert strong.std() == pytest.approx(3 * weak.std(), rel=0.1)


def test_cutout_covers_its_square_and_nothing_else() -> None:
    image = speckle(40, 30)
    out = apply(image, Drawn.of([(make_step("cutout", {"side": 50, "fill": 7}), {"x": 0.5, "y": 0.5})]))
    # Half of the shorter side about the middle.
    expected = image.copy()
    expected[round(15 - 7.5) : round(15 + 7.5), round(20 - 7.5) : round(20 + 7.5)] = 7
    assert np.array_equal(out, expected)
    corner = apply(image, Drawn.of([(make_step("cutout", {"side": 50, "fill": 7}), {"x": 0.0, "y": 1.0})]))
    assert (corner[-7:, :7] == 7).all() and np.array_equal(corner[:-9], image[:-9])


def test_elastic_reads_where_its_shifts_say() -> None:
    image = photo(50, 40)
    step = make_step("elastic", {"strength": 6})
    shifts = step.shifts({"pattern": 4}, 50, 40)  # type: ignore[attr-defined]
    out = apply(image, Drawn.of([(step, {"pattern": 4})], "replicate"))
    x, y = np.meshgrid(np.arange(50.0), np.arange(40.0))
    expected = cv2.remap(
        image.astype(np.float32),
        (x + shifts[..., 0]).astype(np.float32),
        (y + shifts[..., 1]).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    assert np.abs(out - expected).max() < 4  # 8-bit remap counts in 1/32 of a pixel
    assert difference(out, image).mean() > 2
