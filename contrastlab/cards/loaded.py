"""How the page stands a class, and all benchmarks in one table, as the READMEs show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..text import keys, say
from .markdown import table

_TIMES = ("ours_p50_ms", "ours_p95_ms", "bare_p50_ms", "bare_p95_ms")
_RATIOS = ("ratio_p50", "ratio_p95")


def load(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/load.json, written by `python -m contrastlab benchmark load --json`: tabs, then questions."""
    capabilities = [row for row in found["rows"] if "ratio_p95" in row]
    times = [
        [
            say(f"table.load.{row['name']}", language), str(row["actions"]),
            *(_cell(row[one], "{:,.0f} ms") for one in _TIMES), *(_cell(row[one], "{:.1f}") for one in _RATIOS),
        ]
        for row in capabilities
    ]
    columns = [say(f"table.load.{column}", language) for column in ("what", "actions", *_TIMES, *_RATIOS)]
    questions = []
    for row in found["rows"]:
        if row in capabilities or None in row.values():
            continue
        key = f"table.load.{row['name']}"
        goal = say(f"{key}.goal", language, **row) if f"{key}.goal" in keys(language) else ""
        questions.append([say(key, language), say(f"{key}.measured", language, **row), goal])
    asked = [say(f"table.load.{column}", language) for column in ("question", "measured", "goal")]
    return f"{say('table.load.about', language, **found)}\n\n{table(columns, times)}\n\n{table(asked, questions)}"


def everything(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/all.json, written by `python -m contrastlab benchmark all --json`: a row a comparison."""
    rows = []
    for row in found["rows"]:
        if "unit" in row:
            cells = ["", *(f"{_cell(row[one], '{:,.0f}')} {row['unit']}".strip() for one in ("measured", "goal"))]
            cells[2] = f"≤ {cells[2]}"
        else:
            ratio = row["ratio"]
            goal = "" if row["goal"] is None else f"≥ {row['goal']:g}"
            cells = [row["peer"], ratio if isinstance(ratio, str) else _cell(ratio, "{:.2f}"), goal]
        rows.append([f"`{row['part']}`", row["name"], *cells])
    columns = [say(f"table.all.{column}", language) for column in ("part", "name", "peer", "ratio", "goal")]
    return f"{say('table.all.about', language)}\n\n{table(columns, rows)}"


def _cell(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
