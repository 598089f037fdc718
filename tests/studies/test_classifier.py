"""The small classifier learns what pictures hold, and nothing from pictures that hold nothing."""

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import glyphs
from contrastlab.studies.classifier import ClassifierSettings, classify, train_classifier

CPU = Device("cpu", torch.float32)
TINY = ClassifierSettings(steps=100, batch_size=32, policy="digits", widths=(8, 16, 32), side=20)


def test_it_learns_digits_from_digits_and_nothing_from_shuffled_labels():
    train, test = glyphs(400, 0), glyphs(100, 1)
    heard = []
    taught = train_classifier(train.pictures, train.labels, 10, CPU, TINY, on_progress=heard.append)
    assert (classify(taught, test.pictures, CPU, TINY) == test.labels).mean() > 0.6
    assert heard == sorted(heard) and heard[-1] == 1
    shuffled = np.random.default_rng(0).permutation(train.labels)
    misled = train_classifier(train.pictures, shuffled, 10, CPU, TINY)
    assert (classify(misled, test.pictures, CPU, TINY) == test.labels).mean() < 0.3


def test_the_same_pictures_give_the_same_classifier_whatever_the_global_state():
    data = glyphs(40, 0)
    short = ClassifierSettings(steps=3, batch_size=16, policy="digits", widths=(4, 4, 4))
    torch.manual_seed(1)
    first = train_classifier(data.pictures, data.labels, 10, CPU, short)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    second = train_classifier(data.pictures, data.labels, 10, CPU, short)
    assert torch.equal(torch.get_rng_state(), state)
    weights = (one.state_dict().values() for one in (first, second))
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_no_picture_teaches_nothing():
    with pytest.raises(LabError, match="training.too_few"):
        train_classifier(np.zeros((0, 28, 28, 3), np.uint8), np.zeros(0, np.int64), 10, CPU, TINY)
