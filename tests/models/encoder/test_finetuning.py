"""Few labels: balanced and nested draws, three ways that differ, the same numbers every time."""

import dataclasses

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import load_checkpoint, save_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset, glyphs
from contrastlab.data.seen import seen
from contrastlab.models.encoder import finetuning
from contrastlab.models.encoder.finetuning import FewLabels, balanced, few_labels
from contrastlab.models.encoder.network import Encoder

CPU = Device("cpu", torch.float32)
TINY = {"widths": [8, 16, 16], "stem": 8, "head_hidden": 8, "projection": 4}
QUICK = FewLabels(shares=(0.2, 0.6), seeds=(0, 1), steps=8, batch_size=16)


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(
        tmp_path / "x", family="encoder", architecture=TINY, preprocessing={"side": 28}, training={},
        weights=Encoder(**TINY).state_dict(), draft=True,
    )
    return load_checkpoint(tmp_path / "x")


def digits(count, seed, split="train"):
    drawn = glyphs(count, seed)
    return Dataset("glyphs", split, drawn.pictures, drawn.labels, drawn.classes)


def test_labels_are_drawn_evenly_and_fewer_are_among_more():
    labels = np.repeat(np.arange(4), [50, 60, 70, 80])
    few, many = (balanced(labels, share, seed=3) for share in (0.05, 0.4))
    assert np.bincount(labels[few]).tolist() == [3] * 4 and np.bincount(labels[many]).tolist() == [26] * 4
    assert set(few) < set(many) and len(set(many)) == len(many)
    assert set(few) != set(balanced(labels, 0.05, seed=4)) and np.array_equal(few, balanced(labels, 0.05, seed=3))


def test_every_way_has_an_accuracy_a_seed_and_their_mean(checkpoint):
    heard = []
    train, test = digits(200, 1), digits(60, 2, "test")
    found = few_labels(checkpoint, train, test, CPU, QUICK, on_progress=heard.append)
    assert heard == [0.25, 0.5, 0.75, 1.0]
    assert found["sha256"] == checkpoint.sha256 and found["settings"]["steps"] == 8 and found["test"] == 60
    assert [row["labels"] for row in found["rows"]] == [40, 120]
    for row in found["rows"]:
        for way in ("fine_tuned", "probe", "scratch"):
            assert len(row[way]) == 2 and all(0 <= share <= 1 for share in row[way])
            assert row["mean"][way] == pytest.approx(np.mean(row[way]), abs=1e-4)
    assert found["rows"] == few_labels(checkpoint, train, test, CPU, QUICK)["rows"]


def test_weights_that_know_the_digits_are_worth_more_than_none(checkpoint):
    """Trained on many digits, the network answers better after a few steps with few labels than a fresh one."""
    train, test = digits(600, 1), digits(200, 2, "test")
    long = FewLabels(steps=250, batch_size=64, policy="digits")
    classifier = finetuning._trained(
        TINY, None, seen(train, 28), train.labels, 0.2, long, seed=0, device=CPU
    )
    backbone = {f"backbone.{name}": weight for name, weight in classifier[0].state_dict().items()}
    knowing = dataclasses.replace(checkpoint, weights={**checkpoint.weights, **backbone})
    settings = FewLabels(shares=(0.1,), seeds=(0,), steps=30, batch_size=32, policy="digits")
    (row,) = few_labels(knowing, digits(600, 3), test, CPU, settings)["rows"]
    assert row["fine_tuned"][0] > row["scratch"][0] + 0.1 and row["probe"][0] > row["scratch"][0] + 0.1


def test_a_data_set_without_classes_is_refused(checkpoint):
    bare = Dataset("bare", "train", digits(20, 1).pictures, np.full(20, -1), ())
    with pytest.raises(LabError, match="training.no_labels"):
        few_labels(checkpoint, bare, bare, CPU)
