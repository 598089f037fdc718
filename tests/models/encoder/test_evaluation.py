"""Evaluation finds what is plainly there."""

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.core.device import Device
from contrastlab.data.datasets import Dataset
from contrastlab.models.encoder.evaluation import evaluate, recompressed
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
    assert set(metrics["linear"]) == {"embedding", "projection", "untrained", "pixels"}
    assert metrics["linear"]["embedding"] == metrics["linear"]["pixels"] == 1.0
    assert metrics["retrieval"]["pixels"] == {"recall@1": 1.0, "recall@5": 1.0, "recall@10": 1.0, "map@r": 1.0}
    for name, low in metrics["uniformity"]["floor"].items():
        assert -4 < low <= metrics["uniformity"][name] <= 0
    assert metrics["effective_rank"]["most"] == {"embedding": 24, "projection": 24, "untrained": 24}  # 24 rows
    assert 1 <= metrics["effective_rank"]["embedding"] <= 24
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
    metrics = evaluate(stored, coloured(40, "train", 0), coloured(12, "test", 1), CPU, baselines=False)
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


def test_twins_and_loss_come_from_the_recipe(tmp_path):
    found = {}
    for name in ("simclr", "light"):
        stored = save_checkpoint(
            tmp_path / "x", family="encoder", architecture=UNTRAINED_ARCHITECTURE, preprocessing={}, draft=True,
            training={"recipe": {"method": "supcon", "policy": name, "batch_size": 8, "temperature": 0.5}},
            weights=untrained_embedder(CPU).network.state_dict(),
        )
        found[name] = evaluate(stored, coloured(40, "train", 0), coloured(20, "test", 1), CPU, baselines=False)
    assert found["simclr"]["alignment"]["policy"] == "simclr" and found["simclr"]["alignment"]["pictures"] == 20
    assert 0 < found["light"]["alignment"]["embedding"] < found["simclr"]["alignment"]["embedding"]
    loss = found["light"]["loss"]
    assert loss["pictures"] == 8 and loss["chance"] == pytest.approx(np.log(15), abs=1e-3)
    assert loss["held_out"] == pytest.approx(loss["chance"], abs=0.05)  # untrained, nearly all projections are alike


def test_jpeg_costs_what_hangs_on_the_last_bits(tmp_path):
    """Classes told apart by a faint chequered pattern, which a strong compression wipes out."""
    generator = np.random.default_rng(0)
    ys, xs = np.mgrid[:32, :32]

    def chequered(count, split):
        labels = np.arange(count) % 2
        pattern = np.where((ys + xs) % 2, 4, -4)[..., None]
        pictures = 128 + np.where(labels == 0, 1, -1)[:, None, None, None] * pattern
        pictures = pictures + generator.integers(-1, 2, (count, 32, 32, 3))
        return Dataset("chequered", split, pictures.astype(np.uint8), labels, ("even", "odd"))

    stored = save_checkpoint(
        tmp_path / "x", family="encoder", architecture=UNTRAINED_ARCHITECTURE, preprocessing={}, training={},
        weights=untrained_embedder(CPU).network.state_dict(), draft=True,
    )
    found = evaluate(stored, chequered(60, "train"), chequered(40, "test"), CPU)["jpeg"]
    assert set(found) == {"as_stored", "again", "strong"}
    assert all(set(row) == {"embedding", "pixels"} for row in found.values())
    assert found["as_stored"]["pixels"] == 1.0 and found["strong"]["pixels"] < 0.8


def test_blocks_of_a_second_jpeg_lie_beside_those_of_the_first():
    steps = np.repeat(np.arange(4) * 60, 8).astype(np.uint8)  # flat in each block of 8 columns
    picture = np.broadcast_to(steps[None, :, None], (32, 32, 3)).copy()
    same, moved = recompressed(picture, 75, 0), recompressed(picture, 75, 4)
    assert same.shape == moved.shape == picture.shape
    assert np.abs(same.astype(int) - picture).max() <= 2 < np.abs(moved.astype(int) - picture).max()
