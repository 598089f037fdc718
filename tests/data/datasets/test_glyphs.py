"""Drawn digits."""

import numpy as np

from contrastlab.data import datasets
from tests.data.datasets.tiny import refusal


def test_glyphs_are_endless_labelled_and_repeatable():
    few, many = datasets.glyphs(50, 7), datasets.glyphs(400, 7)
    assert (few.pictures.shape, few.pictures.dtype, few.labels.dtype) == ((50, 28, 28, 3), np.uint8, np.int64)
    assert np.array_equal(few.pictures, many.pictures[:50])
    assert np.array_equal(few.labels, many.labels[:50])
    assert not np.array_equal(few.pictures, datasets.glyphs(50, 8).pictures)
    assert len(np.unique(many.pictures.reshape(400, -1), axis=0)) == 400
    assert np.bincount(many.labels, minlength=10).min() > 15
    assert many.classes == tuple("0123456789")
    for wrong in ((0, 1), (5, -1), (2.5, 1)):
        assert refusal(datasets.glyphs, *wrong).key.startswith("knob.")


def test_glyphs_look_like_digits():
    """White strokes on black, inside the frame, and the nearest neighbour in pixels is mostly the same digit."""
    train, test = datasets.glyphs(3000, 0), datasets.glyphs(300, 1)
    assert train.pictures[:, [0, -1]].mean() < 8
    assert train.pictures.reshape(3000, -1).max(axis=1).min() > 200
    assert 15 < train.pictures.mean() < 70
    known = train.pictures[..., 0].reshape(3000, -1).astype(np.float32)
    asked = test.pictures[..., 0].reshape(300, -1).astype(np.float32)
    distance = (known**2).sum(1)[None] - 2 * asked @ known.T
    assert (train.labels[distance.argmin(1)] == test.labels).mean() > 0.85


def test_glyphs_as_a_data_set_have_splits_that_differ():
    train, test = datasets.load("glyphs", "train"), datasets.load("glyphs", "test")
    assert (len(train), len(test), train.split, test.split) == (10_000, 2_000, "train", "test")
    assert not np.array_equal(train.pictures[:2000], test.pictures)
