"""Damages do what they say, by seed, and grow continuously."""

import math
from itertools import pairwise

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import DAMAGES, KIND, NAMES, degrade, holes, published_noise


@pytest.fixture(scope="module")
def cat():
    return photo("chelsea")[60:188, 100:260]


def psnr(one, other):
    return 10 * math.log10(255**2 / np.square(one.astype(float) - other).mean())


@pytest.mark.parametrize("name", NAMES)
def test_each_damages_and_the_same_seed_damages_alike(cat, name):
    before = cat.copy()
    first, again = (degrade(cat, [(name, {})], seed=3) for _ in range(2))
    assert first.image.shape == cat.shape
    assert first.image.dtype == np.uint8
    assert psnr(first.image, cat) < 40
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.missing, again.missing)
    assert np.array_equal(cat, before)


@pytest.mark.parametrize("name", ["noise", "salt", "holes"])
def test_another_seed_damages_differently(cat, name):
    assert not np.array_equal(degrade(cat, [(name, {})], 0).image, degrade(cat, [(name, {})], 1).image)


@pytest.mark.parametrize(
    ("name", "weaker", "stronger"),
    [("noise", 5, 40), ("blur", 0.5, 4), ("motion", 3, 25), ("salt", 0.01, 0.3), ("small", 1.5, 5), ("fade", 0.1, 0.6),
     ("holes", 0.02, 0.4), ("jpeg", 80, 10)],
)
def test_more_of_it_is_worse(cat, name, weaker, stronger):
    knob = "factor" if name == "small" else "quality" if name == "jpeg" else name
    some, much = (degrade(cat, [(name, {knob: value})]).image for value in (weaker, stronger))
    assert psnr(some, cat) > psnr(much, cat) + 3


@pytest.mark.parametrize(("name", "knob", "nothing"), [
    ("noise", "noise", 0), ("blur", "blur", 0), ("motion", "motion", 0), ("salt", "salt", 0), ("small", "factor", 1),
    ("fade", "fade", 0), ("holes", "holes", 0),
])
def test_none_of_it_changes_nothing(cat, name, knob, nothing):
    result = degrade(cat, [(name, {knob: nothing})])
    assert np.array_equal(result.image, cat)
    assert not result.missing.any()


def test_a_strength_that_moves_moves_the_picture_a_little(cat):
    steps = [degrade(cat, [("noise", {"noise": sigma})], seed=5).image.astype(int) for sigma in (20, 21, 22)]
    assert all(np.abs(later - sooner).mean() < 1.5 for sooner, later in pairwise(steps))


def test_a_damage_before_leaves_the_draw_of_the_next_alone(cat):
    alone = degrade(cat, [("holes", {"holes": 0.1})], seed=4)
    after = degrade(cat, [("noise", {}), ("holes", {"holes": 0.1})], seed=4)
    assert np.array_equal(alone.missing, after.missing)


def test_they_come_in_the_order_given(cat):
    there = degrade(cat, [("noise", {"noise": 40}), ("blur", {"blur": 2})]).image
    back = degrade(cat, [("blur", {"blur": 2}), ("noise", {"noise": 40})]).image
    assert psnr(there, cat) > psnr(back, cat) + 3


def test_what_is_missing_is_black_and_marked(cat):
    result = degrade(cat, [("holes", {"holes": 0.2, "kind": "blocks"}), ("noise", {"noise": 50})])
    assert (result.image[result.missing] == 0).all()
    assert 0.2 <= result.missing.mean() < 0.35
    assert (result.image[~result.missing] > 0).any()


def test_the_kinds_of_noise_differ_as_they_should():
    grey = np.full((200, 300, 3), 128, np.uint8)
    half = np.concatenate([grey[:, :150] // 4, grey[:, 150:]], axis=1)
    by_kind = {
        kind: degrade(half, [("noise", {"noise": 12, "kind": kind})], 1).image.astype(float) - half
        for kind in ("gaussian", "grey", "shot", "uneven")
    }
    assert np.ptp(by_kind["grey"], axis=2).max() == 0
    assert np.ptp(by_kind["gaussian"], axis=2).mean() > 10
    bright, dark = by_kind["shot"][:, 150:].std(), by_kind["shot"][:, :150].std()
    assert bright == pytest.approx(12, rel=0.05)
    assert dark == pytest.approx(6, rel=0.1)
    even = [by_kind["gaussian"][rows].std() for rows in (slice(0, 20), slice(180, 200))]
    assert even[0] == pytest.approx(even[1], rel=0.05)
    uneven, ends = by_kind["uneven"], (slice(0, 40), slice(-40, None))
    corners = [uneven[rows, columns].std() for rows in ends for columns in ends]
    assert max(corners) > 3 * min(corners)


def test_the_published_noise_is_unclipped_and_has_the_published_error(cat):
    """Noise of 25 on any picture: 10 log10(255^2 / 25^2) = 20.17 dB; as a file holds it, more."""
    noisy = published_noise(cat, 25)
    assert noisy.dtype == np.float32
    assert noisy.min() < 0 or noisy.max() > 255
    assert psnr(noisy, cat) == pytest.approx(20.17, abs=0.1)
    np.random.seed(0)
    assert np.abs(noisy - (cat + np.random.normal(0, 25, cat.shape))).max() < 1e-4


@pytest.mark.parametrize("kind", KIND.options)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.4, 0.9])
def test_holes_reach_their_share_and_only_grow(kind, share):
    mask = holes(96, 128, kind, share, seed=2)
    assert mask.shape == (96, 128)
    assert mask.dtype == bool
    assert share <= mask.mean() <= share + 0.2
    assert holes(96, 128, kind, 0.9, seed=2)[mask].all()


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (8, 8)])
@pytest.mark.parametrize("kind", KIND.options)
def test_holes_of_tiny_pictures_end(kind, size):
    assert holes(*size, kind, 0.5, 0).shape == size


@pytest.mark.parametrize(
    ("damages", "key"),
    [
        ([("rust", {})], "damage.unknown"), ([("noise", {"noise": 101})], "knob.out_of_range"),
        ([("noise", {"noise": math.nan})], "knob.not_a_number"), ([("noise", {"kind": "pink"})], "knob.unknown_choice"),
        ([("noise", {"loud": 3})], "knob.unknown"), ([("holes", {"holes": 1.0})], "knob.out_of_range"),
        ([("jpeg", {"quality": 2.5})], "knob.not_whole"),
    ],
)
def test_what_there_is_not_is_refused(cat, damages, key):
    with pytest.raises(LabError) as caught:
        degrade(cat, damages)
    assert caught.value.key == key


def test_every_damage_has_its_name():
    assert all(name == damage.name and damage.knobs for name, damage in DAMAGES.items())
