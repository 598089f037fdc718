"""Cards and README tables say what the committed numbers say."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from contrastlab import cards
from contrastlab.core.checkpoint import Checkpoint, save_checkpoint, save_metrics
from contrastlab.core.errors import LabError

ROOT = Path(__file__).resolve().parent.parent
BANDS = {
    "embedding": {"low": -0.104, "middle": 0.126, "high": 0.583},
    "untrained": {"low": 0.91, "middle": 0.95, "high": 0.99},
    "pixels": {"low": -0.3, "middle": 0.02, "high": 0.37},
}
METRICS: dict[str, Any] = {
    "knn": {
        "k": 20, "train": 50_000, "test": 10_000, "embedding": 0.71237, "projection": 0.66, "untrained": 0.33,
        "pixels": 0.35,
    },
    "different_pairs": BANDS,
}


FULL: dict[str, Any] = {
    **METRICS,
    "linear": {"embedding": 0.7811, "projection": 0.7, "untrained": 0.4, "pixels": 0.38},
    "retrieval": {
        name: {"recall@1": 0.61, "recall@5": 0.8, "recall@10": 0.9, "map@r": 0.1234}
        for name in ("embedding", "projection", "untrained", "pixels")
    },
    "alignment": {
        "policy": "simclr", "pictures": 2000, "embedding": 0.456, "projection": 0.3, "untrained": 0.1, "pixels": 1.3
    },
    "uniformity": {
        "floor": {"embedding": -3.969, "projection": -3.938, "untrained": -3.969, "pixels": -3.999},
        "embedding": -1.7, "projection": -2.6, "untrained": -0.1, "pixels": -3.1,
    },
    "effective_rank": {
        "most": {"embedding": 256, "projection": 128, "untrained": 256},
        "embedding": 123.4, "projection": 60.0, "untrained": 20.0,
    },
    "loss": {"pictures": 256, "held_out": 3.456, "chance": 6.236},
    "jpeg": {
        "as_stored": {"embedding": 0.71237, "pixels": 0.35}, "again": {"embedding": 0.70237, "pixels": 0.351},
        "strong": {"embedding": 0.61237, "pixels": 0.35},
    },
}


@pytest.fixture
def checkpoint() -> Checkpoint:
    return Checkpoint(
        name="encoder-x", family="encoder", architecture={"widths": [8, 16, 48]}, preprocessing={"side": 32},
        training={
            "recipe": {"family": "encoder", "name": "encoder-x", "widths": [8, 16, 48], "clip_norm": 10.0},
            "step": 4000, "max_steps": 10_000, "data": "cifar10", "pictures": 48_000, "device": "cpu",
            "precision": "bf16",
        },
        metrics=METRICS, draft=True, sha256="ab" * 32, weights={"layer": torch.zeros(30, 50)},
    )


def test_committed_cards_and_tables_are_what_the_numbers_give() -> None:
    stale = [
        str(path.relative_to(ROOT)) for path, text in cards.written_files(ROOT).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run: python -m contrastlab models --write-cards"


def test_a_card_holds_the_facts_in_order_and_a_head_for_the_hub(checkpoint: Checkpoint) -> None:
    text = cards.model_card(checkpoint, 3.14159)
    head = yaml.safe_load(text.split("---\n")[1])
    assert head["license"] == "apache-2.0" and head["datasets"] == ["uoft-cs/cifar10"]
    assert {"library_name", "pipeline_tag", "tags"} <= set(head)
    facts = [
        "encoder-x", "Draft", "step 4,000 of 10,000", "32x32", "48 float32", 'encoder("encoder-x")', "48,000 pictures",
        "widths = [8, 16, 48]", "10,000 test pictures", "k = 20", "71.2 %", "-0.10 · 0.13 · 0.58", "3.1 MB",
        "1,500 numbers", "ab" * 32,
    ]
    places = [text.index(fact) for fact in facts]
    assert places == sorted(places)
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:4] == ["What it takes and returns", "Direct use", "Limits", "How to start"]


def test_a_finished_training_is_no_draft_and_its_recipe_reads_back(checkpoint: Checkpoint) -> None:
    text = cards.model_card(dataclasses.replace(checkpoint, draft=False), 3.0)
    assert "raft" not in text
    recipe = tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1])  # type: ignore[index]
    assert recipe == checkpoint.training["recipe"]


def test_a_method_that_uses_labels_says_so(checkpoint: Checkpoint) -> None:
    recipe = {**checkpoint.training["recipe"], "method": "supcon"}
    labelled = dataclasses.replace(checkpoint, training={**checkpoint.training, "recipe": recipe})
    for one, said, unsaid in ((checkpoint, "without", "with their"), (labelled, "with their", "without")):
        text = cards.model_card(one, 3.0)
        assert f"{said} labels" in text or f"{said} their labels" in text
        assert f"{unsaid} labels" not in text and f"{unsaid} their labels" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_number_of_an_encoder_stands_beside_its_reference(checkpoint: Checkpoint, language: str) -> None:
    text = cards.model_card(dataclasses.replace(checkpoint, metrics=FULL), 3.0, language)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for cells in (
        "| 71.2 % | 78.1 % | 61.0 % | 80.0 % | 90.0 % | 12.3 % |",
        "| -0.10 · 0.13 · 0.58 | 0.46 | -1.70 (-3.97) | 123 (256) |",
        "| -0.30 · 0.02 · 0.37 | 1.30 | -3.10 (-4.00) |  |", "| 71.2 % | 70.2 % (-1.0) | 61.2 % (-10.0) |",
        "| 35.0 % | 35.1 % (+0.1) | 35.0 % (+0.0) |",
    ):
        assert any(row.endswith(cells) for row in rows), cells
    assert "3.46" in text and "6.24" in text and "2,000" in text
    stored = {"en": "had been stored as JPEG", "zh": "JPEG 保存过"}[language]
    other = dataclasses.replace(checkpoint, metrics=FULL, training={**checkpoint.training, "data": "glyphs"})
    assert stored in text and stored not in cards.model_card(other, 3.0, language)


def test_a_number_that_an_older_measurement_lacks_is_named_as_missing(checkpoint: Checkpoint) -> None:
    text = cards.model_card(checkpoint, 3.0)
    assert "| this network | 71.2 % | not measured yet |" in text
    assert "| this network | -0.10 · 0.13 · 0.58 | not measured yet | not measured yet | not measured yet |" in text
    assert "JPEG of quality 40" not in text
    knn = {name: METRICS["knn"][name] for name in ("k", "train", "test", "embedding", "projection")}
    bare = {**FULL, "knn": knn, "different_pairs": {"embedding": BANDS["embedding"]}}
    text = cards.model_card(dataclasses.replace(checkpoint, metrics=bare), 3.0)
    accuracies, _, compressed = text.partition("JPEG of quality 40")
    assert "| raw pixels | 35" in compressed and "| raw pixels |" not in accuracies


def test_a_card_says_what_its_policy_taught_to_ignore(checkpoint: Checkpoint) -> None:
    for policy, said in (("simclr", "cropping, mirroring, colour"), ("digits", "small turns"), ("own", "policy “own”")):
        recipe = {**checkpoint.training["recipe"], "policy": policy}
        trained = dataclasses.replace(checkpoint, training={**checkpoint.training, "recipe": recipe})
        text = cards.model_card(trained, 3.0)
        assert f"taught to ignore {said}" in text or f"taught to ignore what its {said}" in text


def test_all_encoders_share_one_table_in_the_readme(checkpoint: Checkpoint) -> None:
    other = dataclasses.replace(checkpoint, name="encoder-y", metrics=FULL, draft=False)
    bare = dataclasses.replace(checkpoint, name="encoder-z", metrics={}, draft=False)
    filled = cards.fill_tables("<!-- table:encoder -->\n<!-- end -->", [checkpoint, other, bare], {})
    assert "| encoder-y | 71.2 % | 78.1 % | 61.0 % | 12.3 % | 61.2 % | 33.0 % | 35.0 % |" in filled
    assert "| encoder-x (draft: step 4,000 of 10,000) | 71.2 % | not measured yet |" in filled
    assert "| encoder-z |" + " not measured yet |" * 7 in filled
    assert filled.count("\n|") == 5


def test_unmeasured_weights_show_the_command_and_no_number(checkpoint: Checkpoint) -> None:
    text = cards.model_card(dataclasses.replace(checkpoint, metrics={}), 3.0)
    assert "python -m contrastlab evaluate encoder-x" in text
    assert "%" not in text.split("## Numbers")[1]


def test_the_chinese_card_has_the_same_numbers_and_code(checkpoint: Checkpoint) -> None:
    english, chinese = (cards.model_card(checkpoint, 3.14159, language) for language in ("en", "zh"))
    assert re.search(r"[\u4e00-\u9fff]", chinese) and not re.search(r"[\u4e00-\u9fff]", english)
    for pattern in (r"```.*?```", r"\d[\d,.]* %", r"-?\d\.\d\d · -?\d\.\d\d · -?\d\.\d\d", r"[0-9a-f]{64}"):
        assert re.findall(pattern, english, re.DOTALL) == re.findall(pattern, chinese, re.DOTALL) != []
    assert english.count("\n## ") == chinese.count("\n## ") and english.count("\n|") == chinese.count("\n|")


def test_the_cards_first_lines_run() -> None:
    names = json.loads((ROOT / "checkpoints" / "index.json").read_text())["checkpoints"]
    for name in names:
        text = (ROOT / "checkpoints" / name / "README.md").read_text(encoding="utf-8")
        for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(compile(code, name, "exec"), {})
            assert printed.getvalue().strip()
            if name.startswith("encoder"):
                assert -1 <= float(printed.getvalue()) <= 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_generators_card_holds_its_classes_and_its_diversity(checkpoint: Checkpoint, language: str) -> None:
    diversity = {
        "pictures": 1000, "generated": 81.239, "test": 88.61, "generated_within_class": 76.5, "test_within_class": 85.1,
    }
    generator = dataclasses.replace(
        checkpoint, name="gan-x", family="gan", architecture={"kind": "resnet", "latent": 24},
        preprocessing={"side": 32, "range": [-1.0, 1.0], "classes": ["cat", "dog"]}, metrics={"diversity": diversity},
        training={**checkpoint.training, "recipe": {"family": "gan", "name": "gan-x", "loss": "hinge"}},
    )
    text = cards.model_card(generator, 3.1, language)
    for fact in ("32x32", "24", "cat", "dog", "hinge", "1,000", 'generator("gan-x")', "evaluate gan-x", "48,000"):
        assert fact in text
    assert "| 81.2 | 76.5 |" in text and "| 88.6 | 85.1 |" in text
    assert "81.2" in cards.fill_tables("<!-- table:gan -->\n<!-- end -->", [generator], {}, language)
    unmeasured = cards.model_card(dataclasses.replace(generator, metrics={}), 3.1, language)
    assert "evaluate gan-x" in unmeasured and "81.2" not in unmeasured


def test_tables_are_written_between_their_markers_and_nothing_else_changes(checkpoint: Checkpoint) -> None:
    text = "before\n<!-- table:encoder -->\nold\n<!-- end -->\nbetween\n<!-- table:app -->\n<!-- end -->\nafter\n"
    app = {
        "rows": [{
            "rounds": 15, "steps": 20, "cores": 2, "ours_p50_ms": 40.2, "ours_p95_ms": 61.7, "bare_p50_ms": 30.1,
            "bare_p95_ms": 40.4, "ratio_p95": 1.53,
        }]
    }
    filled = cards.fill_tables(text, [checkpoint], {"app": app})
    assert filled.startswith("before\n<!-- table:encoder -->\n") and filled.endswith("<!-- end -->\nafter\n")
    assert "\n<!-- end -->\nbetween\n<!-- table:app -->\n" in filled and "old" not in filled
    for number in ("71.2 %", "step 4,000 of 10,000", "62 ms", "1.53", "15 rounds"):
        assert number in filled
    assert cards.fill_tables(filled, [checkpoint], {"app": app}) == filled


def test_a_task_has_one_row_with_a_column_for_each_peer() -> None:
    common = {"unit": "pictures/s", "rounds": 15, "threads": 1}
    measured = {
        "rows": [
            {"name": "crop", "ours": 12_345, "peer_name": "A", "peer": 1_000, "ratio": 12.34, "goal": 8, **common},
            {"name": "crop", "ours": 12_345, "peer_name": "B", "peer": "-", "ratio": "none", "goal": 25, **common},
            {"name": "flip", "ours": 90, "peer_name": "A", "peer": 100, "ratio": 0.9, "goal": None, **common},
        ]
    }
    filled = cards.fill_tables("<!-- table:augment -->\n<!-- end -->", [], {"augment": measured})
    assert "| Task | pictures a second | against A | against B |\n" in filled
    assert "| crop | 12,345 | 12.3 (≥ 8) | none (≥ 25) |\n| flip | 90 | 0.9 |  |\n" in filled


def test_the_two_forms_of_hue_stand_side_by_side_with_every_seed() -> None:
    accuracy = {"yiq": [0.6123, 0.6], "hsv": [0.6091, 0.62]}
    measured = {"steps": 2000, "widths": "8-16", "k": 20, "train": 48_000, "test": 2000, "accuracy": accuracy}
    filled = cards.fill_tables("<!-- table:hue -->\n<!-- end -->", [], {"hue": measured})
    assert "2,000 steps" in filled and "2 seeds" in filled and "8-16" in filled
    assert "| seed 0 | seed 1 | mean |" in filled
    assert re.search(r"YIQ.* \| 61\.2 % \| 60\.0 % \| 60\.6 % \|\n.*HSV.* \| 60\.9 % \| 62\.0 % \| 61\.5 % \|", filled)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_few_labels_have_a_row_a_way_with_every_seed(language: str) -> None:
    shares = {"fine_tuned": [0.5, 0.6], "probe": [0.4, 0.42], "scratch": [0.3, 0.31]}
    means = {"fine_tuned": 0.55, "probe": 0.41, "scratch": 0.305}
    settings = {"seeds": [0, 1], "steps": 300, "batch_size": 128, "fine_tuned": 0.05, "scratch": 0.2}
    measured = {
        "name": "encoder-x", "data": "cifar10", "train": 50_000, "test": 10_000, "settings": settings,
        "rows": [{"labels": 500, "share": 0.01, **shares, "mean": means}],
    }
    filled = cards.fill_tables("<!-- table:few_labels -->\n<!-- end -->", [], {"few_labels": measured}, language)
    for cells in ("| 50.0 % | 60.0 % | 55.0 % |", "| 40.0 % | 42.0 % | 41.0 % |", "| 30.0 % | 31.0 % | 30.5 % |"):
        assert cells in filled
    assert "300" in filled and "500" in filled and "encoder-x" in filled


def test_a_marker_without_numbers_is_refused(checkpoint: Checkpoint) -> None:
    for name in ("speed", "app"):
        with pytest.raises(LabError, match="cards.unknown_table") as caught:
            cards.fill_tables(f"<!-- table:{name} -->\n<!-- end -->", [checkpoint], {})
        assert caught.value.facts["got"] == name and "encoder" in str(caught.value.facts["options"])


def test_writing_touches_only_what_is_stale(tmp_path: Path, checkpoint: Checkpoint) -> None:
    folder = tmp_path / "checkpoints" / "encoder-x"
    save_checkpoint(
        folder, family="encoder", architecture=checkpoint.architecture, preprocessing=checkpoint.preprocessing,
        training=checkpoint.training, weights=checkpoint.weights, draft=True,
    )
    for name in ("README.md", "README.zh.md"):
        (tmp_path / name).write_text("no tables here\n")
    written = cards.write_cards(tmp_path)
    assert written == [folder / "README.md", folder / "README.zh.md"]
    assert cards.write_cards(tmp_path) == []

    save_metrics(folder, METRICS)
    assert cards.write_cards(tmp_path) == written
    assert "71.2 %" in (folder / "README.md").read_text(encoding="utf-8")
