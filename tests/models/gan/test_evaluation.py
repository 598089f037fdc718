"""What `evaluate` says of collapse is what the pictures say."""

import numpy as np
import pytest

from contrastlab.data.datasets import Dataset
from contrastlab.models.gan.evaluation import evaluate, spread
from tests.models.gan.test_inference import CLASSES, CPU, save_tiny


def test_spread_is_the_root_mean_square_difference_of_two_pictures():
    pictures = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3), np.uint8)
    pairs = [
        ((pictures[a].astype(float) - pictures[b]) ** 2).mean() for a in range(7) for b in range(7) if a != b
    ]
    assert spread(pictures) == pytest.approx(np.sqrt(np.mean(pairs)))
    assert spread(pictures[:1].repeat(5, axis=0)) == 0


def test_evaluate_sets_generated_pictures_beside_real_ones(tmp_path):
    checkpoint = save_tiny(tmp_path / "gan-tiny")
    pictures = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 3), np.uint8)
    test = Dataset("toy", "test", pictures, np.arange(60) % 3, tuple(CLASSES))
    heard = []
    found = evaluate(checkpoint, test, test, CPU, on_progress=heard.append)["diversity"]
    assert found["pictures"] == 60 and heard[-1] == 1
    assert found["test"] == pytest.approx(spread(pictures), abs=0.01)
    assert 0 < found["generated_within_class"] <= found["generated"] * 1.1 < found["test"]
