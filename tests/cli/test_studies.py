"""`study few-labels` prints what the study found; the long ones keep it in a file and go on where they stopped."""

import dataclasses
import json
from functools import partial

import numpy as np
import pytest
import torch

from contrastlab.cli import studies
from contrastlab.cli.main import main
from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.data.datasets import glyphs
from contrastlab.models.encoder.network import Encoder
from contrastlab.studies.low_data import WAYS
from contrastlab.studies.transfer import TransferSettings

TINY = {"widths": [4, 4, 8], "stem": 4, "head_hidden": 8, "projection": 4}


def test_few_labels_are_studied_on_the_checkpoints_own_data(tmp_path, capsys):
    torch.manual_seed(0)
    save_checkpoint(
        tmp_path / "tiny", family="encoder", architecture=TINY, preprocessing={"side": 28},
        training={"data": "glyphs"}, weights=Encoder(**TINY).state_dict(), draft=False,
    )
    settings = ["--encoder", "tiny", "--checkpoints", str(tmp_path), "--steps", "2", "--json"]
    assert main(["study", "few-labels", *settings]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "tiny" and found["data"] == "glyphs" and found["settings"]["steps"] == 2
    assert [row["labels"] for row in found["rows"]] == [100, 1000]
    assert all(len(row[way]) == 3 for row in found["rows"] for way in ("fine_tuned", "probe", "scratch"))


@pytest.fixture
def small_sets(monkeypatch):
    """Every data set has 15 pictures of each class, CIFAR-10's at its own side, and 13 labels make a batch of 128."""
    drawn = glyphs(250, 0)
    places = np.concatenate([np.flatnonzero(drawn.labels == label)[:15] for label in range(10)])

    def load(name, split, data_dir=None):
        pictures = drawn.pictures[places]
        if name == "cifar10":
            pictures = np.pad(pictures, [(0, 0), (2, 2), (2, 2), (0, 0)])
        return dataclasses.replace(drawn, name=name, split=split, pictures=pictures, labels=drawn.labels[places])

    monkeypatch.setattr(studies, "load", load)
    monkeypatch.setattr(studies, "_FEW", [(data, 13, *rest) for data, _, *rest in studies._FEW[1:]])
    monkeypatch.setattr(studies, "TransferSettings", partial(TransferSettings, bank=100, pictures=50))


@pytest.mark.parametrize("what", ["low-data", "transfer"])
def test_a_long_study_is_kept_in_a_file_and_asked_again_repeats_nothing(what, small_sets, tmp_path, capsys):
    out = tmp_path / "measured" / "found.json"
    settings = ["--steps", "1", "--seeds", "1", "--encoder", "untrained", "--runs", str(tmp_path), "--out", str(out)]
    assert main(["study", what, *settings]) == 0
    found = json.loads(out.read_text())
    assert found["settings"]["seeds"] == [0] and capsys.readouterr().out == f"{out}\n"
    if what == "low-data":
        assert [(row["data"], row["labels"], row["gan"]["steps"]) for row in found["rows"]] == [
            ("cifar10", 130, 1), ("mnist", 130, 1)
        ]
        assert found["settings"]["classifier"]["steps"] == 1
        assert all(len(row[way]) == 1 for row in found["rows"] for way in WAYS)
    else:
        assert (found["source"], found["target"]) == ("glyphs", "mnist")
        assert [row["steps"] for row in found["rows"]] == [1] * len(found["rows"])
    out.unlink()
    assert main(["study", what, *settings]) == 0
    assert json.loads(out.read_text()) == found
    # Every cell is told with the time it took: none the second time.
    told = [line.rsplit("  ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert len(told) > 5 and set(told) == {"0:00"}


@pytest.mark.parametrize("wrong", [["--seeds", "0"], ["--steps", "0"]])
@pytest.mark.parametrize("what", ["low-data", "transfer"])
def test_nothing_to_do_is_one_clear_line(what, wrong, small_sets, tmp_path, capsys):
    assert main(["study", what, *wrong, "--runs", str(tmp_path), "--out", str(tmp_path / "x.json")]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and wrong[0].strip("-") in told
    assert not (tmp_path / "x.json").exists()
