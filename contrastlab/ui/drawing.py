"""Pieces of the page as HTML and SVG text. Every value that comes from outside this file is escaped here."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..core.images import Image, encode_jpeg, encode_png
from ..data.pixels import centre_square, resize
from ..metrics.retrieval import Band
from .theme import MEANING

#: JPEG of a preview: at 90 the traces of the compression are far below those of any step shown here.
_PREVIEW_QUALITY = 90


def tag(name: str, *content: str, **attributes: object) -> str:
    """<name attributes>content</name>. Attribute values are escaped, content is HTML already.

    A trailing or inner underscore in an attribute's name stands for a hyphen (aria_label, class_); an
    attribute of None or False is left out, one of True has no value.
    """
    said = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        said.append(f" {key}" if value is True else f' {key}="{html.escape(str(value))}"')
    opening = f"<{name}{''.join(said)}>"
    return opening if name in ("img", "br", "input") else f"{opening}{''.join(content)}</{name}>"


def text(words: object) -> str:
    """Plain text as HTML."""
    return html.escape(str(words))


def complaint(sentence: str) -> str:
    """An error's sentence, for the place under what caused it."""
    return tag("p", text(sentence), class_="complaint", role="alert")


def number(value: float, digits: int = 2) -> str:
    """The number as people write it, with a real minus sign: −0.45."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def embedded(content: bytes, kind: str) -> str:
    """A picture file of that kind ("webp") as its own address."""
    return f"data:image/{kind};base64," + base64.b64encode(content).decode()


def photograph(image: Image) -> str:
    """A preview as the address of its own JPEG. Previews go out in the answer itself: one round trip, no file."""
    return embedded(encode_jpeg(image, _PREVIEW_QUALITY), "jpeg")


def exact(image: Image) -> str:
    """A small picture as the address of its own PNG: nothing lost, for tiles that are enlarged by pixels."""
    return embedded(encode_png(image), "png")


def overlay(areas: Mapping[str, npt.NDArray[np.bool_]]) -> str:
    """Areas (H, W) in the colours of their meanings, half transparent, as the address of one PNG."""
    height, width = next(iter(areas.values())).shape
    colours, alpha = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    for meaning, area in areas.items():
        colours[area] = [int(MEANING[meaning][place : place + 2], 16) for place in (1, 3, 5)]
        alpha[area] = 170
    return embedded(encode_png(colours, alpha), "png")


def thumbnail(image: Image) -> str:
    """The picture's central square at 88 pixels, twice the size at which it is shown, as its own address."""
    return photograph(resize(centre_square(image), (88, 88)))


def framed(source: str, *, alt: str, caption: str = "", role: str = "", small: bool = False) -> str:
    """A picture in a frame that keeps its size, with its caption (HTML). `role` colours the frame's mark.

    `small` pictures are enlarged by pixels, so that they look intended.
    """
    picture = tag("img", src=source, alt=alt, decoding="sync", draggable="false", class_="pixels" if small else None)
    frame = tag("span", picture, class_="frame")
    return tag("figure", frame, tag("figcaption", caption) if caption else "", class_=f"picture {role}".strip())


def share(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """Where `value` lies between low and high, in per cent of the way, never outside."""
    return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)


def track(*, role: str, who: str, value: float, reference: str, band: Band | None, spoken: str) -> str:
    """One line of the likeness bar: a rail from 0 to 1, the band where other pictures lie, and the mark.

    `reference` is the text beside it, `spoken` what a screen reader says for all of it.
    """
    at = share(value)
    marks = [tag("span", class_="fill", style=f"width:{at}%"), tag("span", class_="dot", style=f"left:{at}%")]
    if band is not None:
        left, right = share(band.low), share(band.high)
        marks.insert(0, tag("span", class_="band", style=f"left:{left}%;width:{right - left:g}%"))
    return tag(
        "div",
        tag("span", text(who), class_="who"),
        tag("span", *marks, class_="rail"),
        tag("b", text(number(value)), class_="number answer"),
        tag("span", text(reference), class_="reference"),
        class_=f"track {role}", role="img", aria_label=spoken,
    )


def share_bar(role: str, who: str, value: float, said: str, *, line: float | None = None, spoken: str = "") -> str:
    """One share, 0 to 1, as a bar on a rail, with the line that it has to pass."""
    marks = [tag("span", class_="fill", style=f"width:{share(value)}%")]
    if line is not None:
        marks.append(tag("span", class_="needed", style=f"left:{share(line)}%"))
    return tag("div", tag("span", text(who), class_="who"), tag("span", *marks, class_="rail"),
               tag("b", text(said), class_="number answer"), class_=f"share-bar {role}", role="img",
               aria_label=spoken or f"{who}: {said}")


