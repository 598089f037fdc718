"""Curves of decibels as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ...drawing import share, tag, text

#: (role, label, values) of a curve; it may be shorter than its xs, as long as it is being drawn.
Line = tuple[str, str, Sequence[float]]

#: A picture that is nearer to the truth than this looks the same; the curve is cut off there.
MOST = 50.0


def decibel_chart(
    xs: Sequence[float], lines: Iterable[Line], *, x_label: str, x_ticks: Sequence[float], spoken: str,
    shaded: tuple[float, float] | None = None, at: float | None = None, points: bool = False, unit: str = "dB",
) -> str:
    """Curves over `xs`, which rise, a dashed line `at` an x, a stretch of xs `shaded`, dots at the `points`."""
    drawn = [(role, label, [min(value, MOST) if unit == "dB" else value for value in values])
             for role, label, values in lines]
    every = [value for _, _, values in drawn for value in values if math.isfinite(value)] or [20.0, 30.0]
    step = _step(max(every) - min(every))
    low, high = step * math.floor(min(every) / step), step * math.ceil(max(every) / step)
    high = max(high, low + step)
    width, height, left, top, right, bottom = 560, 300, 52, 34, 24, 66
    span_x, span_y = width - left - right, height - top - bottom

    def x_of(value: float) -> str:
        return f"{left + span_x * share(value, xs[0], xs[-1]) / 100:.1f}"

    def y_of(value: float) -> str:
        return f"{top + span_y * (1 - share(value, low, high) / 100):.1f}"

    parts = []
    if shaded is not None:
        begin, end = x_of(shaded[0]), x_of(shaded[1])
        parts.append(tag("rect", class_="taught", x=begin, width=f"{float(end) - float(begin):.1f}", y=top,
                         height=span_y))
    for place in range(round((high - low) / step) + 1):
        y = y_of(low + place * step)
        parts.append(tag("line", class_="grid", x1=left, x2=width - right, y1=y, y2=y))
        parts.append(tag("text", f"{low + place * step:g}", x=left - 8, y=y, class_="end middle"))
    parts.append(tag("text", text(unit), x=4, y=16, class_="soft"))
    for tick in x_ticks:
        parts.append(tag("text", f"{tick:g}", x=x_of(tick), y=height - bottom + 26, class_="centre"))
    parts.append(tag("text", text(x_label), x=left + span_x / 2, y=height - 8, class_="centre soft"))
    if at is not None:
        parts.append(tag("line", class_="at", x1=x_of(at), x2=x_of(at), y1=top, y2=top + span_y))
    for role, label, values in drawn:
        ends = [(x_of(x), y_of(y)) for x, y in zip(xs, values, strict=False)]
        line = " ".join(f"{x},{y}" for x, y in ends)
        parts.append(tag("polyline", tag("title", text(label)), points=line, class_=f"curve {role}"))
        if points:
            parts += [tag("circle", cx=x, cy=y, r=4.5, class_=f"point {role}") for x, y in ends]
    return tag("svg", *parts, viewBox=f"0 0 {width} {height}", class_="chart", role="img", aria_label=spoken)


def _step(span: float) -> float:
    """Between two lines of the grid, so that there are three to seven."""
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
    for smaller, larger in pairwise(steps):
        if span / smaller <= 6:
            return smaller
        if span / larger <= 6:
            return larger
    return steps[-1]
