"""Neighbours of everybody, against a slow double loop; hubs, margins and confidence by hand."""

import math

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.gallery import survey as module
from contrastlab.gallery.survey import Survey, sureness_of, survey
from contrastlab.metrics.retrieval import histogram, hubness, k_occurrences


def cosine(degrees):
    return float(np.cos(np.radians(degrees)))


def random_rows(count=600, dimension=8, seed=0):
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_everybody_s_neighbours_are_those_of_a_double_loop():
    rows, labels = random_rows(), np.random.default_rng(1).integers(0, 4, 600)
    found = survey(rows, labels, k=5)
    assert found.asked.tolist() == list(range(600))
    for one in range(0, 600, 7):
        similarity = rows @ rows[one]
        similarity[one] = -2
        order = np.argsort(-similarity)
        assert found.nearest[one].tolist() == order[:5].tolist()
        assert found.similarity[one] == pytest.approx(similarity[order[:5]], abs=1e-6)
        assert found.own[one] == pytest.approx(similarity[labels == labels[one]].max(), abs=1e-6)
        assert found.other[one] == pytest.approx(similarity[labels != labels[one]].max(), abs=1e-6)


def test_of_a_large_gallery_a_sample_is_asked_for_neighbours_among_all(monkeypatch):
    rows, labels = random_rows(), np.zeros(600, np.int64)
    whole = survey(rows, labels, k=3)
    monkeypatch.setattr(module, "MOST", 100)
    part = survey(rows, labels, k=3)
    assert len(part.asked) == 100 and (np.diff(part.asked) > 0).all()
    np.testing.assert_array_equal(part.nearest, whole.nearest[part.asked])
    hubs = module.hubs_of(part, 600, k=3)
    assert hubs.asked == 100 and hubs.usual == pytest.approx(3 * 100 / 600) and hubs.counts.sum() == 300


def test_hubs_are_the_k_occurrences(plane):
    rows = random_rows(300, 40)
    found = module.hubs_of(survey(rows, np.zeros(300, np.int64), k=20), 300)
    np.testing.assert_array_equal(found.counts, k_occurrences(rows, 10))
    assert found.usual == 10 and found.skewness == pytest.approx(hubness(found.counts))
    assert found.never == pytest.approx((found.counts == 0).mean())
    assert found.least == pytest.approx(10 + 2 * found.counts.std())
    biggest = found.biggest(4)
    assert found.counts[biggest].tolist() == sorted(found.counts, reverse=True)[:4]
    assert found.is_hub(int(biggest[0])) and not found.is_hub(int(found.counts.argmin()))


def test_the_picture_in_everybody_s_middle_is_the_hub(plane):
    """A star: the middle is nearest to every point, and the points are far from each other."""
    rows = np.eye(13, dtype=np.float32)[:12] + 0
    rows[:, 12] = 1
    middle = np.append(np.full(12, 0.02), 1)
    rows = np.vstack([rows, middle]).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = module.hubs_of(survey(rows, np.zeros(13, np.int64), k=1), 13, k=1)
    assert found.counts[12] == 12 and found.is_hub(12) and found.biggest(1).tolist() == [12]
    assert found.skewness > 2 and found.never > 0.8


def test_margins_by_hand(plane):
    gallery = plane([0, 1, 20, 50, 52], [0, 0, 1, 1, 1])
    # 0: own at 1, other at 20; 1: own 1, other 19; 20: own 30, other 19; 50: own 2, other 49; 52: own 2, other 51.
    expected = [cosine(own) - cosine(other) for own, other in [(1, 20), (1, 19), (30, 19), (2, 49), (2, 51)]]
    margins = gallery.margins
    assert margins.values == pytest.approx(sorted(expected), abs=1e-6) and margins.wrong == pytest.approx(0.2)
    assert margins.share_below(sorted(expected)[2] + 1e-4) == pytest.approx(0.6)
    assert margins.histogram(8) == histogram(margins.values, bins=8) and gallery.margins is margins


def test_what_has_no_other_of_its_class_or_no_other_class_has_no_margin(plane):
    assert len(plane([0, 1, 40], [0, 0, 1]).margins.values) == 2
    for gallery in (plane([0, 1, 2]), plane([0], [0])):
        assert len(gallery.margins.values) == 0 and math.isnan(gallery.margins.share_below(0))
        assert gallery.margins.histogram(4) == () and math.isnan(gallery.margins.wrong)


def made_survey(shares_and_right):
    """One neighbour says everything, a second one the rest: votes of these shares, right or wrong."""
    shares = np.array([share for share, _ in shares_and_right])
    right = np.array([ok for _, ok in shares_and_right])
    second = np.log((1 - shares) / shares)  # at temperature 1, after the first with similarity 0
    similarity = np.stack([np.zeros_like(shares), second], 1).astype(np.float32)
    count = len(shares)
    # Picture `count` is of class 0, the next one of class 1; all pictures asked are of class 0.
    nearest = np.where(right[:, None], [[count, count + 1]], [[count + 1, count]])
    labels = np.append(np.zeros(count + 1, np.int64), 1)
    nothing = np.full(count, np.nan, np.float32)
    return Survey(np.arange(count), nearest, similarity, nothing, nothing), labels


def test_the_share_from_which_on_votes_are_right():
    # By share: 20 right ones, a wrong one, 10 right ones, then 5 wrong ones.
    votes = [(0.95, True)] * 20 + [(0.9, False)] + [(0.8, True)] * 10 + [(0.6, False)] * 5
    found = sureness_of(*made_survey(votes), 2, temperature=1.0)
    assert found.share == pytest.approx(0.8, abs=1e-5) and found.right == pytest.approx(30 / 31)
    assert found.reach == pytest.approx(31 / 36) and found.asked == 36
    strict = sureness_of(*made_survey(votes), 2, temperature=1.0, right=1.0)
    assert strict.share == pytest.approx(0.95, abs=1e-5) and strict.right == 1


def test_votes_of_one_share_stand_or_fall_together():
    votes = [(0.9, True)] * 10 + [(0.9, False)] * 10
    found = sureness_of(*made_survey(votes), 2, temperature=1.0)
    assert found.share == math.inf and found.reach == 0 and math.isnan(found.right)


def test_a_gallery_without_classes_is_never_sure_and_says_so(plane):
    with pytest.raises(LabError, match="gallery.no_classes"):
        _ = plane([0, 1, 2]).sureness
    assert plane([0], [0]).sureness.share == math.inf
