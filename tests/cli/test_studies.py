"""`study few-labels` prints what the study found, and takes another number of steps."""

import json

import torch

from contrastlab.cli.main import main
from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.models.encoder.network import Encoder

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
