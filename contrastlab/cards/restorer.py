"""What the restorer's card says besides what every card says: damage by damage, beside the methods before networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.checkpoint import Checkpoint
from ..text import say
from .markdown import table

_COLUMNS = (
    "damage", "method", "damaged", "repaired", "published_damaged", "published", "worst", "ssim", "seconds",
)
_TOGETHER = ("damage", "damaged", "repaired", "published", "classical", "ssim", "seconds")


def facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """What the sentences of its card need besides what every checkpoint has."""
    begun = checkpoint.training.get("init")
    return {
        "about": say("card.restorer.about", language), "more": checkpoint.training["recipe"].get("more_data", "-"),
        "begun": say("card.restorer.begun", language, step=begun["step"]) if begun else "",
    }


def numbers(checkpoint: Checkpoint, language: str) -> str:
    """What `models.restorer.evaluation` measured: every damage, strength and method, and what was estimated."""
    if "restoration" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    found = checkpoint.metrics["restoration"]
    rows = [
        [
            _damage(row, language), _method(row, checkpoint, language), _decibels(row["input"]),
            _decibels(row["restored"]), _decibels(row["published_input"]) if "published" in row else "",
            _decibels(row["published"]) if "published" in row else "", _worst(row, language), f"{row['ssim']:.3f}",
            f"{row['seconds']:.2f}",
        ]
        for row in found["cases"]
    ]
    columns = [say(f"table.restorer.{column}", language) for column in _COLUMNS]
    about = say("card.restorer.numbers", language, name=checkpoint.name, **_counts(found))
    parts = [about, table(columns, rows), *_clean(found, language), _estimates(checkpoint.metrics, language)]
    return "\n\n".join(parts)


def together(rows: Sequence[tuple[str, Checkpoint]], language: str) -> str:
    """Of each, under its name: a row for each damage, with the best of the classical methods in it."""
    if not rows:
        return say("table.restorer.none", language)
    return "\n\n".join(f"**{name}**\n\n{_compared(one, language)}" for name, one in rows)


def _compared(checkpoint: Checkpoint, language: str) -> str:
    if "restoration" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    found = checkpoint.metrics["restoration"]
    rows = []
    for row in found["cases"]:
        if row["method"] != checkpoint.name:
            continue
        others = [
            one for one in found["cases"] if one["method"] != checkpoint.name
            and (one["damage"], one["strength"]) == (row["damage"], row["strength"])
        ]
        best = max(others, key=_value, default=None)
        rows.append([
            _damage(row, language), _decibels(row["input"]), _decibels(row["restored"]),
            _decibels(row["published"]) if "published" in row else "",
            "" if best is None else f"{_decibels(best['restored'])} ({_method(best, checkpoint, language)})",
            f"{row['ssim']:.3f}", f"{row['seconds']:.2f}",
        ])
    columns = [say(f"table.restorer.{column}", language) for column in _TOGETHER]
    about = say("table.restorer.about", language, name=checkpoint.name, **_counts(found))
    return f"{about}\n\n{table(columns, rows)}"


def _clean(found: Mapping[str, Any], language: str) -> list[str]:
    """What it does to a picture that nothing is wrong with."""
    return [
        say("card.restorer.clean", language, decibels=_decibels(row["restored"]), shift=f"{row['shift']:.2f}")
        for row in found["cases"] if row["damage"] == "clean"
    ]


def _estimates(metrics: Mapping[str, Any], language: str) -> str:
    rows = [
        [say(f"table.restorer.estimated.{part}", language), strength, f"{mean:.1f} ± {spread:.1f}"]
        for part, by_strength in metrics["estimates"].items() for strength, (mean, spread) in by_strength.items()
    ]
    columns = [say(f"table.restorer.{column}", language) for column in ("what", "truth", "estimate")]
    return f"{say('card.restorer.estimates', language)}\n\n{table(columns, rows)}"


def _counts(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": found["data"], "count": found["pictures"]}


def _damage(row: Mapping[str, Any], language: str) -> str:
    strength = row["strength"]
    word = say(f"table.restorer.holes.{strength}", language) if row["damage"] == "holes" else strength
    return say(f"table.restorer.damage.{row['damage']}", language, strength=word)


def _method(row: Mapping[str, Any], checkpoint: Checkpoint, language: str) -> str:
    own = row["method"] == checkpoint.name
    return say("table.restorer.network", language) if own else say(f"method.{row['method']}", language)


def _value(row: Mapping[str, Any]) -> float:
    restored = row["restored"]
    return math.inf if restored is None else float(restored)


def _decibels(value: float | None) -> str:
    """Nothing is missing where the error is 0."""
    return "∞" if value is None else f"{value:.2f}"


def _worst(row: Mapping[str, Any], language: str) -> str:
    return say("table.restorer.which", language, decibels=_decibels(row["worst"]), number=row["worst_picture"] + 1)
