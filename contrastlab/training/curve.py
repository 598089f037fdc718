"""How a training went, in few enough points to be drawn: kept beside the weights, for the log stays where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..core.checkpoint import write_atomically

#: The file with a training's curve, in its checkpoint's folder.
CURVE = "curve.json"
#: Points that a curve has at most.
POINTS = 100
#: What a log tells of the machine and the schedule, and nothing of the learning.
_ASIDE = ("step", "rate_factor", "samples_per_second")


@dataclass(frozen=True, slots=True)
class Curve:
    """What was logged, averaged over equal stretches of the training.

    Attributes:
        steps: the last of each stretch, rising.
        lines: name of what was logged -> its mean in each stretch.
    """

    steps: tuple[int, ...]
    lines: Mapping[str, tuple[float, ...]]


def write_curve(log: Path, *folders: Path) -> None:
    """Keep the curve of a log, lines of JSON with a ``step`` each, in each folder; nothing where none is logged."""
    rows = [json.loads(line) for line in log.read_text().splitlines() if line] if log.exists() else []
    names = [name for name in rows[-1] if name not in _ASIDE] if rows else []
    # A training that began with other things to log is told from where it logs these.
    rows = [row for row in rows if all(name in row for name in names)]
    if not names:
        return
    parts = np.array_split(np.arange(len(rows)), min(POINTS, len(rows)))
    told = {"steps": [rows[part[-1]]["step"] for part in parts]} | {
        name: [float(f"{np.mean([rows[place][name] for place in part]):.4g}") for part in parts] for name in names
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in told.items())
    for folder in folders:
        write_atomically(folder / CURVE, f"{{\n{lines}\n}}\n".encode())


def read_curve(folder: Path) -> Curve | None:
    """The curve kept in a checkpoint's folder; None if there is none, or if it is damaged."""
    try:
        told = json.loads((folder / CURVE).read_text(encoding="utf-8"))
        steps = tuple(int(step) for step in told.pop("steps"))
        lines = {str(name): tuple(float(value) for value in values) for name, values in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    rises = all(one < other for one, other in pairwise(steps))
    fits = all(len(values) == len(steps) and np.isfinite(values).all() for values in lines.values())
    return Curve(steps, lines) if steps and lines and rises and fits else None
