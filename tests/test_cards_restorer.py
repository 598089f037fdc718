"""The restorer's card holds what was measured of it, and is no hindrance where there is none."""

import dataclasses
import json

import pytest
import torch

from contrastlab import cards
from contrastlab.cards import files
from contrastlab.core.checkpoint import Checkpoint, load_checkpoint
from contrastlab.core.device import Device
from contrastlab.data.datasets import Dataset, photo
from contrastlab.models.restorer.evaluation import evaluate
from tests.models.restorer.tiny import save_tiny


def row(damage, strength, method, restored, **more):
    return {
        "damage": damage, "strength": strength, "method": method, "input": 20.61, "restored": restored, "worst": 24.21,
        "worst_picture": 12, "ssim": 0.8765, "seconds": 0.437, "shift": 0.04, **more,
    }


CASES = [
    row("noise", 25, "restorer", 31.01, published_input=20.17, published=30.87), row("noise", 25, "nlm", 28.55),
    row("noise", 25, "tv", 28.66), row("blind", 25, "restorer", 30.99), row("holes", "text", "restorer", 30.2),
    row("holes", "text", "telea", 27.4), row("clean", 0, "restorer", 49.8, input=None, shift=0.13),
]
RESTORER = Checkpoint(
    name="restorer", family="restorer", architecture={"widths": [8, 12]}, preprocessing={"range": [0.0, 1.0]},
    training={
        "recipe": {"family": "restorer", "name": "restorer", "more_data": "flowers"}, "step": 9000,
        "max_steps": 40_000, "data": "bsd", "pictures": 4314, "device": "cpu", "precision": "bf16",
    },
    metrics={
        "restoration": {"data": "cbsd", "pictures": 68, "cases": CASES},
        "estimates": {"noise": {"25": [24.8, 1.1]}, "quality": {"20": [22.0, 3.0]}, "blur": {"2": [1.9, 0.2]}},
    },
    draft=False, sha256="ab" * 32, weights={"layer": torch.zeros(30, 50)},
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_card_has_every_damage_strength_and_method(language):
    text = cards.model_card(RESTORER, 8.9, language)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(CASES) + 2 + 3
    first = lines[2]
    assert all(one in first for one in ("20.61", "31.01", "20.17", "30.87", "24.21", "13", "0.876", "0.44"))
    assert "∞" in lines[8] and "49.80 dB" in text and "0.13" in text
    for fact in ("flowers", "4,314", "24.8 ± 1.1", "evaluate restorer", "restorer(\"restorer\")", "train restorer"):
        assert fact in text
    assert "--init" not in text
    begun = {**RESTORER.training, "init": {"name": "restorer", "step": 40_000}}
    told = cards.model_card(dataclasses.replace(RESTORER, training=begun), 8.9, language)
    assert "40,000" in told and "--init" in told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_readme_has_the_best_classical_method_beside_it(language):
    filled = cards.fill_tables("<!-- table:restorer -->\n<!-- end -->", [RESTORER], {}, language)
    lines = [line for line in filled.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 4
    assert "28.66" in lines[2] and "28.55" not in filled and "27.40" in lines[4]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_restorer_or_its_numbers_the_command_stands_there(language):
    marks = "<!-- table:restorer -->\n<!-- end -->"
    assert "train restorer" in cards.fill_tables(marks, [], {}, language)
    unmeasured = dataclasses.replace(RESTORER, metrics={})
    assert "evaluate restorer" in cards.fill_tables(marks, [unmeasured], {}, language)
    assert "evaluate restorer" in cards.model_card(unmeasured, 8.9, language)


def test_what_evaluate_writes_the_card_can_read(tmp_path):
    torch.set_num_threads(1)
    save_tiny(tmp_path / "restorer")
    data = Dataset("toy", "test", (photo("chelsea")[100:130, 100:140],), [-1], ())
    found = evaluate(load_checkpoint(tmp_path / "restorer"), data, data, Device("cpu", torch.float32))
    measured = dataclasses.replace(RESTORER, metrics=json.loads(json.dumps(found)))
    for language in ("en", "zh"):
        text = cards.model_card(measured, 8.9, language)
        assert text.count("\n| ") > len(found["restoration"]["cases"])
        assert "restorer" in cards.fill_tables("<!-- table:restorer -->\n<!-- end -->", [measured], {}, language)


def test_the_lines_to_start_with_run(tmp_path, monkeypatch, capsys):
    save_tiny(tmp_path / "restorer")
    (tmp_path / "index.json").write_text(json.dumps({"checkpoints": ["restorer"]}))
    monkeypatch.setenv("CONTRASTLAB_CHECKPOINTS", str(tmp_path))
    exec(compile(files._KINDS["restorer"].start.format(name="restorer"), "card", "exec"), {})
    assert " dB -> " in capsys.readouterr().out
