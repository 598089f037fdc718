"""A true repair is consistent and certain; a smooth lie and an invention are found out."""

import itertools

import numpy as np
import pytest

from contrastlab.core.images import checked
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import degrade
from contrastlab.data.pixels import gaussian_blur, whole
from contrastlab.models.restorer import trust

CAT = photo("chelsea")[60:140, 150:250]


def noisy(seed=0, sigma=20):
    return degrade(CAT, [("noise", {"noise": sigma})], seed).image


def same(image):
    return image


def test_the_truth_explains_the_noisy_picture_and_leaves_nothing_but_noise():
    found = trust.self_consistency(CAT, same, noisy(), noise=20)
    assert found.ratio == pytest.approx(1, abs=0.05) and abs(found.correlation) < 0.04
    assert found.residual.shape == CAT.shape and found.where.shape == CAT.shape[:2]
    assert np.median(found.where) == pytest.approx(20, rel=0.1)


def test_what_was_kept_is_too_little_and_what_was_smoothed_away_shows():
    given = noisy()
    kept, smoothed = trust.self_consistency(given, same, given, noise=20), trust.self_consistency(
        gaussian_blur(CAT, 3), same, given, noise=20
    )
    assert kept.ratio == 0 and kept.correlation == 0
    true = trust.self_consistency(CAT, same, given, noise=20)
    assert smoothed.ratio > true.ratio and smoothed.correlation > 0.05 > true.correlation
    lie = CAT.copy()
    lie[20:40, 30:60] = 255 - lie[20:40, 30:60]
    where = trust.self_consistency(lie, same, given, noise=20).where
    assert where[25:35, 35:55].min() > 2 * np.median(where)


def test_a_blur_is_put_on_again_and_holes_are_passed_over():
    given, missing = gaussian_blur(CAT, 2), np.zeros(CAT.shape[:2], bool)
    missing[10:20, 10:40] = True
    given[missing] = 0
    found = trust.self_consistency(CAT, lambda image: gaussian_blur(image, 2), given, missing=missing)
    assert found.size == 0 and found.ratio is None and not found.residual.any()
    assert trust.self_consistency(given, lambda image: gaussian_blur(image, 2), given, missing=missing).size > 2


def test_neighbours_are_alike_in_a_slope_and_not_in_noise():
    slope = np.tile(np.arange(40, dtype=np.float32)[:, None], (40, 1, 3))
    rough = np.random.default_rng(0).normal(size=(60, 60, 3)).astype(np.float32)
    assert trust.neighbours_alike(slope) > 0.9 and abs(trust.neighbours_alike(rough)) < 0.03
    assert trust.neighbours_alike(rough, np.ones((60, 60), bool)) == 0
    stripes = np.tile(np.array([1, -1], np.float32)[None, :, None], (60, 30, 3))
    assert trust.neighbours_alike(stripes) == pytest.approx(0, abs=0.02)  # alike below, unlike to the right


def test_a_repair_that_does_not_care_which_way_is_up_has_no_spread():
    missing = np.zeros(CAT.shape[:2], bool)
    missing[5:9, 60:80] = True

    def fill(image, lost):
        assert lost.sum() == missing.sum() and (image[lost] == 0).all()
        return np.where(lost[:, :, None], 100, image).astype(np.uint8)

    damaged = np.where(missing[:, :, None], 0, CAT).astype(np.uint8)
    told = list(trust.over_turns(damaged, missing, fill))
    assert [one.done for one in told] == list(range(1, 9)) and {one.total for one in told} == {8}
    assert told[-1].deviation.max() == 0
    assert np.array_equal(told[-1].unrecovered(missing), missing)
    assert np.array_equal(told[-1].mean[~missing], CAT[~missing])


def test_eight_turns_are_eight_different_ones():
    seen = []
    square = np.ascontiguousarray(CAT[:64, :64])
    for _ in trust.over_turns(square, None, lambda image, _: (seen.append(image.tobytes()), image)[1]):
        pass
    assert len(set(seen)) == 8


def test_what_differs_is_measured_where_it_differs():
    def wavering(image, _, calls=itertools.count()):  # noqa: B008
        changed = image.copy()
        changed[10:20, 10:20] = 100 if next(calls) % 2 else 140
        return changed

    *_, last = trust.over_redraws(lambda seed: (CAT, None), wavering, 8)
    assert last.deviation[15, 15] == pytest.approx(20 * np.sqrt(8 / 7), rel=1e-3)
    expected = np.zeros(CAT.shape[:2], bool)
    expected[10:20, 10:20] = True
    assert np.array_equal(last.unrecovered(), expected)
    assert last.mean[15, 15] == pytest.approx(120)


def test_redraws_of_noise_spread_by_the_noise_that_is_left():
    def smooth(image, _):
        return gaussian_blur(image, 1.5)

    *_, rough = trust.over_redraws(lambda seed: (noisy(seed), None), lambda image, _: image, 6)
    *_, calm = trust.over_redraws(lambda seed: (noisy(seed), None), smooth, 6)
    assert np.median(rough.deviation) == pytest.approx(20, rel=0.15)
    assert np.median(calm.deviation) < 0.3 * np.median(rough.deviation)
    assert np.abs(whole(rough.mean).astype(int) - CAT).mean() < 10 and checked(CAT) is CAT
