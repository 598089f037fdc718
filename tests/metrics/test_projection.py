"""Trustworthiness against scikit-learn's, and at its ends."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as reference

from contrastlab.core.errors import LabError
from contrastlab.metrics.projection import trustworthiness


def rows_and_places(count=200, seed=0):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((count, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, generator.uniform(size=(count, 2)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_it_agrees_with_an_independent_one(k):
    rows, chance = rows_and_places()
    for places in (chance, rows[:, :2], rows[:, :2] + 0.3 * chance):
        assert trustworthiness(rows, places, k=k) == pytest.approx(
            reference(rows, places, n_neighbors=k, metric="cosine"), abs=1e-5  # a near tie may fall to either side
        )


def test_the_truth_gives_one_and_chance_a_half():
    angle = np.sort(np.random.default_rng(1).uniform(0, 3, 150))
    circle = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    assert trustworthiness(circle, circle) == 1
    assert trustworthiness(*rows_and_places(400)) == pytest.approx(0.5, abs=0.05)


def test_a_fold_in_the_map_is_not_trusted():
    angle = np.linspace(0, 3, 150)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    folded = np.stack([np.abs(angle - 1.5), np.zeros(150)], 1).astype(np.float32)
    assert trustworthiness(circle, folded) < 0.8


def test_too_few_pictures_are_refused():
    rows, places = rows_and_places(24)
    with pytest.raises(LabError, match="metric.too_few"):
        trustworthiness(rows, places, k=12)
    with pytest.raises(LabError, match="metric.too_few"):
        trustworthiness(rows, places[:20], k=2)
