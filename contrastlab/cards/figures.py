"""Figures of the READMEs, drawn from docs/measured as SVG text: (the file's contents, language) -> the file."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

from ..text import say
from .few import WAYS, shares

_WIDTH = 760
_INK, _GREY, _RULE = "#222222", "#6b6b6b", "#dddddd"
#: Blue and orange that are told apart without colour vision too (Okabe & Ito 2008).
_FIRST, _SECOND = "#0072b2", "#d55e00"


def low_data(found: Mapping[str, Any], language: str) -> str:
    """A panel a task, in it a row a way: a dot at the mean of the seeds and a line over their range, 0 to 100 %."""
    left, right, step, between = 180, 130, 24, 44
    inner = _WIDTH - left - right

    def across(share: float) -> float:
        return left + share * inner

    marks = [_text(16, 26, say("figure.low_data.title", language), weight="bold")]
    top = 66
    for row in found["rows"]:
        chance = across(row["per_class"] / row["labels"])
        bottom = top + step * len(WAYS)
        marks.append(_text(16, top - 8, say("figure.low_data.task", language, **row), weight="bold", size=13))
        for tenth in range(0, 11, 2):
            marks.append(_line(across(tenth / 10), top, across(tenth / 10), bottom, _RULE))
        marks.append(_line(chance, top, chance, bottom, _GREY, dashed=True))
        for place, way in enumerate(WAYS):
            y, each = top + step * (place + 0.5), row[way]
            marks += [
                _text(left - 12, y + 4, say(f"table.low_data.{way}", language), anchor="end", size=13),
                _line(across(min(each)), y, across(max(each)), y, _FIRST, width=3),
                _dot(across(mean(each)), y, _FIRST),
                _text(across(1) + 12, y + 4, shares(each), size=13),
            ]
        top = bottom + between
    axis = top - between + 16
    marks += [_text(across(tenth / 10), axis, f"{10 * tenth} %", anchor="middle", size=12, fill=_GREY)
              for tenth in range(0, 11, 2)]
    marks.append(_text(chance, axis, say("figure.low_data.chance", language), anchor="middle", size=12, fill=_GREY))
    return _svg(axis + 16, say("figure.low_data.alt", language), marks)


def transfer(found: Mapping[str, Any], language: str) -> str:
    """Shares of the asked-for class over the steps, on a logarithmic axis: a line a start, its range behind it."""
    left, right, top, bottom, height = 60, 150, 56, 300, 346
    steps = [row["steps"] for row in found["rows"]]
    first, last = math.log(steps[0]), math.log(steps[-1])
    end = _WIDTH - right

    def across(count: float) -> float:
        return left + 30 + (math.log(count) - first) / max(last - first, 1e-9) * (end - left - 60)

    def up(share: float) -> float:
        return bottom - share * (bottom - top)

    marks = [_text(16, 26, say("figure.transfer.title", language), weight="bold")]
    for tenth in range(0, 11, 2):
        marks += [
            _line(left, up(tenth / 10), end, up(tenth / 10), _RULE),
            _text(left - 8, up(tenth / 10) + 4, f"{10 * tenth} %", anchor="end", size=12, fill=_GREY),
        ]
    marks += [_text(across(count), bottom + 18, f"{count:,}", anchor="middle", size=12, fill=_GREY) for count in steps]
    where = say("figure.transfer.steps", language, **found)
    marks.append(_text((left + end) / 2, bottom + 36, where, anchor="middle", size=12, fill=_GREY))
    names: list[tuple[float, str, str]] = []
    for name in ("start", "floor"):
        share = found[name]["asked"]
        marks.append(_line(left, up(share), end, up(share), _GREY, dashed=True))
        names.append((up(share), say(f"figure.transfer.{name}", language, **found), _GREY))
    for way, colour in (("init", _FIRST), ("scratch", _SECOND)):
        each = [row[way]["asked"] for row in found["rows"]]
        middle = [(across(count), up(mean(its))) for count, its in zip(steps, each, strict=True)]
        edges = [(across(count), up(max(its))) for count, its in zip(steps, each, strict=True)]
        edges += [(across(count), up(min(its))) for count, its in zip(steps[::-1], each[::-1], strict=True)]
        marks += [
            f'<polygon points="{_points(edges)}" fill="{colour}" fill-opacity="0.15"/>',
            f'<polyline points="{_points(middle)}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
            *(_dot(x, y, colour) for x, y in middle),
        ]
        names.append((middle[-1][1], say(f"figure.transfer.{way}", language, **found), colour))
    marks += [_text(end + 10, y + 4, words, size=13, fill=colour) for y, words, colour in _apart(names)]
    return _svg(height, say("figure.transfer.alt", language), marks)


#: By the files' names without .json.
FIGURES: dict[str, Callable[[Any, str], str]] = {"low_data": low_data, "transfer": transfer}


def _apart(names: Iterable[tuple[float, str, str]], least: float = 16) -> list[tuple[float, str, str]]:
    """Labels (height, words, colour) from the lowest on the page up, moved so that none covers another."""
    placed: list[tuple[float, str, str]] = []
    for y, words, colour in sorted(names, reverse=True):
        placed.append((min(y, placed[-1][0] - least) if placed else y, words, colour))
    return placed


def _svg(height: float, spoken: str, marks: Sequence[str]) -> str:
    """The file: on white, whatever the page around it is."""
    body = "\n".join([f'<rect width="{_WIDTH}" height="{height:g}" fill="#ffffff"/>', *marks])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" '
        f'height="{height:g}" font-family="system-ui, sans-serif" role="img">\n'
        f"<title>{html.escape(spoken)}</title>\n{body}\n</svg>\n"
    )


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 15, weight: str = "normal", fill: str = _INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{fill}">{html.escape(words)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, width: float = 1, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{dashes}/>'
    )


def _dot(x: float, y: float, fill: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}"/>'


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
