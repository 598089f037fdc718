"""What a generator reaches is measured on three kinds of pictures, kept for it alone, and judges a search."""

import json

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset
from contrastlab.models.gan.inference import load_generator
from contrastlab.studies.inversion import invert
from contrastlab.studies.reach import Reach, foreign, measure_reach, read_reach, write_reach
from tests.models.gan.test_inference import save_tiny

CPU = Device("cpu", torch.float32)


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return load_generator(save_tiny(tmp_path_factory.mktemp("checkpoints") / "gan-tiny"), CPU)


@pytest.fixture(scope="module")
def real():
    noise = np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3), np.uint8)
    return Dataset("toy", "test", noise, np.zeros(9, np.int64), ("cat",))


@pytest.fixture(scope="module")
def measured(generator, real):
    return list(measure_reach(generator, None, real, count=5, steps=30, restarts=3))


def test_its_own_pictures_are_the_nearest(generator, real, measured):
    assert [now.done for now in measured] == [*range(15), 15] and {now.total for now in measured} == {15}
    reach = measured[-1].reach
    assert all(now.reach is None for now in measured[:-1])
    assert (reach.weights, reach.encoder, reach.steps, reach.restarts) == (generator.key, "", 30, 3)
    assert all(len(losses) == 5 and list(losses) == sorted(losses) for losses in (reach.own, reach.real, reach.foreign))
    assert max(reach.own) < min(reach.real)
    *_, last = invert(generator, generator.generate([1_000_001], [1])[0], steps=30, restarts=3)
    assert any(last.loss == pytest.approx(loss, abs=1e-4) for loss in reach.own)
    assert reach.verdict(last.loss) == "own" and reach.verdict(reach.real[0]) == "real"


def test_the_verdict_follows_the_limits():
    reach = Reach("w", "", 1, 1, tuple(range(101)), tuple(range(100, 201)), (190.0, 210.0, 300.0, 400.0))
    assert reach.limits == (95, 195) and reach.told == 0.75
    verdicts = [reach.verdict(loss) for loss in (0, 95, 96, 195, 196, float("nan"))]
    assert verdicts == ["own", "own", "real", "real", "outside", "outside"]
    assert reach.nearer("own", 50) == pytest.approx(50 / 101) and reach.nearer("foreign", 0) == 0
    # Real pictures that come nearer than its own do not turn the order round.
    assert Reach("w", "", 1, 1, (5.0, 5.0), (1.0, 1.0), (9.0,)).limits == (5, 5)


def test_it_is_kept_for_these_weights_and_this_encoder_alone(generator, measured, tmp_path):
    path, reach = tmp_path / "inversion.json", measured[-1].reach
    assert read_reach(path, generator, None) is None
    write_reach(path, reach)
    assert read_reach(path, generator, None) == reach

    class Other:
        key = "other"

    assert read_reach(path, Other, None) is None and read_reach(path, generator, Other) is None
    for broken in ("", "[]", "{}", json.dumps({"weights": generator.key}), '{"own": "abc"}', "null"):
        path.write_text(broken)
        assert read_reach(path, generator, None) is None
    told = {"weights": generator.key, "encoder": "", "steps": 1, "restarts": 1, "own": [], "real": [1], "foreign": [1]}
    path.write_text(json.dumps(told))
    assert read_reach(path, generator, None) is None


def test_foreign_pictures_are_squares_and_always_the_same():
    one, again = foreign(9), foreign(9)
    assert all(np.array_equal(a, b) and a.shape[0] == a.shape[1] for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0][:50, :50], one[7][:50, :50])  # the same photograph, another square


def test_too_few_real_pictures_are_told(generator):
    none = Dataset("toy", "test", np.zeros((1, 16, 16, 3), np.uint8), np.zeros(1, np.int64), ("cat",))
    with pytest.raises(LabError, match=r"metric\.too_few"):
        next(measure_reach(generator, None, none))
