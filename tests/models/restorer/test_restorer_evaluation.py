"""What `evaluate` says of the restorer and of those it is compared with."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import load_checkpoint
from contrastlab.core.device import Device
from contrastlab.data.datasets import Dataset, photo
from contrastlab.models.restorer.classical import METHODS
from contrastlab.models.restorer.evaluation import cases, evaluate, measure
from tests.models.restorer.tiny import save_tiny

CPU = Device("cpu", torch.float32)
CLEAN = photo("chelsea")[100:140, 100:150]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_measured_on_pictures():
    """The one that gives back the truth has all the decibels, the one that does nothing those of the input."""
    clean = photo("chelsea")[100:180, 100:180]
    listed = {(case.name, case.strength): case for case in cases()}
    noise = listed["noise", 25]
    literal = replace(noise, damage=noise.published)
    idle = measure(literal, [clean], lambda levels, _: levels)
    assert idle["input"] == pytest.approx(20.17, abs=0.15)
    # Clipping to what a file holds takes a little of the noise away.
    assert idle["restored"] >= idle["input"]
    assert measure(noise, [clean], lambda levels, _: levels)["input"] > idle["input"]
    true = measure(noise, [clean], lambda *_: clean.astype(np.float32))
    assert true["restored"] is None and true["worst"] is None and true["shift"] == 0 and true["ssim"] == 1
    holes = listed["holes", "blocks"]
    filled = measure(holes, [clean], lambda levels, missing: np.where(missing[:, :, None], 128, levels))
    assert filled["restored"] > filled["input"]


def test_the_worst_picture_and_a_shift_of_colour_are_told():
    case = next(case for case in cases() if case.name == "clean")
    brighter = iter((1, 5, 3))
    rows = measure(case, [CLEAN, CLEAN, CLEAN], lambda levels, _: levels + next(brighter))
    assert rows["worst_picture"] == 1 and rows["shift"] == pytest.approx(5, abs=0.3)
    assert rows["worst"] == pytest.approx(20 * np.log10(255 / 5), abs=0.3)


def test_every_damage_has_the_network_and_the_methods_meant_for_it(tmp_path):
    save_tiny(tmp_path / "a")
    data = Dataset("toy", "test", (CLEAN,), np.array([-1]), ())
    heard = []
    found = evaluate(load_checkpoint(tmp_path / "a"), data, data, CPU, on_progress=heard.append)
    rows = found["restoration"]["cases"]
    assert found["restoration"]["pictures"] == 1 and heard[-1] == 1
    assert [row["strength"] for row in rows if row["method"] == "a"] == [case.strength for case in cases()]
    for name, method in METHODS.items():
        damages = {row["damage"] for row in rows if row["method"] == name}
        assert damages and damages <= set(method.against)
    noise = next(row for row in rows if row["damage"] == "noise" and row["strength"] == 25 and row["method"] == "a")
    assert noise["published_input"] == pytest.approx(20.17, abs=0.3) and noise["published"] is not None
    assert all("published" not in row for row in rows if row["method"] != "a" or row["damage"] != "noise")
    assert rows[-1]["damage"] == "clean" and rows[-1]["input"] is None
    assert set(found["estimates"]["noise"]) == {"15", "25", "50"}
    assert set(found["estimates"]["quality"]) == {"10", "20", "30", "40"}
    alone = evaluate(load_checkpoint(tmp_path / "a"), data, data, CPU, baselines=False)
    assert {row["method"] for row in alone["restoration"]["cases"]} == {"a"}
