"""The filter at a pixel is what the network does there."""

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.models.restorer.inference import Findings, Repairer
from contrastlab.models.restorer.jacobian import PixelFilter, pixel_filter, telling_places
from contrastlab.models.restorer.network import RestorerNetwork

CAT = np.ascontiguousarray(photo("chelsea")[60:150, 150:260])
TOLD = Findings(25, 60, 1)


@pytest.fixture(scope="module")
def repairer():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = RestorerNetwork(widths=(8, 12), blocks=1, estimator_width=8)
    torch.nn.init.normal_(network.restorer.leave.weight, std=0.05)
    return Repairer("tiny", "0", Device("cpu", torch.float32), network.eval().requires_grad_(False))


def answer(repairer, levels, row, column, told=TOLD):
    return repairer.repair(levels, None, told)[row, column]


@pytest.mark.parametrize(("row", "column"), [(40, 50), (0, 0), (89, 109), (3, 70)])
def test_the_weights_times_the_pixels_are_the_answer(repairer, row, column):
    found = pixel_filter(repairer, CAT, row, column, told=TOLD)
    expected = answer(repairer, CAT.astype(np.float32), row, column)
    assert np.abs(np.array(found.value) - expected).max() < 0.05
    height, width = found.kernel.shape
    piece = CAT[found.top : found.top + height, found.left : found.left + width].astype(np.float64)
    again = (found.rows * piece).sum(axis=(1, 2, 3)) + np.array(found.rest)
    assert np.abs(again - expected).max() < 0.05
    blind = pixel_filter(repairer, CAT, row, column, told=Findings(0, 100, 0))
    assert np.abs(blind.rest).max() < 0.02  # it is told of nothing: the filter is everything


def test_a_weight_says_what_a_change_of_its_pixel_does(repairer):
    found = pixel_filter(repairer, CAT, 40, 50, told=TOLD)
    for row, column, colour in ((40, 50, 0), (41, 48, 2), (37, 52, 1)):
        moved = CAT.astype(np.float32)
        moved[row, column, colour] += 0.01
        change = (answer(repairer, moved, 40, 50) - answer(repairer, CAT.astype(np.float32), 40, 50)) / 0.01
        assert np.abs(change - found.rows[:, row - found.top, column - found.left, colour]).max() < 0.02


def test_a_missing_pixel_counts_nothing_and_the_reach_is_no_matter(repairer):
    missing = np.zeros(CAT.shape[:2], bool)
    missing[38:41, 45:50] = True
    found = pixel_filter(repairer, CAT, 40, 50, told=TOLD, missing=missing)
    white = np.where(missing[:, :, None], 255, CAT).astype(np.uint8)
    assert pixel_filter(repairer, white, 40, 50, told=TOLD, missing=missing).value == found.value
    near, far = (pixel_filter(repairer, CAT, 40, 50, told=TOLD, reach=reach) for reach in (32, 64))
    assert near.kernel.size < far.kernel.size
    assert np.abs(np.array(near.value) - far.value).max() < 0.01


def test_an_untrained_network_is_no_filter_at_all():
    network = RestorerNetwork(widths=(8, 12), blocks=1, estimator_width=8).eval().requires_grad_(False)
    idle = Repairer("idle", "0", Device("cpu", torch.float32), network)
    found = pixel_filter(idle, CAT, 40, 50, told=TOLD)
    assert found.kernel.sum() == pytest.approx(1) and found.kernel[40 - found.top, 50 - found.left] == 1
    assert found.radius() == 0 and np.allclose(found.value, CAT[40, 50], atol=1e-3)


def test_the_radius_of_a_disc():
    rows, columns = np.indices((61, 61))
    disc = (np.hypot(rows - 30, columns - 30) <= 20).astype(np.float32)
    found = PixelFilter(np.zeros((3, 61, 61, 3), np.float32), disc, 0, 0, (0, 0, 0), (0, 0, 0))
    assert found.radius(0.9) == pytest.approx(20 * np.sqrt(0.9), abs=0.5)


@pytest.mark.parametrize("place", [(-1, 5), (5, -1), (90, 5), (5, 110)])
def test_a_place_outside_is_told(repairer, place):
    with pytest.raises(LabError, match=r"restore\.outside"):
        pixel_filter(repairer, CAT, *place, told=TOLD)


def shaped(kernel):
    weights = np.asarray(kernel, np.float32)
    return PixelFilter(np.zeros((3, *weights.shape, 3), np.float32), weights, 0, 0, (0.0,) * 3, (0.0,) * 3)


def test_so_many_pixels_counted_alike_and_so_long_a_filter():
    assert shaped(np.full((5, 5), 0.04)).effective == pytest.approx(25)
    assert shaped([[0, 0, 0], [0, 2, 0], [0, 0, 0]]).effective == pytest.approx(1)
    assert shaped(np.zeros((3, 3))).effective == 0
    assert shaped(np.full((5, 5), 0.04)).elongation == pytest.approx(1)
    line = np.zeros((9, 9))
    line[4] = 1 / 9
    assert shaped(line).elongation == pytest.approx(9)  # as a strip of nine pixels is
    dusty = np.random.default_rng(0).normal(0, 0.002, (101, 101))
    dusty[50, 46:55] += 1 / 9
    assert shaped(dusty).elongation == pytest.approx(9, rel=0.05)
    slanted = np.eye(9)
    assert shaped(slanted).elongation > 5
    assert shaped(np.zeros((3, 3))).elongation == 1


def test_the_calmest_place_and_the_clearest_edge():
    picture = np.random.default_rng(0).integers(0, 60, (80, 100, 3)).astype(np.uint8)
    picture[:, :40] = 120  # calm, and an edge at 40
    picture[:, 40:46] = 255
    places = telling_places(picture)
    assert places["flat"][1] < 36
    assert 36 < places["edge"][1] < 50
    for side in (1, 2, 7, 30):
        for row, column in telling_places(picture[:side, : side + 1]).values():
            assert 0 <= row < side
            assert 0 <= column < side + 1
