"""Verdicts, near misses and mutual neighbours in the plane."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset
from contrastlab.gallery import build, built, is_mutual, nearest_miss, verdict


@pytest.fixture
def gallery(plane):
    """Forty pictures of class 0 within 4 degrees, forty of class 1 around 60 degrees, half a mixture at 30."""
    low, high = np.linspace(0, 4, 40), np.linspace(58, 62, 40)
    mixed = np.linspace(29, 31, 40)
    return plane([*low, *high, *mixed], [0] * 40 + [1] * 40 + [0, 1] * 20)


def test_the_three_verdicts(gallery, plane):
    assert verdict(gallery, plane.at(2.05)).kind == "sure" and verdict(gallery, plane.at(2.05)).winner == 0
    assert verdict(gallery, plane.at(60.05)).kind == "sure" and verdict(gallery, plane.at(60.05)).winner == 1
    split = verdict(gallery, plane.at(30.02))
    assert split.kind == "split" and split.share < split.needed <= 1
    assert split.share + split.runner_up_share == pytest.approx(1) and {split.winner, split.runner_up} == {0, 1}
    far = verdict(gallery, plane.at(-40))
    assert far.kind == "far" and far.share == pytest.approx(1) and far.nearest < far.usual == gallery.usual


def test_the_threshold_is_the_gallery_s_own_and_holds_on_it(gallery):
    sureness = gallery.sureness
    assert 0.5 < sureness.share <= 1 and sureness.right >= 0.95 and 0.6 < sureness.reach <= 1
    found = [verdict(gallery, gallery.index.rows[row], exclude=row) for row in range(len(gallery))]
    sure = [one.winner == gallery.labels[row] for row, one in enumerate(found) if one.share >= one.needed]
    assert np.mean(sure) == pytest.approx(sureness.right, abs=0.02)
    assert len(sure) / len(gallery) == pytest.approx(sureness.reach, abs=0.02)


def test_a_picture_does_not_vote_for_itself(plane):
    gallery = plane([0, 30, 31, 32], [0, 1, 1, 1])
    assert verdict(gallery, plane.at(0)).winner == 0
    assert verdict(gallery, plane.at(0), exclude=0).winner == 1


def test_one_class_is_its_own_runner_up_and_none_has_no_verdict(plane):
    alone = verdict(plane([0, 1, 2], [0, 0, 0]), plane.at(1))
    assert (alone.winner, alone.runner_up, alone.kind) == (0, 0, "sure")
    with pytest.raises(LabError, match="gallery.no_classes"):
        verdict(plane([0, 1]), plane.at(0))


def test_the_nearest_miss_by_hand(plane):
    gallery = plane([0, 3, 5, 40], [0, 0, 1, 1])
    found = nearest_miss(gallery, plane.at(1), 0)
    assert (found.own, found.other) == (0, 2)
    assert found.margin == pytest.approx(np.cos(np.radians(1)) - np.cos(np.radians(4)), abs=1e-6)
    within = nearest_miss(gallery, plane.at(0), 0, exclude=0)
    assert (within.own, within.other) == (1, 2)
    assert within.share_below == gallery.margins.share_below(within.margin)
    assert nearest_miss(gallery, plane.at(1), 1).margin < 0


def test_a_miss_far_down_the_ranking_is_found(plane):
    gallery = plane([*np.linspace(0, 10, 500), 90], [0] * 500 + [1])
    found = nearest_miss(gallery, plane.at(0), 0)
    assert (found.own, found.other) == (0, 500)
    assert nearest_miss(gallery, plane.at(0), 1).own == 500


def test_an_empty_side_is_refused(plane):
    with pytest.raises(LabError, match="metric.too_few"):
        nearest_miss(plane([0, 1], [0, 0]), plane.at(0), 0)
    with pytest.raises(LabError, match="metric.too_few"):
        nearest_miss(plane([0, 1], [0, 1]), plane.at(0), 0, exclude=0)
    with pytest.raises(LabError, match="gallery.no_classes"):
        nearest_miss(plane([0, 1]), plane.at(0), 0)


def test_mutual_neighbours_by_hand(plane):
    # 10 is nearest to 0 among the others, but has 11 and 12.5 nearer to itself.
    gallery = plane([10, 11, 12.5, 40])
    found = gallery.nearest(plane.at(0), 2)
    assert found.indices.tolist() == [0, 1]
    assert is_mutual(gallery, found, k=2).tolist() == [False, False]
    assert is_mutual(gallery, found, k=3).tolist() == [True, True]
    inside = gallery.nearest(gallery.index.rows[1], 3, exclude=1)
    assert inside.indices.tolist() == [0, 2, 3]
    assert is_mutual(gallery, inside, k=1).tolist() == [True, True, False]


def test_mutual_neighbours_against_a_double_loop():
    rows = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pictures = np.zeros((60, 4, 4, 3), np.uint8)
    pictures[:, 0, 0, 0] = np.arange(60)
    data = Dataset("made", "all", pictures, np.full(60, -1), ())
    gallery = built(build(data, lambda images: rows[[image[0, 0, 0] for image in images]], "key", keep=False))
    for query in range(60):
        found = gallery.nearest(rows[query], 8, exclude=query)
        slow = [query in gallery.nearest(rows[one], 5, exclude=int(one)).indices for one in found.indices]
        assert is_mutual(gallery, found, k=5).tolist() == slow
