"""What a generator's card says of its pictures: by the encoders, by their vote, by a classifier, class after class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.checkpoint import Checkpoint
from ..text import say
from .markdown import percent, table

_SIDES = ("generated", "floor", "ceiling")
_MANIFOLD = ("precision", "recall", "density", "coverage")


def numbers(found: Mapping[str, Any], name: str, language: str) -> str:
    """What `studies.quality` found about the checkpoint of that name, in sentences and tables."""
    counts = {"name": name, "pictures": found["pictures"], "reference": found["reference"]}
    return "\n\n".join([
        say("card.quality.about", language, **counts), _distances(found, language),
        say("card.quality.manifold", language), _manifolds(found, language),
        say("card.quality.votes", language, **_shares(found["votes"], "test"), count=len(found["classes"])),
        say("card.quality.classifier", language, **_shares(found["classifier"], "real")),
        _classes(found, language),
    ])  # fmt: skip


def together(rows: Sequence[tuple[str, Checkpoint]], language: str) -> str:
    """A row for each of some generators that were measured, under the name it is given."""
    cells = []
    for name, one in rows:
        found = one.metrics["quality"]
        first = found["votes"]["encoder"]
        distance = next(key for key in found["distances"] if key.startswith(f"FD-{first}@"))
        cells.append([
            name, distance, *(_figure(found["distances"][distance][side]) for side in _SIDES),
            f"{found['manifold'][first]['generated']['coverage']:.2f}", percent(found["votes"]["generated"]),
            percent(found["memorised"][first]["generated"]), percent(found["classifier"]["generated"]),
            percent(found["classifier"]["real"]),
        ])
    columns = ("generator", "distance", *_SIDES, "coverage", "asked", "memorised", "taught", "real")
    about = say("table.quality.about", language)
    return f"{about}\n\n{table([say(f'table.quality.{column}', language) for column in columns], cells)}"


def _distances(found: Mapping[str, Any], language: str) -> str:
    rows = [[name, *(_figure(one[side]) for side in _SIDES)] for name, one in found["distances"].items()]
    return table([say(f"table.quality.{column}", language) for column in ("distance", *_SIDES)], rows)


def _manifolds(found: Mapping[str, Any], language: str) -> str:
    rows = []
    for name, sides in found["manifold"].items():
        shares = {"generated": percent(found["memorised"][name]["generated"]), "floor": ""}
        rows += [
            [
                say(f"table.quality.by.{side}", language, encoder=name),
                *(f"{sides[side][what]:.2f}" for what in _MANIFOLD), shares[side],
            ]
            for side in ("generated", "floor")
        ]
    columns = ("pictures", *_MANIFOLD, "memorised")
    return table([say(f"table.quality.{column}", language) for column in columns], rows)


def _classes(found: Mapping[str, Any], language: str) -> str:
    rows = [
        [
            word, *(_share(one.get(what)) for what in ("asked", "memorised", "accuracy")),
            *(_figure(one[side]) if side in one else "" for side in ("distance", "floor")),
        ]
        for word, one in found["classes"].items()
    ]
    columns = ("class", "asked", "memorised", "taught", "kernel", "floor")
    return table([say(f"table.quality.{column}", language) for column in columns], rows)


def _shares(facts: Mapping[str, Any], other: str) -> dict[str, Any]:
    """The facts, with the share of the generated pictures and that of the others as percentages."""
    return {**facts, "generated": percent(facts["generated"]), other: percent(facts[other])}


def _share(value: float | None) -> str:
    return "" if value is None else percent(value)


def _figure(value: float) -> str:
    """Three digits, whatever the size: 312, 4.57, 0.0123."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
