"""The benchmark's rows, on a restorer small enough to be drawn on the spot."""

import json

import pytest
import torch

from contrastlab import cards
from contrastlab.benchmark import restore, rounds
from contrastlab.core.errors import LabError
from tests.models.restorer.tiny import save_tiny


@pytest.fixture
def checkpoints(tmp_path):
    torch.set_num_threads(1)
    save_tiny(tmp_path / "restorer")
    (tmp_path / "index.json").write_text(json.dumps({"checkpoints": ["restorer"]}))
    return tmp_path


def test_every_row_is_measured_and_the_table_shows_them(checkpoints, monkeypatch):
    monkeypatch.setattr(rounds, "LEAST", 0.001)
    found = restore.measure(rounds=1, checkpoints=checkpoints, pixels=40_000)
    peer, tiles, memory = found["rows"]
    assert (peer["width"], peer["height"]) == (481, 321)
    assert peer["ratio"] == pytest.approx(peer["peer_ms"] / peer["ours_ms"], rel=0.02)
    assert peer["peer_psnr"] > 25 and "OpenCV" in peer["peer_name"]
    assert tiles["difference"] <= 1 and tiles["tiles_ms"] > 0 and tiles["whole_ms"] > 0
    assert memory["width"] * memory["height"] <= 40_000 and 50 < memory["megabytes"] < 3000
    for language in ("en", "zh"):
        filled = cards.fill_tables("<!-- table:restore -->\n<!-- end -->", [], {"restore": found}, language)
        assert "481" in filled and str(memory["megabytes"]) in filled and f"{peer['ratio']:.2f}" in filled


def test_a_process_that_fails_is_told(tmp_path):
    with pytest.raises(LabError, match=r"benchmark\.failed"):
        restore._memory(tmp_path, 40_000)
