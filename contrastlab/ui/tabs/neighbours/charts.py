"""Two distributions over each other, and how many pictures are named how often: inline SVG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...drawing import share, tag, text

_WIDTH, _HEIGHT, _BASE, _TALL = 560, 230, 170, 140
#: Bars from 0 to 1.
_BINS = 40


def spreads(strangers: npt.NDArray[np.float32], twins: npt.NDArray[np.float32], at: float, *, said: str, x_label: str,
            spoken: str) -> str:
    """Where two kinds of pairs lie from 0 to 1, what is below 0 counted at 0, and a line `at` one value."""
    heights = [np.histogram(np.clip(one, 0, 1), bins=_BINS, range=(0, 1))[0] / len(one) for one in (strangers, twins)]
    step = _WIDTH / _BINS
    parts = [
        _HATCHED,
        *(_bar("others" if place == 0 else "positive", index * step + 1, step - 2, value / max(map(np.max, heights)))
          for place, one in enumerate(heights) for index, value in enumerate(one) if value > 0),
        tag("line", class_="grid", x1=0, x2=_WIDTH, y1=_BASE, y2=_BASE),
    ]
    for value, anchor in ((0.0, "start"), (0.5, "centre"), (1.0, "end")):
        parts.append(tag("text", f"{value:g}", x=value * _WIDTH, y=_BASE + 24, class_=anchor))
    x = f"{_WIDTH * share(at) / 100:.1f}"
    parts.append(tag("line", class_="at", x1=x, x2=x, y1=18, y2=_BASE))
    parts.append(tag("text", text(said), x=x, y=12, class_="end strong" if at > 0.5 else "strong"))
    parts.append(tag("text", text(x_label), x=_WIDTH / 2, y=_HEIGHT - 6, class_="centre soft"))
    return _svg(parts, spoken)


def columns(bars: Sequence[tuple[str, int, bool]], *, spoken: str) -> str:
    """(label, count, whether it is marked) each, side by side, the count above its bar."""
    step = _WIDTH / len(bars)
    most = max(max(count for _, count, _ in bars), 1)
    parts = []
    for index, (label, count, is_marked) in enumerate(bars):
        middle = (index + 0.5) * step
        parts.append(_bar("query" if is_marked else "learned", index * step + step * 0.12, step * 0.76, count / most))
        parts.append(tag("text", f"{count:,}", x=f"{middle:.1f}", y=f"{_BASE - _TALL * count / most - 7:.1f}",
                         class_="centre"))
        parts.append(tag("text", text(label), x=f"{middle:.1f}", y=_BASE + 24, class_="centre"))
    parts.append(tag("line", class_="grid", x1=0, x2=_WIDTH, y1=_BASE, y2=_BASE))
    return _svg(parts, spoken, _BASE + 32)


def _bar(role: str, x: float, width: float, height: float) -> str:
    tall = _TALL * height
    return tag("rect", class_=f"bin {role}", x=f"{x:.1f}", width=f"{width:.1f}", y=f"{_BASE - tall:.1f}",
               height=f"{tall:.1f}")


def _svg(parts: Sequence[str], spoken: str, height: int = _HEIGHT) -> str:
    return tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {height}", class_="chart", role="img", aria_label=spoken)


# An own pattern: two charts of one page may not share a name.
_HATCHED = (
    '<defs><pattern id="hatching-pairs" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern></defs>'
)