def line_chart(
    xs: Sequence[float],
    lines: Iterable[tuple[str, str, Sequence[float]]],
    *,
    x_label: str,
    x_ticks: Sequence[tuple[float, str]],
    spoken: str,
    band: Band | None = None,
    at: float | None = None,
) -> str:
    """Curves of likeness (0 to 1) as inline SVG: (role, label, values) each, with the band of other pictures.

    `at` marks one x, as where the slider now stands.
    """
    width, height, left, top, right, bottom = 560, 280, 44, 12, 16, 62
    span_x, span_y = width - left - right, height - top - bottom

    def x_of(value: float) -> float:
        return left + span_x * share(value, xs[0], xs[-1]) / 100

    def y_of(value: float) -> float:
        return top + span_y * (1 - share(value) / 100)

    parts = []
    if band is not None:
        parts.append(_HATCHING)
        parts.append(tag("rect", class_="band", x=left, width=span_x, y=f"{y_of(band.high):.1f}",
                         height=f"{y_of(band.low) - y_of(band.high):.1f}"))
    for value in (0.0, 0.5, 1.0):
        y = f"{y_of(value):.1f}"
        parts.append(tag("line", class_="grid", x1=left, x2=width - right, y1=y, y2=y))
        parts.append(tag("text", f"{value:g}", x=left - 8, y=y, class_="end middle"))
    for value, label in x_ticks:
        parts.append(tag("text", text(label), x=f"{x_of(value):.1f}", y=height - bottom + 24, class_="centre"))
    parts.append(tag("text", text(x_label), x=left + span_x / 2, y=height - 6, class_="centre soft"))
    if at is not None:
        parts.append(tag("line", class_="at", x1=f"{x_of(at):.1f}", x2=f"{x_of(at):.1f}", y1=top, y2=top + span_y))
    for role, label, values in lines:
        points = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in zip(xs, values, strict=True))
        parts.append(tag("polyline", tag("title", text(label)), points=points, class_=f"curve {role}"))
    return tag("svg", *parts, viewBox=f"0 0 {width} {height}", class_="chart", role="img", aria_label=spoken)


def histogram(
    values: npt.NDArray[np.float32], others: Sequence[float] | None, *, x_label: str, spoken: str
) -> str:
    """Likenesses (-1 to 1) as bars over 0 to 1 in inline SVG, and, hatched, the shares that other pictures have.

    `others` are shares of equal bins from -1 to 1; what lies below 0 is counted at 0, for both.
    """
    bins = 40
    counts, _ = np.histogram(np.clip(values, 0, 1), bins=bins, range=(0, 1))
    heights = counts / max(1, len(values))
    behind = np.zeros(bins) if others is None else _from_zero(np.asarray(others), bins)
    top = float(max(heights.max(), behind.max(), 1e-9))
    width, height, base = 560, 230, 170
    step = width / bins
    parts = [_HATCHING]
    for index in range(bins):
        for share_of, role in ((behind[index], "others"), (heights[index], "learned")):
            tall = 150 * share_of / top
            if tall > 0:
                parts.append(tag("rect", class_=f"bin {role}", x=f"{index * step + 1:.1f}", width=f"{step - 2:.1f}",
                                 y=f"{base - tall:.1f}", height=f"{tall:.1f}"))
    parts.append(tag("line", class_="grid", x1=0, x2=width, y1=base, y2=base))
    for value, anchor in ((0.0, "start"), (0.5, "centre"), (1.0, "end")):
        parts.append(tag("text", f"{value:g}", x=value * width, y=base + 24, class_=anchor))
    parts.append(tag("text", text(x_label), x=width / 2, y=height - 6, class_="centre soft"))
    return tag("svg", *parts, viewBox=f"0 0 {width} {height}", class_="chart", role="img", aria_label=spoken)


def bars(rows: Iterable[tuple[str, str, float]], *, spoken: str) -> str:
    """(role, label, value) each, as bars to the right (above 0) or to the left of a common line."""
    listed = list(rows)
    reach = max([abs(value) for _, _, value in listed] + [0.05])
    drawn = []
    for role, label, value in listed:
        long = round(50 * abs(value) / reach, 1)
        side = f"left:50%;width:{long}%" if value >= 0 else f"right:50%;width:{long}%"
        beam = tag("span", tag("span", style=side), class_="beam")
        drawn.append(tag("div", tag("span", text(label), class_="who"), beam, tag("b", number(-value)),
                         class_=f"effect {role}"))
    return tag("div", *drawn, class_="effects", role="group", aria_label=spoken)


def _from_zero(shares: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.float64]:
    """Shares of equal bins from -1 to 1 as shares of `bins` from 0 to 1, all that lies below 0 in the first."""
    centres = (np.arange(len(shares)) + 0.5) / len(shares) * 2 - 1
    places = np.clip((centres * bins).astype(int), 0, bins - 1)
    counted: npt.NDArray[np.float64] = np.bincount(places, weights=shares, minlength=bins).astype(np.float64)
    return counted


_HATCHING = (
    '<defs><pattern id="hatching" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern></defs>'
)


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """(role, label) each: the marks that the curves and bars carry, beside their names."""
    items = (tag("li", tag("span", class_=f"key {role}"), text(label)) for role, label in entries)
    return tag("ul", *items, class_="legend")
