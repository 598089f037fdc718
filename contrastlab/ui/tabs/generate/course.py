"""How a training went, as inline SVG over steps that double."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

import numpy as np

from ....studies.learning import PAINTED, REAL
from ....text import say
from ....training.curve import Curve
from ...drawing import legend, number, tag, text

#: What is drawn together: (title, (line of the log, the colour of what it is about) each).
CHARTS = (
    ("judged", ((REAL, "query"), (PAINTED, "generated"))),
    ("loss", (("generator_loss", "generated"), ("discriminator_loss", "learned"))),
    ("bound", (("cross_entropy", "generated"), ("kl", "learned"))),
)
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 360, 176, 46, 10, 8, 30


def along(step: int, first: int, last: int) -> float:
    """Where a step stands on the axis: 0 at `first`, 1 at `last`, never outside."""
    return min(max(log(step / first) / log(last / first), 0.0), 1.0) if last > first else 1.0


def charts(curve: Curve, first: int, last: int, language: str) -> str:
    """All that was logged and can be drawn, from the step `first` to the step `last`."""
    made = []
    for name, wanted in CHARTS:
        lines = [
            (role, say(f"generate.line.{line}", language), curve.lines[line])
            for line, role in wanted if line in curve.lines
        ]
        if lines:
            title = say(f"generate.course.{name}", language)
            made.append(tag("h4", text(title)) + _chart(curve.steps, lines, first, last, title))
            made.append(legend((role, label) for role, label, _ in lines))
    return "".join(made)


def _chart(
    steps: Sequence[int], lines: Iterable[tuple[str, str, Sequence[float]]], first: int, last: int, spoken: str
) -> str:
    listed = list(lines)
    values = np.concatenate([shown for _, _, shown in listed])
    low, high = float(values.min()), float(values.max())
    high = high if high > low else low + 1
    span_x, span_y = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x_of(step: int) -> float:
        return _LEFT + span_x * along(step, first, last)

    def y_of(value: float) -> float:
        return _TOP + span_y * (1 - (value - low) / (high - low))

    digits = 0 if high - low > 20 else 1 if high - low > 1 else 2
    parts = []
    for value in (low, high):
        y = f"{y_of(value):.1f}"
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y))
        parts.append(tag("text", number(value, digits), x=_LEFT - 6, y=y, class_="end middle"))
    for power in range(1, 8):
        if first <= 10**power <= last:
            parts.append(tag("text", f"{10**power:,}", x=f"{x_of(10**power):.1f}", y=_HEIGHT - 8, class_="centre"))
    # The present step: the page's own slider moves it, see assets/learning.js.
    parts.append(tag("line", class_="at", x1=0, x2=0, y1=_TOP, y2=_TOP + span_y,
                     style=f"transform:translateX(calc({_LEFT}px + {span_x}px * var(--at)))"))
    for role, label, shown in listed:
        points = " ".join(f"{x_of(step):.1f},{y_of(value):.1f}" for step, value in zip(steps, shown, strict=True))
        parts.append(tag("polyline", tag("title", text(label)), points=points, class_=f"curve {role}"))
    return tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_="chart course", role="img", aria_label=spoken)
