"""What little data is worth, as the READMEs show it: the tables of `study low-data` and `study transfer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from ..text import say
from .markdown import table

#: In the order of the columns.
WAYS = ("real", "augmented", "generated", "both", "features")
#: What is measured of a generator, and where it started from.
_CURVES = tuple((what, way) for what in ("asked", "distance") for way in ("init", "scratch"))


def low_data(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/low_data.json, written by `python -m contrastlab study low-data`: a row a task."""
    settings, classifier = found["settings"], found["settings"]["classifier"]
    steps = {row["gan"]["recipe"]: row["gan"]["steps"] for row in found["rows"]}
    facts = {
        **classifier, "gans": ", ".join(f"{name} {count:,}" for name, count in steps.items()),
        "seeds": len(settings["seeds"]), "generated": settings["generated"], "parameters": found["parameters"],
        "features": found["features"], "test": found["rows"][0]["test"],
    }
    rows = [
        [say("table.low_data.row", language, **row), *(shares(row[way]) for way in WAYS)]
        for row in found["rows"]
    ]
    columns = [say(f"table.low_data.{column}", language) for column in ("data", *WAYS)]
    return _figured("low_data", say("table.low_data.about", language, **facts), table(columns, rows), language)


def transfer(found: Mapping[str, Any], language: str) -> str:
    """docs/measured/transfer.json, written by `python -m contrastlab study transfer`: a row a number of steps."""
    settings = found["settings"]
    facts = {
        **{name: found[name] for name in ("recipe", "source", "target", "judge", "k", "pictures")},
        "source_steps": settings["source_steps"], "bank": settings["bank"], "seeds": len(settings["seeds"]),
    }
    ends = {name: [shares([found[name]["asked"]]), _values([found[name]["distance"]])]
            for name in ("start", "floor")}
    rows = [["0", ends["start"][0], "", ends["start"][1], ""]]
    for row in found["rows"]:
        cells = {
            (what, way): shares(row[way][what]) if what == "asked" else _values(row[way][what])
            for what, way in _CURVES
        }
        rows.append([f"{row['steps']:,}", *(cells[curve] for curve in _CURVES)])
    asked, distance = ends["floor"]
    rows.append([say("table.transfer.floor", language), asked, asked, distance, distance])
    columns = [say("table.transfer.steps", language)]
    columns += [say(f"table.transfer.{what}.{way}", language, source=found["source"]) for what, way in _CURVES]
    return _figured("transfer", say("table.transfer.about", language, **facts), table(columns, rows), language)


def shares(each: Sequence[float]) -> str:
    """Shares in [0, 1], one a seed, as a percentage: the mean, and the deviation of several."""
    if len(each) < 2:
        return f"{100 * each[0]:.1f} %"
    return f"{100 * mean(each):.1f} ± {100 * stdev(each):.1f} %"


def _values(each: Sequence[float]) -> str:
    return f"{each[0]:.1f}" if len(each) < 2 else f"{mean(each):.1f} ± {stdev(each):.1f}"


def _figured(name: str, about: str, numbers: str, language: str) -> str:
    """The sentences, the figure that lies in docs/pictures, the numbers."""
    ending = "svg" if language == "en" else f"{language}.svg"
    return f"{about}\n\n![{say(f'figure.{name}.alt', language)}](docs/pictures/{name}.{ending})\n\n{numbers}"
