"""All benchmarks in one table of ratios against what a user would pick instead.

A ratio is how many times as fast we are: below 1 we are slower, as a page that works is against one that does not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import app, augment, generate, load, restore, search, start

_BARE = "bare Gradio app"


def measure(
    *, rounds: int = 15, clients: int = 30, seconds: float = 60, peer_python: Path | None = None,
    checkpoints: Path | None = None,
) -> dict[str, Any]:
    """{"rows": [...], "parts": {...}}: what every benchmark gave under its name, and out of it a row each with
    "part", "name", "peer", "ratio" (a number, "not installed", or None) and "goal" (at least, or None). What is no
    ratio has "measured", "goal" (at most) and "unit" instead.

    Raises what the others raise.
    """
    where: dict[str, Any] = {"checkpoints": checkpoints}
    parts = {
        "augment": augment.measure(rounds=rounds, peer_python=peer_python),
        "search": search.measure(rounds=rounds, peer_python=peer_python, **where),
        "generate": generate.measure(rounds=rounds, **where),
        "restore": restore.measure(rounds=rounds, **where),
        "app": app.measure(rounds=rounds),
        "load": load.measure(clients=clients, seconds=seconds, **where),
        "start": start.measure(rounds=max(1, rounds // 3), **where),
    }
    return {"rows": [row for name, found in parts.items() for row in rows(name, found)], "parts": parts}


def rows(part: str, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of one benchmark in the common table."""
    made = [(row["name"], _row(part, row)) for row in found["rows"]]
    return [{"part": part, "name": name, **cells} for name, cells in made if cells]


def _row(part: str, row: dict[str, Any]) -> dict[str, Any] | None:
    if part == "augment":
        return _ratio(row["peer_name"], row["ratio"], row["goal"])
    if part == "search":
        return _ratio(row["peer_name"], row["ratio"], row["goal_ratio"]) if "peer_name" in row else None
    if part == "generate":
        if row["name"] != "pictures":
            return _limit(row["p95_ms"], row["goal_ms"], "ms")
        return _ratio(f"as trained, {row['model']} x {row['pictures']}", row["ours_ratio"], row["goal_ratio"])
    if part == "restore":
        if row["name"] == "against NLM":
            return _ratio(row["peer_name"], row["ratio"], row["goal_ratio"])
        return _limit(row["megabytes"], row["goal_megabytes"], "MB") if row["name"] == "memory" else None
    if part == "app":
        return _ratio(_BARE, _turned(row["ratio_p95"]), None)
    if part == "start":
        if row["name"] == "start":
            return _ratio("empty Gradio app and torch", _turned(row["ratio"]), _turned(row["goal_ratio"]))
        return _limit(row["used_mb"], row["goal_mb"], "MB")
    return _load(row)


def _load(row: dict[str, Any]) -> dict[str, Any] | None:
    if "ratio_p95" in row:
        return _ratio(_BARE, _turned(row["ratio_p95"]), None)
    limits: dict[str, tuple[str, Any, str]] = {
        "refused": ("errors", 0, ""), "memory": ("growth", row.get("goal_growth"), "MB"),
        "delay": ("delay_ms", row.get("goal_ms"), "ms"),
    }
    if row["name"] not in limits:
        return None
    what, goal, unit = limits[row["name"]]
    return _limit(row[what], goal, unit)


def _ratio(peer: str, ratio: Any, goal: float | None) -> dict[str, Any]:
    return {"peer": peer, "ratio": ratio, "goal": goal}


def _limit(measured: float | None, goal: float, unit: str) -> dict[str, Any]:
    return {"measured": measured, "goal": goal, "unit": unit}


def _turned(slower: float | None) -> float | None:
    """Times as slow -> times as fast."""
    return None if slower is None else round(1 / slower, 2)
