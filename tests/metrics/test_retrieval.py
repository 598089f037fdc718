"""Retrieval numbers against banks that can be checked by hand and a slow double loop."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.metrics.retrieval import (
    BAND_BINS,
    alignment,
    different_pair_band,
    different_pairs,
    effective_rank,
    histogram,
    hubness,
    k_occurrences,
    knn_accuracy,
    knn_votes,
    mean_average_precision,
    rank_stability,
    recall_at_k,
    uniformity,
    uniformity_floor,
)


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


def leave_one_out(rows, labels):
    itself = np.arange(len(rows))
    return {"bank": rows, "bank_labels": labels, "queries": rows, "query_labels": labels, "itself": itself}


# Five pictures on a circle, at 0, 10, 30, 100 and 115 degrees; no two are equally far from a third.
ANGLES = np.radians([0, 10, 30, 100, 115])
FIVE = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
FIVE_LABELS = np.array([0, 1, 0, 1, 1])


def test_recall_of_five_pictures_by_hand():
    # Neighbours, nearest first, and their classes:
    #   0 deg (class 0): 10, 30, 100, 115   1 0 1 1  from 2 on
    #  10 deg (class 1):  0, 30, 100, 115   0 0 1 1  from 3 on
    #  30 deg (class 0): 10,  0, 100, 115   1 0 1 1  from 2 on
    # 100 deg (class 1): 115, 30, 10, 0     1 ...    at once
    # 115 deg (class 1): 100, 30, 10, 0     1 ...    at once
    recall = recall_at_k(**leave_one_out(FIVE, FIVE_LABELS), ks=(1, 2, 3))
    assert recall == {1: pytest.approx(2 / 5), 2: pytest.approx(4 / 5), 3: pytest.approx(1)}


def test_a_query_in_the_bank_answers_itself_only_if_that_is_not_said():
    given = leave_one_out(FIVE, FIVE_LABELS)
    assert recall_at_k(**{**given, "itself": None}, ks=(1,)) == {1: 1.0}


def test_average_precision_of_five_pictures_by_hand():
    # R is 1 for class 0, 2 for class 1; from the table above, with P(i) at the right ones among the first R:
    expected = [0, 0, 0, (1 + 0) / 2, (1 + 0) / 2]  # the second class-1 row comes third
    assert mean_average_precision(**leave_one_out(FIVE, FIVE_LABELS)) == pytest.approx(np.mean(expected))
    labels = np.array([0, 0, 0, 1, 1])  # now everybody's own class comes first
    assert mean_average_precision(**leave_one_out(FIVE, labels)) == pytest.approx(1)


def test_a_query_without_a_companion_is_left_out_of_the_mean():
    labels = np.array([0, 0, 0, 1, 2])
    assert mean_average_precision(**leave_one_out(FIVE, labels)) == pytest.approx(1)
    with pytest.raises(LabError, match="metric.too_few"):
        mean_average_precision(**leave_one_out(FIVE, np.arange(5)))


def test_recall_and_average_precision_against_slow_loops():
    generator = np.random.default_rng(3)
    bank, queries = unit(generator.normal(size=(50, 4))), unit(generator.normal(size=(1100, 4)))
    labels, query_labels = generator.integers(0, 5, 50), generator.integers(0, 6, 1100)  # class 5 has no companion
    precision, hits = [], {1: 0, 4: 0, 9: 0}
    for query, label in zip(queries, query_labels, strict=True):
        order = sorted(range(50), key=lambda i: -float(query.astype(np.float64) @ bank[i].astype(np.float64)))
        for k in hits:
            hits[k] += any(labels[i] == label for i in order[:k])
        total = sum(labels == label)
        if total:
            right = [labels[i] == label for i in order[:total]]
            precision.append(sum(sum(right[: i + 1]) / (i + 1) for i in range(total) if right[i]) / total)
    given = {"bank": bank, "bank_labels": labels, "queries": queries, "query_labels": query_labels}
    assert recall_at_k(**given, ks=(1, 4, 9)) == pytest.approx({k: hit / 1100 for k, hit in hits.items()})
    assert mean_average_precision(**given) == pytest.approx(np.mean(precision), abs=1e-9)


def test_average_precision_of_chance_is_the_square_of_a_class_share():
    generator = np.random.default_rng(4)
    rows, labels = unit(generator.normal(size=(1500, 8))), np.repeat(np.arange(5), 300)
    assert mean_average_precision(**leave_one_out(rows, labels)) == pytest.approx(1 / 25, abs=0.005)


@pytest.mark.parametrize("k", [0, 5])
def test_recall_needs_as_many_others_as_it_looks_at(k):
    with pytest.raises(LabError, match="metric.too_few"):
        recall_at_k(**leave_one_out(FIVE, FIVE_LABELS), ks=(k,))


def test_alignment_is_the_mean_squared_distance():
    first, second = unit([[1, 0], [0, 1]]), unit([[0, 1], [0, 1]])
    assert alignment(first, second) == pytest.approx((2 + 0) / 2)
    assert alignment(first, second, power=1) == pytest.approx(np.sqrt(2) / 2)
    generator = np.random.default_rng(5)
    unrelated = [unit(generator.normal(size=(5000, 32))) for _ in range(2)]
    assert alignment(*unrelated) == pytest.approx(2, abs=0.02)
    with pytest.raises(LabError, match="metric.too_few"):
        alignment(first[:0], first[:0])


def test_uniformity_is_zero_at_collapse_and_as_by_hand_otherwise():
    assert uniformity(unit(np.ones((30, 7)))) == pytest.approx(0, abs=1e-5)
    assert uniformity(unit([[1, 0], [-1, 0]])) == pytest.approx(-8)  # squared distance 4, t = 2
    generator = np.random.default_rng(6)
    rows = unit(generator.normal(size=(1300, 3)))  # more than one chunk
    pairs = [(i, j) for i in range(0, 1300, 7) for j in range(i)]
    slow = np.log(np.mean([np.exp(-2 * np.sum((rows[i] - rows[j]) ** 2)) for i, j in pairs]))
    assert uniformity(rows) == pytest.approx(slow, abs=0.02)
    with pytest.raises(LabError, match="metric.too_few"):
        uniformity(rows[:1])


def test_the_floor_of_uniformity_is_that_of_evenly_spread_rows():
    assert uniformity_floor(128) == pytest.approx(-3.94, abs=0.005)
    # On the circle the mean of exp(-2t(1 - cos a)) is an integral that can be done numerically.
    angle = np.linspace(0, 2 * np.pi, 20_001)[:-1]
    assert uniformity_floor(2) == pytest.approx(np.log(np.mean(np.exp(-4 * (1 - np.cos(angle))))), abs=1e-9)
    # On the sphere the first coordinate is uniform: (1 - exp(-4t)) / 4t.
    assert uniformity_floor(3, t=1.5) == pytest.approx(np.log((1 - np.exp(-6)) / 6), abs=1e-12)
    rows = unit(np.random.default_rng(7).normal(size=(3000, 16)))
    assert uniformity(rows) == pytest.approx(uniformity_floor(16), abs=0.01)


def test_effective_rank_counts_equal_directions_and_shares_out_unequal_ones():
    assert effective_rank(np.eye(6, dtype=np.float32)) == pytest.approx(6)
    assert effective_rank(unit(np.ones((20, 6)))) == pytest.approx(1, abs=1e-4)
    # Singular values 3 and 1: shares 3/4 and 1/4.
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert effective_rank(np.diag([3.0, 1.0]).astype(np.float32)) == pytest.approx(np.exp(entropy))
    with pytest.raises(LabError, match="metric.too_few"):
        effective_rank(np.zeros((0, 4), np.float32))


def test_how_often_each_of_five_is_a_neighbour():
    # From the table above, the two nearest: (10, 30) (0, 30) (10, 0) (115, 30) (100, 30).
    counts = k_occurrences(FIVE, 2)
    assert counts.tolist() == [2, 2, 4, 1, 1]
    centred = np.array([0, 0, 2, -1, -1])
    assert hubness(counts) == pytest.approx(np.mean(centred**3) / np.mean(centred**2) ** 1.5)
    assert hubness(np.full(9, 3)) == 0
    with pytest.raises(LabError, match="metric.too_few"):
        k_occurrences(FIVE, 5)


def test_many_dimensions_have_more_hubs_than_few():
    generator = np.random.default_rng(8)
    skewness = [hubness(k_occurrences(unit(generator.normal(size=(1500, d)) + 0.3), 10)) for d in (3, 100)]
    assert skewness[0] < 1 < skewness[1]


def test_rank_stability_counts_the_versions_that_keep_a_neighbour():
    nearest = np.array([7, 3, 9])
    changed = np.array([[3, 7, 1], [7, 2, 1], [1, 7, 3], [4, 5, 6]])
    assert rank_stability(nearest, changed).tolist() == [0.75, 0.5, 0]


def test_the_histogram_of_different_pairs_is_that_of_the_band():
    rows = np.random.default_rng(3).standard_normal((40, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    values = different_pairs(rows, pairs=500, seed=4)
    band = different_pair_band(rows, pairs=500, seed=4)
    assert values.shape == (500,) and histogram(values) == band.shares and sum(band.shares) == pytest.approx(1)
    assert band.middle == pytest.approx(np.median(values))
    assert histogram(np.array([-1.0, -0.9, 1.1, 0.0]), bins=4) == (0.5, 0, 0.25, 0.25)
