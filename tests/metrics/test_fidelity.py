"""Fidelity against closed forms and against scikit-image."""

import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from contrastlab.data.datasets import photo
from contrastlab.metrics.fidelity import luma, psnr, psnr_y, removed, ssim


@pytest.fixture(scope="module")
def pair():
    truth = photo("chelsea")[40:120, 80:200]
    noise = np.random.default_rng(0).normal(0, 12, truth.shape)
    return np.clip(truth + noise, 0, 255).astype(np.uint8), truth


def test_psnr_by_hand():
    truth = np.zeros((4, 5, 3), np.uint8)
    assert psnr(truth + np.uint8(5), truth) == pytest.approx(20 * math.log10(255 / 5))
    assert psnr(truth, truth) == math.inf
    half = np.zeros((4, 5), bool)
    half[:2] = True
    off = truth.copy()
    off[:2] = 10
    assert psnr(off, truth, half) == pytest.approx(20 * math.log10(255 / 10))
    assert psnr(off, truth, ~half) == math.inf


def test_bytes_do_not_wrap_around():
    assert psnr(np.full((2, 2, 3), 250, np.uint8), np.full((2, 2, 3), 255, np.uint8)) == pytest.approx(34.15, abs=0.01)


def test_luma_is_that_of_television():
    black, white, green = (np.full((1, 1, 3), one, np.uint8) for one in (0, 255, (0, 255, 0)))
    assert luma(black) == pytest.approx(16)
    assert luma(white) == pytest.approx(235)
    assert luma(green) == pytest.approx(16 + 128.553)
    assert psnr_y(black + np.uint8(10), black) == pytest.approx(20 * math.log10(255 / (10 * 219 / 255)))


def test_ssim_is_that_of_scikit_image_with_the_literatures_window(pair):
    picture, truth = pair
    theirs = structural_similarity(
        picture, truth, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert ssim(picture, truth) == pytest.approx(theirs, abs=2e-3)
    assert ssim(truth, truth) == pytest.approx(1)
    assert math.isnan(ssim(truth[:8], truth[:8]))


def test_removed_is_the_share_of_the_error_that_is_gone(pair):
    damaged, truth = pair
    assert removed(damaged, truth, truth) == 1
    assert removed(damaged, damaged, truth) == 0
    midway = (damaged.astype(float) + truth) / 2
    assert removed(damaged, midway, truth) == pytest.approx(0.75)
    assert removed(truth, damaged, truth) == 0
