"""The benchmark of augmentation: its rows, its ratios, and a peer in another Python that is asked over pipes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from contrastlab.benchmark import augment as benchmark
from contrastlab.benchmark.peer import SCRIPT
from contrastlab.core.errors import LabError
from contrastlab.text import say

#: Stands for the real package, which is never installed here: it takes any argument and changes nothing.
STAND_IN = """
__version__ = "0.0-stand-in"
class Anything:
    def __init__(self, *values, **named):
        self.steps = values[0] if values and isinstance(values[0], list) else []
    def __call__(self, image):
        return {"image": image}
RandomResizedCrop = HorizontalFlip = ColorJitter = ToGray = Affine = Anything
Rotate = Equalize = GaussianBlur = Compose = Anything
"""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows instead of all, with few pictures and once each."""
    monkeypatch.setattr(benchmark, "_BATCH", 4)
    monkeypatch.setattr(benchmark, "_LEAST_SECONDS", 0)
    benchmark._small_pictures.cache_clear()
    some = [task for task in benchmark.tasks() if task.peer in ("simclr-32", "jitter-256", "")]
    monkeypatch.setattr(benchmark, "tasks", lambda: some)


@pytest.mark.usefixtures("quick")
def test_rows_without_the_peer_say_so() -> None:
    rows = benchmark.measure(rounds=2)["rows"]
    assert {row["peer_name"] for row in rows} == {"torchvision v2", "torchvision v2 (PIL)", "AlbumentationsX"}
    for row in rows:
        assert row["ours"] > 0 and row["unit"] == "pictures/s" and row["threads"] == 1
        if row["peer_name"] == "AlbumentationsX":
            assert row["peer"] == row["ratio"] == "not installed"
        else:
            assert row["peer"] > 0 and row["ratio"] > 0
    goals = {(row["name"], row["peer_name"]): row["goal"] for row in rows}
    assert goals["32 px: SimCLR, batches", "AlbumentationsX"] == 8
    assert goals["32 px: SimCLR, batches", "torchvision v2"] == 25
    assert goals["256 px: colour jitter", "AlbumentationsX"] == 10


@pytest.mark.usefixtures("quick")
def test_the_peer_runs_in_its_own_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "albumentations.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    rows = benchmark.measure(rounds=1, peer_python=Path(sys.executable))["rows"]
    peers = [row for row in rows if row["peer_name"] == "AlbumentationsX 0.0-stand-in"]
    # The stand-in does nothing and is as fast as that: a ratio of 0.00 is a true one, "not installed" is not.
    assert len(peers) == 4 and all(row["peer"] > 0 and isinstance(row["ratio"], float) for row in peers)
    assert "albumentations" not in sys.modules


def test_every_row_with_a_peer_has_its_task_there() -> None:
    for task in benchmark.tasks():
        assert not task.peer or f'"{task.peer}": ' in SCRIPT


def test_a_python_without_the_peer_is_one_clear_error(tmp_path: Path) -> None:
    for python in (Path(sys.executable), tmp_path / "no-such-python"):
        with pytest.raises(LabError, match="benchmark.failed") as caught:
            benchmark.measure(rounds=1, peer_python=python)
        assert say("error.benchmark.failed", "zh", **caught.value.facts)
    with pytest.raises(LabError, match="albumentations"):
        benchmark.measure(rounds=1, peer_python=Path(sys.executable))


def test_ratios_are_the_median_of_the_rounds_own() -> None:
    # A slow spell of the machine hits both: 2, 2, 3 and not the ratio of the medians.
    speeds = {"ours": [100.0, 20.0, 300.0], "torchvision v2": [50.0, 10.0, 100.0]}
    task = benchmark.Task("t", 1, object, {"torchvision v2": object}, "", {"torchvision": 2})
    row = benchmark._row(task, "torchvision v2", speeds, 3)
    assert row["ratio"] == 2 and row["ours"] == 100 and row["peer"] == 50 and row["goal"] == 2


def test_pictures_are_the_same_every_time() -> None:
    benchmark._small_pictures.cache_clear()
    first = benchmark._small_pictures()
    benchmark._small_pictures.cache_clear()
    assert np.array_equal(first, benchmark._small_pictures())
    assert first.shape == (512, 32, 32, 3) and benchmark._photograph().shape == (256, 256, 3)
