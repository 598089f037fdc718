"""The benchmark's columns, on a generator small enough to be drawn on the spot."""

import json

import pytest
import torch

from contrastlab import cards
from contrastlab.benchmark import generate, rounds
from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.models.gan.network import build, pack_players

ARCHITECTURE = {"kind": "dcgan", "latent": 6, "classes": 3, "widths": [16, 8], "discriminator_widths": [8, 12]}


@pytest.fixture
def checkpoints(tmp_path):
    """Two generators of one architecture, as three losses have them, and a narrower third."""
    for name, widths in (("gan-a", [16, 8]), ("gan-b", [16, 8]), ("gan-c", [12, 8])):
        torch.manual_seed(0)
        architecture = {**ARCHITECTURE, "widths": widths}
        save_checkpoint(
            tmp_path / name, family="gan", architecture=architecture,
            preprocessing={"side": 16, "range": [-1.0, 1.0], "classes": ["cat", "dog", "frog"]},
            training={"data": "toy"}, weights=pack_players(*build(architecture)), draft=True,
        )
    (tmp_path / "index.json").write_text(json.dumps({"checkpoints": ["gan-a", "gan-b", "gan-c"]}))
    return tmp_path


def test_every_architecture_has_its_rows_and_the_table_shows_them(checkpoints, monkeypatch):
    monkeypatch.setattr(rounds, "LEAST", 0.001)
    found = generate.measure(rounds=2, checkpoints=checkpoints)
    painting = [(row["model"], row["pictures"]) for row in found["rows"] if row["name"] == "pictures"]
    assert painting == [("gan-a", 1), ("gan-a", 16), ("gan-c", 1), ("gan-c", 16)]
    for row in found["rows"]:
        if row["name"] == "pictures":
            assert row["ours_difference"] < 0.1 and 0 < row["bf16_difference"] < 30
            assert row["ours_ratio"] > 0 and row["eager_ms"] > 0
        else:
            assert row["pictures"] == 17 and 0 < row["p50_ms"] <= row["p95_ms"]
    for language in ("en", "zh"):
        filled = cards.fill_tables("<!-- table:generate -->\n<!-- end -->", [], {"generate": found}, language)
        assert filled.count("gan-a") == 3 and "200 ms" in filled and "1.5" in filled


def test_a_ratio_is_the_median_of_the_rounds_own():
    assert rounds.ratio([3.0, 2.0, 4.0], [1.0, 2.0, 4.0]) == 1.0
    assert rounds.milliseconds([0.001, 0.003, 0.002]) == 2.0
