"""The linear probe finds what a straight cut can tell apart, and only that."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.metrics.probe import linear_probe
from contrastlab.metrics.retrieval import knn_accuracy


def blobs(count, seed, centres):
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % len(centres)
    return (np.array(centres)[labels] + generator.normal(0, 0.3, (count, 2))).astype(np.float32), labels


CORNERS = [(2, 0), (-2, 0), (0, 3)]


def test_classes_with_a_straight_border_are_told_apart_whatever_the_scale_of_a_dimension():
    (bank, labels), (queries, asked) = blobs(90, 0, CORNERS), blobs(60, 1, CORNERS)
    found = linear_probe(bank, labels, queries, asked)
    assert found == 1.0
    scale, shift = np.array([1000, 1e-3], np.float32), np.array([5e3, 0], np.float32)
    assert linear_probe(bank * scale + shift, labels, queries * scale + shift, asked) == found
    dead = [np.concatenate([rows, np.full((len(rows), 1), 7, np.float32)], axis=1) for rows in (bank, queries)]
    assert linear_probe(dead[0], labels, dead[1], asked) == found


def test_a_chequered_board_is_beyond_it_though_not_beyond_neighbours():
    board = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    (bank, corners), (queries, asked) = blobs(400, 0, board), blobs(200, 1, board)
    assert linear_probe(bank, corners % 2, queries, asked % 2) < 0.65
    assert knn_accuracy(bank, corners % 2, queries, asked % 2) > 0.95


def test_it_finds_the_minimum_of_its_loss_and_the_same_one_every_time():
    """Overlapping classes along one line: the cut of penalised logistic regression, found by bisection in float64."""
    generator = np.random.default_rng(3)
    labels = (generator.random(400) < 0.3).astype(np.int64)
    bank = (generator.normal(0, 1, 400) + 1.5 * labels).astype(np.float32)[:, None]
    grid = np.linspace(-4, 6, 4001, dtype=np.float32)[:, None]

    def cut(penalty):
        share = linear_probe(bank, labels, grid, np.ones(len(grid), np.int64), penalty=penalty)
        assert share == linear_probe(bank, labels, grid, np.ones(len(grid), np.int64), penalty=penalty)
        return 6 - 10 * share

    def minimum(penalty):
        x = ((bank - bank.mean()) / bank.std())[:, 0].astype(np.float64)
        w = b = 0.0
        for _ in range(20_000):  # plain descent on the two numbers that matter: the difference of both rows
            p = 1 / (1 + np.exp(-(w * x + b)))
            w -= 1.0 * (((p - labels) * x).mean() + penalty * w)
            b -= 1.0 * (p - labels).mean()
        return float(bank.mean() + bank.std() * -b / w)

    for penalty in (1e-4, 0.1):
        assert cut(penalty) == pytest.approx(minimum(penalty), abs=0.02)


def test_nothing_to_learn_from_is_refused():
    rows, labels = np.zeros((0, 2), np.float32), np.zeros(0, np.int64)
    with pytest.raises(LabError, match="metric.too_few"):
        linear_probe(rows, labels, np.ones((1, 2), np.float32), np.zeros(1, np.int64))
