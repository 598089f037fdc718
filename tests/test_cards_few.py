"""The tables and figures of what little data is worth: every number of the seeds, in both languages."""

from __future__ import annotations

import copy
import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contrastlab import cards
from contrastlab.cards.few import WAYS, shares
from contrastlab.cards.figures import FIGURES

LOW_DATA: dict[str, Any] = {
    "settings": {"seeds": [0, 1, 2], "generated": 5000, "classifier": {"steps": 500, "batch_size": 128}},
    "parameters": 123_456, "features": "encoder-x",
    "rows": [
        {
            "data": data, "per_class": each, "labels": 10 * each, "test": 10_000, "policy": "light",
            "gan": {"recipe": "gan-few-cifar10", "steps": 2000},
            **{way: [0.4 + place / 20 + seed / 50 for seed in range(3)] for place, way in enumerate(WAYS)},
        }
        for data, each in (("cifar10", 50), ("cifar10", 500), ("mnist", 50))
    ],
}
TRANSFER: dict[str, Any] = {
    "recipe": "gan-digits-bce", "source": "glyphs", "target": "mnist", "judge": "encoder-y", "k": 20,
    "settings": {"source_steps": 2000, "bank": 6000, "seeds": [0, 1, 2]}, "pictures": 2000,
    "floor": {"asked": 0.981, "distance": 0.52}, "start": {"asked": 0.613, "distance": 120.04},
    "rows": [
        {
            "steps": steps,
            "init": {"asked": [0.70, 0.72, 0.74], "distance": [40.0, 41.0, 42.0]},
            "scratch": {"asked": [0.2, 0.2, 0.2], "distance": [200.0, 202.0, 204.0]},
        }
        for steps in (100, 1200)
    ],
}
MEASURED = {"low_data": LOW_DATA, "transfer": TRANSFER}
BOTH = pytest.mark.parametrize("language", ["en", "zh"])


def test_shares_of_several_seeds_are_a_mean_and_a_deviation() -> None:
    assert shares([0.4, 0.42, 0.44]) == "42.0 ± 2.0 %" and shares([0.4]) == "40.0 %"


@BOTH
def test_few_labels_have_a_row_a_task_and_a_column_a_way(language: str) -> None:
    filled = cards.fill_tables("<!-- table:low_data -->\n<!-- end -->", [], MEASURED, language)
    rows = [line for line in filled.splitlines() if re.match(r"\| (cifar10|mnist)", line)]
    cells = "| 42.0 ± 2.0 % | 47.0 ± 2.0 % | 52.0 ± 2.0 % | 57.0 ± 2.0 % | 62.0 ± 2.0 % |"
    assert len(rows) == 3 and all(row.endswith(cells) for row in rows)
    for fact in ("10,000", "123,456", "500", "5,000", "encoder-x", "study low-data", "gan-few-cifar10 2,000"):
        assert fact in filled
    assert "](docs/pictures/low_data" in filled


@BOTH
def test_transfer_has_a_row_a_budget_between_its_two_ends(language: str) -> None:
    filled = cards.fill_tables("<!-- table:transfer -->\n<!-- end -->", [], MEASURED, language)
    rows = [line for line in filled.splitlines() if line.startswith("|")][2:]
    assert rows[0] == "| 0 | 61.3 % |  | 120.0 |  |"
    assert rows[2] == "| 1,200 | 72.0 ± 2.0 % | 20.0 ± 0.0 % | 41.0 ± 1.0 | 202.0 ± 2.0 |"
    assert rows[3].endswith("| 98.1 % | 98.1 % | 0.5 | 0.5 |") and len(rows) == 4
    for fact in ("gan-digits-bce", "glyphs", "mnist", "encoder-y", "2,000", "6,000", "study transfer"):
        assert fact in filled


@BOTH
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_shows_what_its_table_says_and_stays_inside(name: str, language: str) -> None:
    drawn = ET.fromstring(FIGURES[name](MEASURED[name], language))
    width, height = (float(drawn.attrib[side]) for side in ("width", "height"))
    svg = "{http://www.w3.org/2000/svg}"
    words = [one.text or "" for one in drawn.iter(f"{svg}text")]
    assert all(words) and bool(re.search(r"[\u4e00-\u9fff]", "".join(words))) == (language == "zh")
    for mark in drawn.iter():
        for key, most in (("x", width), ("cx", width), ("x1", width), ("x2", width), ("y", height), ("cy", height)):
            assert 0 <= float(mark.attrib.get(key, 0)) <= most
    assert len(list(drawn.iter(f"{svg}circle"))) == {"low_data": 15, "transfer": 4}[name]
    if name == "low_data":
        assert words.count("42.0 ± 2.0 %") == 3


def test_a_better_mean_lies_further_right() -> None:
    def dots(found: dict[str, Any]) -> list[float]:
        drawn = ET.fromstring(FIGURES["low_data"](found, "en"))
        return [float(one.attrib["cx"]) for one in drawn.iter("{http://www.w3.org/2000/svg}circle")]

    better = copy.deepcopy(LOW_DATA)
    better["rows"][1]["both"] = [0.9, 0.9, 0.9]
    before, after = dots(LOW_DATA), dots(better)
    changed = [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert changed == [8] and after[8] > before[8]


def test_a_curve_above_another_is_drawn_above_it_and_no_label_covers_another() -> None:
    together = copy.deepcopy(TRANSFER)
    for row in together["rows"]:
        row["scratch"] = row["init"]
    for found in (TRANSFER, together):
        drawn = ET.fromstring(FIGURES["transfer"](found, "en"))
        svg = "{http://www.w3.org/2000/svg}"
        heights = [float(one.attrib["cy"]) for one in drawn.iter(f"{svg}circle")]
        assert (heights[0] < heights[2]) == (found is TRANSFER)
        ends = sorted(float(one.attrib["y"]) for one in drawn.iter(f"{svg}text") if float(one.attrib["x"]) > 610)
        assert len(ends) == 4 and all(below - above >= 15 for above, below in pairwise(ends))


def test_the_figures_of_what_is_measured_are_written_beside_the_readmes(tmp_path: Path) -> None:
    (tmp_path / "docs" / "measured").mkdir(parents=True)
    (tmp_path / "docs" / "pictures").mkdir()
    for name in ("README.md", "README.zh.md"):
        (tmp_path / name).write_text("<!-- table:low_data -->\n<!-- end -->\n")
    (tmp_path / "docs" / "measured" / "low_data.json").write_text(json.dumps(LOW_DATA))
    written = {path.relative_to(tmp_path).as_posix() for path in cards.write_cards(tmp_path)}
    assert written == {
        "README.md", "README.zh.md", "docs/pictures/low_data.svg", "docs/pictures/low_data.zh.svg"
    }
    for name in ("README.md", "README.zh.md"):
        (link,) = re.findall(r"\]\(([^)]+)\)", (tmp_path / name).read_text(encoding="utf-8"))
        assert (tmp_path / link).is_file()
    assert cards.write_cards(tmp_path) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["low_data", "transfer"])
def test_a_study_that_nobody_has_run_says_how_to(name: str, language: str) -> None:
    filled = cards.fill_tables(f"<!-- table:{name} -->\nold\n<!-- end -->", [], {}, language)
    assert f"python -m contrastlab study {name.replace('_', '-')} --out docs/measured/{name}.json" in filled
    assert "old" not in filled and "|" not in filled
