"""The tables of what a class does to the page, and of all benchmarks together."""

from __future__ import annotations

from typing import Any

import pytest

from contrastlab import cards
from contrastlab.benchmark import load
from contrastlab.benchmark.everything import rows
from contrastlab.benchmark.load import _delay, _Done, _failures, _heavy, _light, _memory
from contrastlab.benchmark.served import Answer
from contrastlab.core.errors import LabError


def found() -> dict[str, Any]:
    """As `measure` gives it, out of a traffic that is known."""
    def done(tab: str, milliseconds: float, late: bool = False, **more: Any) -> _Done:
        return _Done(tab, late, Answer(milliseconds, **more))

    traffic = [
        *(done("augment", 10.0 * step) for step in range(1, 11)), done("restore", 700, late=True),
        done("restore", 5000, late=True, failures=("HTTP 503: full",)), done("open", 1, refused=True, place=64),
        done("heavy", 9000, late=True, place=2),
    ]
    echoed = [done("augment", 5.0)] * 4
    shape = {"clients": 30, "seconds": 60, "cores": 2, "dragging": 5, "busy": 3}
    return {
        "rows": [*_light(traffic, echoed), _heavy(traffic), _failures(traffic), _memory(900_000_000, 980_000_000),
                 {"name": "files", "files": 3, "megabytes": 0.5}, _delay(traffic)],
        **shape,
    }


def test_a_class_is_told_by_tab_and_what_went_wrong_by_question() -> None:
    by = {row["name"]: row for row in found()["rows"]}
    assert (by["augment"]["actions"], by["augment"]["ours_p50_ms"], by["augment"]["ratio_p50"]) == (10, 55, 11)
    assert by["open"]["actions"] == 0 and by["open"]["ratio_p95"] is None, "who is refused is not served"
    assert by["refused"] == {"name": "refused", "refused": 1, "errors": 1, "first": ["HTTP 503: full"]}
    assert by["delay"]["without_ms"] == 100 and by["delay"]["delay_ms"] == 600, "what failed counts as failed only"
    assert by["memory"]["growth"] == 80 and by["heavy"]["place"] == 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tables_show_it(language: str) -> None:
    measured = {"load": found(), "all": {"rows": rows("load", found())}}
    filled = cards.fill_tables("<!-- table:load -->\n<!-- end -->", [], measured, language)
    assert "| 10 | 55 ms | 100 ms | 5 ms | 5 ms | 11.0 | 20.0 |" in filled
    assert "80 MB" in filled and "700 ms" in filled
    together = cards.fill_tables("<!-- table:all -->\n<!-- end -->", [], measured, language)
    assert "| 0.05 |" in together, "twenty times as slow"
    assert "| 600 ms | ≤ 1,000 ms |" in together and "| 1 | ≤ 0 |" in together
    for name in ("load", "all", "restore"):
        said = cards.fill_tables(f"<!-- table:{name} -->\n<!-- end -->", [], {}, language)
        assert f"benchmark {name} --json" in said


def test_every_benchmark_has_its_rows_in_the_common_table() -> None:
    some = {
        "augment": {"name": "rotate", "peer_name": "torchvision v2", "ratio": 2.7, "goal": 2.5},
        "search": {"name": "one query", "peer_name": "faiss", "ratio": "not installed", "goal_ratio": None},
        "generate": {"name": "pictures", "model": "gan-x", "pictures": 1, "ours_ratio": 1.7, "goal_ratio": 1.5},
        "restore": {"name": "memory", "megabytes": 1500, "goal_megabytes": 2048},
        "app": {"name": "slider step", "ratio_p95": 1.25},
        "start": {"name": "start", "ratio": 1.25, "goal_ratio": 1.3},
    }
    made = {part: rows(part, {"rows": [row]})[0] for part, row in some.items()}
    assert made["augment"] == {"part": "augment", "name": "rotate", "peer": "torchvision v2", "ratio": 2.7, "goal": 2.5}
    assert made["app"]["ratio"] == made["start"]["ratio"] == 0.8 and made["start"]["goal"] == 0.77
    assert made["restore"] == {"part": "restore", "name": "memory", "measured": 1500, "goal": 2048, "unit": "MB"}
    assert not rows("search", {"rows": [{"name": "embed one picture", "encoder": "e"}]}), "it has no peer"
    shown = cards.fill_tables("<!-- table:all -->\n<!-- end -->", [], {"all": {"rows": list(made.values())}}, "en")
    assert "not installed" in shown and "≤ 2,048 MB" in shown and "≥ 0.77" in shown


def test_a_class_is_more_than_those_who_drag_and_press() -> None:
    with pytest.raises(LabError, match="knob.out_of_range"):
        load.measure(clients=8)
