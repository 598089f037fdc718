"""Each classical repair mends what it is meant for, keeps its colours, and falls into none of the known traps."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import degrade, holes
from contrastlab.metrics.fidelity import psnr
from contrastlab.models.restorer.classical import METHODS, repair
from contrastlab.models.restorer.inference import Findings

CLEAN = Findings(0, 100, 0)


@pytest.fixture(scope="module")
def cat():
    return np.ascontiguousarray(photo("chelsea")[80:180, 150:270])


@pytest.mark.parametrize(
    ("name", "damages", "found", "gain"),
    [
        ("nlm", [("noise", {"noise": 25})], Findings(25, 100, 0), 5),
        ("bilateral", [("noise", {"noise": 25})], Findings(25, 100, 0), 4),
        ("tv", [("noise", {"noise": 25})], Findings(25, 100, 0), 5),
        ("median", [("salt", {"salt": 0.05})], Findings(32, 100, 0), 8),
        ("wiener", [("blur", {"blur": 2})], Findings(0, 100, 2), 0.5),
        ("lucy", [("blur", {"blur": 2})], Findings(0, 100, 2), 1),
        ("shifts", [("jpeg", {"quality": 10})], Findings(0, 10, 0), 0.3),
        ("lanczos", [("small", {"factor": 2})], Findings(0, 100, 0.9), -1),
        ("cubic", [("small", {"factor": 2})], Findings(0, 100, 0.9), -1),
    ],
)
def test_it_mends_what_it_is_meant_for(cat, name, damages, found, gain):
    damaged = degrade(cat, damages).image
    before = damaged.copy()
    repaired = repair(name, damaged, found)
    assert psnr(repaired, cat) > psnr(damaged, cat) + gain
    assert np.array_equal(damaged, before)


@pytest.mark.parametrize("kind", ["scratches", "text"])
@pytest.mark.parametrize("name", ["telea", "navier-stokes", "biharmonic"])
def test_holes_are_filled_and_nothing_else_is_touched(cat, name, kind):
    damaged = degrade(cat, [("holes", {"holes": 0.08, "kind": kind})], seed=1)
    repaired = repair(name, damaged.image, CLEAN, damaged.missing)
    assert np.array_equal(repaired[~damaged.missing], cat[~damaged.missing])
    assert psnr(repaired, cat, damaged.missing) > 18
    assert psnr(damaged.image, cat, damaged.missing) < 10


@pytest.mark.parametrize("name", ["telea", "navier-stokes", "biharmonic"])
def test_a_flat_picture_stays_flat_up_to_its_edge(name):
    """OpenCV's Telea paints 134 for 128 next to an edge, unless the edge is moved away."""
    flat = np.full((40, 50, 3), 128, np.uint8)
    missing = np.zeros((40, 50), bool)
    missing[:6, :9] = missing[18:22, 44:] = True
    damaged = np.where(missing[:, :, None], 0, flat).astype(np.uint8)
    assert np.abs(repair(name, damaged, CLEAN, missing).astype(int) - 128).max() <= 1


@pytest.mark.parametrize("name", METHODS)
def test_colours_stay_what_they_are(name):
    """Red and blue are far apart: a method that takes one for the other shows here."""
    scene = np.zeros((48, 64, 3), np.uint8)
    scene[:] = (210, 40, 20)
    scene[20:, :] = (10, 60, 190)
    noisy = degrade(scene, [("noise", {"noise": 10})]).image
    missing = holes(48, 64, "dots", 0.05, 0)
    repaired = repair(name, noisy, Findings(10, 90, 1.0), missing if "holes" in METHODS[name].against else None)
    assert np.abs(repaired[:16].mean(axis=(0, 1)) - (210, 40, 20)).max() < 5
    assert np.abs(repaired[26:].mean(axis=(0, 1)) - (10, 60, 190)).max() < 5


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if "holes" not in method.against])
def test_of_a_picture_that_is_well_it_leaves_everything(cat, name):
    assert psnr(repair(name, cat, CLEAN), cat) > 35


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (8, 8), (17, 30)])
@pytest.mark.parametrize("name", METHODS)
def test_tiny_pictures_come_back_at_their_size(name, size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    missing = np.zeros(size, bool)
    missing[0, 0] = True
    mask = missing if "holes" in METHODS[name].against else None
    if mask is not None and mask.all():
        return
    repaired = repair(name, picture, Findings(20, 60, 1.5), mask)
    assert repaired.shape == picture.shape
    assert repaired.dtype == np.uint8


def test_settings_follow_the_strength():
    for method in METHODS.values():
        for settings in (method.settings, method.noisy):
            strengths = [one for one, _ in settings]
            assert strengths == sorted(strengths)
    nlm = METHODS["nlm"]
    assert nlm.parameter(Findings(10, 100, 0)) < nlm.parameter(Findings(30, 100, 0))


@pytest.mark.parametrize("name", ["wiener", "lucy"])
def test_noise_on_top_of_a_blur_is_not_blown_up(cat, name):
    damaged = degrade(cat, [("blur", {"blur": 2}), ("noise", {"noise": 8})]).image
    told = psnr(repair(name, damaged, Findings(8, 100, 2)), cat)
    assert told > psnr(damaged, cat) + 0.5
    assert told > psnr(repair(name, damaged, Findings(0, 100, 2)), cat) + 0.5
    method = METHODS[name]
    assert method.parameter(Findings(0.5, 100, 2)) == method.parameter(Findings(0, 100, 2))


def test_settings_are_for_what_the_methods_are_meant_for():
    assert METHODS["shifts"].parameter(Findings(0, 10, 0)) < METHODS["shifts"].parameter(Findings(0, 40, 0))
    assert METHODS["telea"].parameter(CLEAN) > 0
    assert all(method.settings or method.name in ("cubic", "lanczos", "biharmonic") for method in METHODS.values())


def test_what_cannot_be_done_is_said(cat):
    with pytest.raises(LabError, match=r"restore\.unknown_method"):
        repair("bm3d", cat, CLEAN)
    with pytest.raises(LabError, match=r"restore\.needs_mask"):
        repair("telea", cat, CLEAN)
