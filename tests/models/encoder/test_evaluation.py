"""Evaluation finds what is plainly there."""

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.core.device import Device
from contrastlab.data.datasets import Dataset
from contrastlab.models.encoder.evaluation import evaluate
from contrastlab.models.encoder.inference import UNTRAINED_ARCHITECTURE, untrained_embedder

CPU = Device("cpu", torch.float32)


def coloured(count, split, seed):
    """Noise on two grounds, red and blue: any embedder that sees colour tells them apart."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    pictures = generator.integers(0, 60, (count, 32, 32, 3), dtype=np.uint8)
    pictures[labels == 0, ..., 0] += 180
    pictures[labels == 1, ..., 2] += 180
    return Dataset("coloured", split, pictures, labels, ("red", "blue"))


def test_every_embedder_is_measured_and_bands_are_kept(tmp_path):
    network = untrained_embedder(CPU, seed=3).network
    stored = save_checkpoint(
        tmp_path / "x", family="encoder", architecture={**UNTRAINED_ARCHITECTURE, "widths": [64, 256, 256]},
        preprocessing={}, training={}, weights=network.state_dict(), draft=True,
    )
    heard = []
    metrics = evaluate(stored, coloured(60, "train", 0), coloured(24, "test", 1), CPU, on_progress=heard.append)
    assert heard[-1] == 1.0 and heard == sorted(heard)
    knn = metrics["knn"]
    assert (knn["k"], knn["train"], knn["test"]) == (20, 60, 24)
    assert knn["embedding"] == knn["untrained"] == knn["pixels"] == 1.0
    bands = metrics["different_pairs"]
    assert set(bands) == {"embedding", "untrained", "pixels"}
    for band in bands.values():
        assert -1 <= band["low"] <= band["middle"] <= band["high"] <= 1 + 1e-6
        assert sum(band["shares"]) == pytest.approx(1)


def test_baselines_can_be_left_out(tmp_path):
    stored = save_checkpoint(
        tmp_path / "x", family="encoder", architecture={**UNTRAINED_ARCHITECTURE, "widths": [64, 256, 256]},
        preprocessing={}, training={}, weights=untrained_embedder(CPU).network.state_dict(), draft=True,
    )
    metrics = evaluate(stored, coloured(40, "train", 0), coloured(8, "test", 1), CPU, baselines=False)
    assert set(metrics["knn"]) == {"k", "train", "test", "embedding", "projection"}
    assert set(metrics["different_pairs"]) == {"embedding"}


def test_shuffled_labels_bring_every_embedder_down_to_chance(tmp_path):
    stored = save_checkpoint(
        tmp_path / "x", family="encoder", architecture={**UNTRAINED_ARCHITECTURE, "widths": [64, 256, 256]},
        preprocessing={}, training={}, weights=untrained_embedder(CPU).network.state_dict(), draft=True,
    )
    train, test = coloured(80, "train", 0), coloured(60, "test", 1)
    shuffled = np.random.default_rng(5).permutation(test.labels)
    metrics = evaluate(stored, train, Dataset("coloured", "test", test.pictures, shuffled, test.classes), CPU)
    assert 0.3 < metrics["knn"]["embedding"] < 0.7
