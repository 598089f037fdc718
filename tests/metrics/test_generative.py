"""Distances of clouds against closed forms, slow references and clouds that can be judged by eye."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.metrics.generative import (
    frechet_distance,
    kernel_distance,
    manifold,
    memorised,
    nearest_distances,
)


def cloud(seed, count, dimension=4, shift=0.0, scale=1.0):
    return shift + scale * np.random.default_rng(seed).normal(size=(count, dimension))


def exactly_normal(count, mean, covariance):
    """Rows whose sample mean and covariance are these to rounding."""
    rows = cloud(0, count, len(mean))
    rows -= rows.mean(0)
    rows = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows.T))).T
    return mean + rows @ np.linalg.cholesky(covariance).T


def test_frechet_distance_of_normal_clouds_is_the_closed_form():
    first, second = np.diag([1.0, 4.0, 9.0]), np.diag([4.0, 4.0, 1.0])
    rows = exactly_normal(50, np.zeros(3), first), exactly_normal(70, np.array([1.0, 2.0, 2.0]), second)
    # |m|^2 = 9, and (s1 - s2)^2 = 1 + 0 + 4 along the axes.
    assert frechet_distance(*rows) == pytest.approx(9 + 5)
    turned = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, -0.5], [-0.5, 2.0]])
    rows = exactly_normal(40, np.zeros(2), turned[0]), exactly_normal(40, np.ones(2), turned[1])
    expected = 2 + np.trace(turned[0] + turned[1]) - 2 * np.sqrt(np.linalg.eigvals(turned[0] @ turned[1])).sum()
    assert frechet_distance(*rows) == pytest.approx(expected)
    assert frechet_distance(*rows) == pytest.approx(frechet_distance(*rows[::-1]))


def test_frechet_distance_of_equal_or_flat_clouds():
    rows = cloud(1, 6, 10)  # fewer rows than dimensions: the covariance has no inverse
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-8)
    point = np.zeros((5, 3))
    assert frechet_distance(point, point + 2) == pytest.approx(12)
    assert frechet_distance(point, exactly_normal(9, np.zeros(3), np.eye(3))) == pytest.approx(3)
    assert frechet_distance(cloud(2, 9, 1), cloud(3, 9, 1)) >= 0


def test_kernel_distance_is_the_double_sum():
    first, second = cloud(0, 12), cloud(1, 12, shift=0.5)

    def kernel(x, y):
        return (x @ y / 4 + 1) ** 3

    pairs = [(i, j) for i in range(12) for j in range(12)]
    within = sum(kernel(a[i], a[j]) for a in (first, second) for i, j in pairs if i != j) / (12 * 11)
    between = sum(kernel(first[i], second[j]) for i, j in pairs) / 144
    found = kernel_distance(first, second)
    assert found.distance == pytest.approx(within - 2 * between) and np.isnan(found.error)


def test_kernel_distance_is_without_bias_and_its_error_is_true():
    same = [kernel_distance(cloud(2 * n, 100), cloud(2 * n + 1, 120), block=20) for n in range(40)]
    distances = np.array([one.distance for one in same])
    assert abs(distances.mean()) < 3 * distances.std() / 40**0.5 and (distances < 0).any()
    assert np.mean([one.error for one in same]) == pytest.approx(distances.std(), rel=0.5)
    apart = kernel_distance(cloud(0, 100), cloud(1, 100, shift=1.0), block=20)
    assert apart.distance > 5 * apart.error > 0


def slow_manifold(real, made, k, k_density):
    def distance(x, y):
        return np.sqrt(((x - y) ** 2).sum())

    def radius(rows, i, k):
        return sorted(distance(rows[i], other) for j, other in enumerate(rows) if j != i)[k - 1]

    narrow = [radius(real, i, k) for i in range(len(real))]
    wide = [radius(real, i, k_density) for i in range(len(real))]
    of_made = [radius(made, j, k) for j in range(len(made))]
    gaps = np.array([[distance(x, y) for y in made] for x in real])
    inside = gaps <= np.array(wide)[:, None]
    return (
        np.mean((gaps <= np.array(narrow)[:, None]).any(0)), np.mean((gaps <= np.array(of_made)).any(1)),
        inside.sum() / k_density / len(made), np.mean(inside.any(1)),
    )


def test_the_manifolds_are_those_of_a_slow_reference(monkeypatch):
    monkeypatch.setattr("contrastlab.metrics.generative._CHUNK", 7)
    real, made = cloud(0, 30, 3), cloud(1, 25, 3, shift=0.7, scale=0.6)
    for k, k_density in ((3, 5), (4, 2)):
        found = manifold(real, made, k=k, k_density=k_density)
        expected = slow_manifold(real, made, k, k_density)
        assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(expected)


def test_the_manifolds_of_clouds_that_can_be_judged_by_eye():
    real = cloud(0, 200)
    same = manifold(real, real)
    assert same.precision == same.recall == same.coverage == 1 and same.density >= 1
    far = manifold(real, cloud(1, 200, shift=100.0))
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)
    one_good = manifold(real, np.repeat(real[np.abs(real).sum(1).argmin()][None], 200, axis=0))
    assert one_good.precision == 1 and one_good.recall <= 0.01 and one_good.coverage < 0.2
    alike = manifold(real, cloud(2, 200))
    assert alike.density == pytest.approx(1, abs=0.3) and alike.coverage == pytest.approx(1 - 2**-5, abs=0.06)
    # A wider cloud covers the real one and is not good; a narrower one is good and covers little of it.
    wide, narrow = (manifold(real, cloud(2, 200, scale=scale)) for scale in (3.0, 0.3))
    assert wide.precision < narrow.precision and wide.recall > narrow.recall and narrow.coverage < alike.coverage


def test_a_generator_that_copies_is_found_and_one_that_does_not_is_at_the_percentile(monkeypatch):
    monkeypatch.setattr("contrastlab.metrics.generative._CHUNK", 7)
    train, test, fresh = cloud(0, 500), cloud(1, 1000), cloud(2, 1000)
    to_train = nearest_distances(train, test)
    assert to_train[3] == pytest.approx(np.sqrt(((train - test[3]) ** 2).sum(1)).min())
    assert memorised(to_train, to_train) == pytest.approx(0.01)
    assert memorised(nearest_distances(train, fresh), to_train) < 0.03
    copies = np.concatenate([train[:300], fresh[:700]])
    assert memorised(nearest_distances(train, copies), to_train) == pytest.approx(0.3, abs=0.03)
    assert nearest_distances(train, train).max() < 1e-6


@pytest.mark.parametrize("ask", [
    lambda: frechet_distance(cloud(0, 1), cloud(0, 9)),
    lambda: kernel_distance(cloud(0, 9), cloud(0, 1)),
    lambda: manifold(cloud(0, 5), cloud(0, 9)),
    lambda: manifold(cloud(0, 9), cloud(0, 5)),
    lambda: nearest_distances(cloud(0, 9), np.zeros((0, 4))),
    lambda: memorised(np.zeros(0), np.ones(3)),
])
def test_too_few_rows_are_refused(ask):
    with pytest.raises(LabError, match="metric.too_few"):
        ask()
