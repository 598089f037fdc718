"""Generated pictures kept beside the model that made them: one contact sheet, and a file saying what each tile is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...core.checkpoint import write_atomically
from ...core.errors import LabError
from ...core.images import Image, encode_webp, open_image
from .dataset import Dataset, Labels

SHEET, ABOUT = "gallery.webp", "gallery.json"

#: What the data set of such pictures is called.
GENERATED = "generated"
#: Tiles in a row of the sheet.
_TILES = 40
#: Bytes that a sheet may have; if a lossless one has more, the best of these qualities that fits.
_MOST, _QUALITIES = 4_000_000, (98, 95, 92, 90, 85, 80)


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Generated pictures and where they came from.

    Attributes:
        data: the pictures, named "generated"; the label is the class that the generator was asked for.
        seeds: N whole numbers: with the class, what each picture was made from.
        generator: name of the model.
        weights: sha256 of its weights.
        rule: how the pictures were chosen, by name and number.
        encoding: "lossless", or "quality Q" if the sheet would have been too large.
    """

    data: Dataset
    seeds: tuple[int, ...] = field(repr=False)
    generator: str
    weights: str
    rule: Mapping[str, Any]
    encoding: str


def write_bundle(
    folder: Path,
    pictures: Image,
    *,
    labels: Labels,
    classes: Sequence[str],
    seeds: Sequence[int],
    generator: str,
    weights: str,
    rule: Mapping[str, Any],
) -> Bundle:
    """Write N square pictures uint8 (N, S, S, 3) as a sheet of at most 4 MB into `folder`, and read them back."""
    content, encoding = _encoded(_sheet(pictures))
    about = {
        "generator": generator, "weights": weights, "rule": dict(rule), "encoding": encoding,
        "sheet": hashlib.sha256(content).hexdigest(), "side": pictures.shape[1], "tiles": _TILES,
        "classes": list(classes), "labels": [int(label) for label in labels], "seeds": [int(seed) for seed in seeds],
    }
    write_atomically(folder / SHEET, content)
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in about.items())
    write_atomically(folder / ABOUT, f"{{\n{lines}\n}}\n".encode())
    return read_bundle(folder)


def has_bundle(folder: Path) -> bool:
    """Whether there is one in `folder`; it may still be damaged."""
    return (folder / SHEET).is_file() and (folder / ABOUT).is_file()


def read_bundle(folder: Path) -> Bundle:
    """The pictures in `folder`, read-only, class after class.

    Raises LabError ``bundle.missing``, ``bundle.wrong_hash`` if the sheet is not the one described, and
    ``bundle.broken`` if the description is none.
    """
    if not has_bundle(folder):
        raise LabError("bundle.missing", name=folder.name)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        content = (folder / SHEET).read_bytes()
        if hashlib.sha256(content).hexdigest() != about["sheet"]:
            raise LabError("bundle.wrong_hash", name=folder.name, file=SHEET)
        pictures = _cut(open_image(content).pixels, about["side"], about["tiles"], len(about["labels"]))
        labels = np.array(about["labels"], np.int64)
        labels.flags.writeable = False
        data = Dataset(GENERATED, "all", pictures, labels, tuple(about["classes"]), about["generator"])
        return Bundle(
            data, tuple(about["seeds"]), about["generator"], about["weights"], about["rule"], about["encoding"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LabError("bundle.broken", name=folder.name, file=ABOUT, why=str(error)) from None


def _sheet(pictures: Image) -> Image:
    """(N, S, S, 3) as one picture, row by row; black where the last row ends early."""
    count, side = pictures.shape[:2]
    rows = -(-count // _TILES)
    tiles = np.zeros((rows * _TILES, side, side, 3), np.uint8)
    tiles[:count] = pictures
    grid = tiles.reshape(rows, _TILES, side, side, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid.reshape(rows * side, _TILES * side, 3))


def _cut(sheet: Image, side: int, across: int, count: int) -> Image:
    rows = sheet.shape[0] // side
    tiles = sheet.reshape(rows, side, across, side, 3).transpose(0, 2, 1, 3, 4).reshape(-1, side, side, 3)[:count]
    if len(tiles) != count:
        raise ValueError(f"{len(tiles)} tiles, {count} labels")
    pictures: Image = np.ascontiguousarray(tiles)
    pictures.flags.writeable = False
    return pictures


def _encoded(sheet: Image) -> tuple[bytes, str]:
    content = encode_webp(sheet)
    if len(content) <= _MOST:
        return content, "lossless"
    for quality in _QUALITIES:
        content = encode_webp(sheet, quality)
        if len(content) <= _MOST:
            break
    return content, f"quality {quality}"
