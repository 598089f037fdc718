"""Retrieval numbers against banks that can be checked by hand and a slow double loop."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.metrics.retrieval import BAND_BINS, different_pair_band, knn_accuracy, knn_votes


def unit(rows):
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# Four pictures on a circle at 0, 90, 180 and 270 degrees, of classes 0, 1, 0, 1.
BANK = unit([[1, 0], [0, 1], [-1, 0], [0, -1]])
LABELS = np.array([0, 1, 0, 1])


def test_one_neighbour_decides_alone():
    queries = unit([[0.9, 0.2], [0.2, 0.9], [-0.9, 0.1]])
    assert knn_accuracy(BANK, LABELS, queries, np.array([0, 1, 0]), k=1) == 1.0
    assert knn_accuracy(BANK, LABELS, queries, np.array([1, 1, 0]), k=1) == pytest.approx(2 / 3)


def test_votes_weigh_by_similarity_as_computed_by_hand():
    angle = np.radians(30)  # nearest: 0 degrees (cos 30), then 90 degrees (cos 60)
    votes = knn_votes(BANK, LABELS, unit([[np.cos(angle), np.sin(angle)]]), k=2, temperature=0.5)
    first, second = np.exp(np.cos(angle) / 0.5), np.exp(0.5 / 0.5)
    assert votes[0] == pytest.approx([first / (first + second), second / (first + second)], rel=1e-5)


def test_many_far_neighbours_can_outvote_a_near_one_only_at_high_temperature():
    bank = unit([[1, 0], [0.8, 0.6], [0.8, -0.6]])
    labels = np.array([0, 1, 1])
    query = unit([[1, 0]])
    assert knn_votes(bank, labels, query, k=3, temperature=0.07)[0].argmax() == 0
    assert knn_votes(bank, labels, query, k=3, temperature=10.0)[0].argmax() == 1


def test_against_a_slow_double_loop():
    generator = np.random.default_rng(0)
    bank, queries = unit(generator.normal(size=(60, 5))), unit(generator.normal(size=(9, 5)))
    labels = generator.integers(0, 4, 60)
    votes = knn_votes(bank, labels, queries, k=7, temperature=0.2)
    for row, query in enumerate(queries.astype(np.float64)):
        similarities = [float(query @ other) for other in bank.astype(np.float64)]
        tally = np.zeros(4)
        for index in sorted(range(60), key=lambda i: -similarities[i])[:7]:
            tally[labels[index]] += np.exp(similarities[index] / 0.2)
        assert votes[row] == pytest.approx(tally / tally.sum(), rel=1e-4)


def test_tiny_temperatures_do_not_overflow():
    votes = knn_votes(BANK, LABELS, BANK, k=4, temperature=0.001)
    assert np.isfinite(votes).all() and votes.argmax(1).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("k", [0, 5])
def test_more_neighbours_than_there_are_is_refused(k):
    with pytest.raises(LabError, match="metric.too_few"):
        knn_accuracy(BANK, LABELS, BANK, LABELS, k=k)


def test_no_query_is_refused():
    with pytest.raises(LabError, match="metric.too_few"):
        knn_accuracy(BANK, LABELS, BANK[:0], LABELS[:0], k=1)


def test_band_never_pairs_a_picture_with_itself():
    band = different_pair_band(unit([[1, 0], [0, 1]]), pairs=500)
    assert (band.low, band.middle, band.high) == (0, 0, 0)  # a self pair would be 1


def test_band_of_random_directions_is_that_of_the_normal_distribution():
    rows = unit(np.random.default_rng(1).normal(size=(4000, 64)))
    band = different_pair_band(rows, pairs=40_000)
    assert band.middle == pytest.approx(0, abs=0.005)
    assert len(band.shares) == BAND_BINS and sum(band.shares) == pytest.approx(1)
    above = sum(band.shares[BAND_BINS // 2 + 5 :])  # beyond .125, which is one standard deviation
    assert above == pytest.approx(0.1587, abs=0.01)
    assert band.high == pytest.approx(1.645 / 8, abs=0.01) and band.low == pytest.approx(-band.high, abs=0.01)
