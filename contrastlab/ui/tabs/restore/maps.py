"""Maps over a picture: how much of something, as light in the dark, and what is made up, hatched."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ....core.images import Image, encode_png
from ...drawing import embedded, exact, number, tag, text
from ...theme import MEANING

#: Every pixel becomes so many, for lines that are finer than it.
_FINE = 3
#: Of the hatching, in those: from line to line, and of each the width of the colour and of the dark edge beside it.
_PERIOD, _LINE, _EDGE = 15, 5, 3
#: How thick the colour lies between the lines, of 255: a single pixel between two of them is still seen.
_TINT = 72
#: The end of a map's scale is one of these, in levels.
_ENDS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


def hatching(area: npt.NDArray[np.bool_]) -> str:
    """An area bool (H, W) in the colour of what is made up, as the address of a PNG that is clear elsewhere.

    Lines in a light colour with a dark edge stand out from every ground, and from every colour for everybody.
    """
    fine = np.repeat(np.repeat(area, _FINE, axis=0), _FINE, axis=1)
    down, across = np.indices(fine.shape, np.int32)
    along = (down + across) % _PERIOD
    line, edge = along < _LINE, (along >= _LINE) & (along < _LINE + _EDGE)
    colours = np.empty((*fine.shape, 3), np.uint8)
    colours[:] = _colour(MEANING["caution"])
    colours[edge] = 0
    alpha = np.full(fine.shape, _TINT, np.uint8)
    alpha[line], alpha[edge] = 255, 190
    alpha[~fine] = 0
    return embedded(encode_png(colours, alpha), "png")


def end_of(plane: npt.NDArray[np.float32]) -> float:
    """Where a scale that has to hold nearly all of these values may end."""
    reach = float(np.percentile(plane, 99))
    return next((end for end in _ENDS if reach <= end), _ENDS[-1])


def heat(plane: npt.NDArray[np.float32], low: float, high: float) -> Image:
    """uint8 (H, W, 3) of values (H, W): from dark at `low` to light at `high`, in one hue."""
    share = np.clip((plane - low) / max(high - low, 1e-6), 0, 1)
    stops = np.array([_colour(one) for one in ("#161412", MEANING["negative"], "#ffffff")], np.float32)
    places = np.array([0, 0.5, 1], np.float32)
    return np.stack([np.interp(share, places, stops[:, part]) for part in range(3)], axis=-1).round().astype(np.uint8)


def tile(
    image: Image, title: str, says: str = "", *, role: str = "", small: bool = False, hatched: str = "",
    scale: str = "",
) -> str:
    """A picture with its title and a line; `hatched` lies over it, `scale` under it. `small` ones show their pixels."""
    kind = "pixels" if small else None
    layers = [tag("img", src=exact(image), alt=title, class_=kind, draggable="false")]
    if hatched:
        layers.append(tag("img", src=hatched, alt="", class_="hatched pixels", draggable="false"))
    said = tag("b", text(title)) + scale + (tag("span", text(says), class_="reference") if says else "")
    return tag("figure", tag("span", *layers, class_="stack answer"), tag("figcaption", said),
               class_=f"tile-card {role}".strip())


def scale(low: float, high: float, unit: str) -> str:
    """The bar that says what dark and light mean; `unit` is a word."""
    ends = [number(end, 0 if math.isclose(end, round(end)) else 1) for end in (low, high)]
    return tag("span", tag("span", text(ends[0])), tag("span", class_="ramp", aria_hidden="true"),
               tag("span", text(f"{ends[1]} {unit}")), class_="scale")


def _colour(code: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(code[1:])
    return red, green, blue
