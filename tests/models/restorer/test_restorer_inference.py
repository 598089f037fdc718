"""The restorer's door: any size, masks, tiles without seams, nothing lost."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.models.restorer import inference
from contrastlab.models.restorer.inference import Findings, Repairer
from contrastlab.models.restorer.network import RestorerNetwork

CPU = Device("cpu", torch.float32)
TOLD = Findings(25, 100, 0)


@pytest.fixture(scope="module")
def repairer():
    """Untrained, but it does something to every pixel."""
    torch.manual_seed(0)
    network = RestorerNetwork(widths=(8, 12, 12, 12), blocks=1, estimator_width=8)
    torch.nn.init.normal_(network.restorer.leave.weight, std=0.02)
    torch.nn.init.constant_(network.estimator.judge[2].bias, 0.05)
    return Repairer("tiny", "0", CPU, network.eval().requires_grad_(False))


@pytest.fixture(scope="module")
def cat():
    return photo("chelsea")[50:200, 100:330]


@pytest.mark.parametrize("size", [(8, 8), (1, 40), (33, 1), (17, 50), (64, 64), (530, 40)])
def test_any_size_comes_back_at_its_size(repairer, size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    before = picture.copy()
    repaired = repairer.restore(picture)
    assert repaired.shape == picture.shape
    assert repaired.dtype == np.uint8
    assert np.array_equal(picture, before)


def test_strength_blends_and_0_gives_the_picture_back(repairer, cat):
    whole, half, none = (repairer.restore(cat, told=TOLD, strength=one) for one in (1.0, 0.5, 0.0))
    assert np.array_equal(none, cat)
    assert not np.array_equal(whole, cat)
    assert np.abs(half - (whole.astype(float) + cat) / 2).max() <= 1


def test_what_a_missing_pixel_holds_is_of_no_account(repairer, cat):
    missing = np.zeros(cat.shape[:2], bool)
    missing[40:60, 50:90] = True
    white = cat.copy()
    white[missing] = 255
    assert np.array_equal(repairer.restore(cat, missing, TOLD), repairer.restore(white, missing, TOLD))
    kept = repairer.restore(cat, missing, TOLD, strength=0.0)
    assert np.array_equal(kept[~missing], cat[~missing])
    assert not np.array_equal(kept[missing], cat[missing])


def test_pieces_equal_the_whole(repairer, monkeypatch):
    """A network that sees less far than the pieces overlap paints the same, to rounding, with no seams."""
    picture = photo("chelsea")
    monkeypatch.setattr(inference, "TILE", 2048)
    whole = repairer.restore(picture, told=TOLD).astype(int)
    monkeypatch.setattr(inference, "TILE", 160)
    pieces = list(repairer.restoring(picture, told=TOLD))
    assert len(pieces) > 8
    assert [one.image is None for one in pieces] == [True] * (len(pieces) - 1) + [False]
    assert [one.done for one in pieces] == list(range(1, len(pieces) + 1))
    assert np.abs(pieces[-1].image - whole).max() <= 1


@pytest.mark.parametrize("length", [1, 511, 512, 513, 800, 928, 929, 3000])
def test_pieces_cover_everything_on_the_coarsest_grid(length):
    spans = inference._spans(length)
    assert spans[0].start == 0
    assert spans[-1].stop == length
    assert all(one.start % 16 == 0 for one in spans)
    assert all(later.start < sooner.stop for sooner, later in pairwise(spans))
    weight = np.zeros(length)
    for span in spans:
        weight[span] += inference._ramp(span, length)
    assert weight.min() > 0.1


def test_masks_that_do_not_fit_are_refused(repairer, cat):
    with pytest.raises(LabError, match=r"restore\.wrong_mask"):
        repairer.restore(cat, np.zeros((5, 5), bool))
    with pytest.raises(LabError, match=r"restore\.wrong_mask"):
        repairer.restore(cat, np.zeros(cat.shape[:2], np.uint8))
    with pytest.raises(LabError, match=r"restore\.all_missing"):
        repairer.restore(cat, np.ones(cat.shape[:2], bool))


def test_what_is_too_large_or_too_strong_is_refused_before_the_work(repairer, cat):
    huge = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (5001, 5000, 3))
    with pytest.raises(LabError, match=r"restore\.too_large"):
        next(repairer.restoring(huge))
    for strength in (-0.1, 1.5, float("nan")):
        with pytest.raises(LabError, match=r"knob\."):
            next(repairer.restoring(cat, strength=strength))


def test_a_mask_that_does_not_fit_is_told_as_width_by_height(repairer, cat):
    with pytest.raises(LabError) as caught:
        repairer.restore(cat, np.zeros((5, 7), bool))
    assert caught.value.facts == {"got": "7 x 5", "width": cat.shape[1], "height": cat.shape[0]}


def test_half_the_precision_is_no_visible_difference(repairer, cat):
    fast = replace(repairer, device=Device("cpu", torch.bfloat16))
    assert np.abs(fast.restore(cat, told=TOLD).astype(int) - repairer.restore(cat, told=TOLD)).max() <= 2


def test_a_blend_is_the_same_however_high_the_picture(cat):
    tall = np.concatenate([cat] * 4)
    darker, missing = tall // 2, np.zeros(tall.shape[:2], bool)
    missing[100:500, 30:40] = True
    mixed = inference.blended(tall, darker, missing, 0.25)
    assert np.array_equal(mixed[missing], darker[missing])
    expected = tall.astype(float) + 0.25 * (darker.astype(float) - tall)
    assert np.abs(mixed[~missing] - expected[~missing]).max() <= 0.5


def test_findings_are_in_the_units_they_are_told_in(repairer, cat):
    found = repairer.estimate(cat)
    assert found.noise >= 0
    assert 1 <= found.quality <= 100
    assert found.blur >= 0
    again = repairer.restore(cat, told=found)
    assert np.array_equal(again, repairer.restore(cat))
