"""`evaluate restorer` on any clean pictures."""

import json

import torch

from contrastlab.cli import main
from contrastlab.core.checkpoint import read_config
from contrastlab.core.images import encode_png
from contrastlab.data.datasets import photo
from contrastlab.models.restorer.evaluation import cases
from tests.models.restorer.tiny import save_tiny


def test_any_folder_or_data_set_can_be_measured_and_only_the_usual_one_is_kept(tmp_path, monkeypatch, capsys):
    save_tiny(tmp_path / "checkpoints" / "restorer")
    own, sets = tmp_path / "own", tmp_path / "sets"
    for folder in (own, sets / "cbsd68"):
        folder.mkdir(parents=True)
        (folder / "a.png").write_bytes(encode_png(photo("chelsea")[100:140, 100:150]))
    torch.set_num_threads(1)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CONTRASTLAB_DATA", raising=False)
    few = [case for case in cases() if (case.name, case.strength) in (("noise", 25), ("clean", 0))]
    monkeypatch.setattr("contrastlab.models.restorer.evaluation.cases", lambda: few)
    base = ["evaluate", "restorer", "--checkpoints", str(tmp_path / "checkpoints"), "--json"]

    def told(data):
        assert main([*base, "--data", str(data)]) == 0
        return json.loads(capsys.readouterr().out)["restoration"]

    assert told(own)["data"] == "own"
    monkeypatch.setenv("CONTRASTLAB_DATA", str(sets))
    monkeypatch.chdir(tmp_path)
    assert read_config(tmp_path / "checkpoints" / "restorer").metrics == {}
    assert told("cbsd")["data"] == "cbsd" and told(sets)["pictures"] == 1
    row = read_config(tmp_path / "checkpoints" / "restorer").metrics["restoration"]["cases"][0]
    assert row["published_input"] < row["input"]
