"""The map as it goes to the browser: dots as a few bytes each, names of the kinds, marks; map.js draws them."""

from __future__ import annotations

import base64
import hashlib
import json

import numpy as np
import numpy.typing as npt

from ....core.images import Image
from ....gallery import Gallery
from ....models.encoder.inference import view as seen_by
from ....studies.maps import Map
from ....text import say
from ...drawing import exact, photograph, tag, text
from .scene import ROW, Nearest, Scene
from .sight import called, class_word

#: Coordinates are whole numbers up to this: finer than any screen.
_STEPS = 65535
#: Cells across the square in which a kind's most crowded place is looked for, and so many around it count.
_CELLS, _AROUND = 40, 1
#: Side of a thumbnail on a sheet, and how many go out together.
THUMB, SHEET = 32, 100


def stamp(gallery: Gallery, kind: str, language: str, *, is_there: bool) -> str:
    """What the browser's copy of the dots is known by: they are sent again only if this has changed."""
    said = "\0".join((gallery.name, gallery.key, gallery.pictures_hash, kind, language, str(is_there)))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def cloud(gallery: Gallery, found: Map | None, kind: str, language: str) -> str:
    """The map's frame, the dots and the legend. Without a map an empty frame that says so."""
    way = say(f"neighbours.map.way.{kind}", language)
    spoken = say("neighbours.map.spoken", language, count=f"{len(gallery):,}", way=way)
    if found is None:
        missing = tag("p", text(say("neighbours.map.missing", language)), class_="note")
        return tag("div", tag("div", missing, class_="plane empty"), class_="atlas")
    words = [class_word(word, gallery.name, language) for word in gallery.classes]
    data = {
        "gallery": f"{gallery.name} {gallery.pictures_hash[:12]}",
        "places": _packed(np.rint(found.places.clip(0, 1) * _STEPS).astype("<u2")),
        "kinds": _packed(np.maximum(gallery.labels, 0).astype("<u2")),
        "words": words,
        "crowds": [[round(float(value), 4) for value in place] for place in crowds(found.places, gallery)],
    }
    canvas = tag("canvas", tabindex="0", role="application", aria_label=spoken)
    plane = tag("div", canvas, class_="plane", data_dots=json.dumps(data, ensure_ascii=False))
    return tag("div", plane, _card(language), _legend(words, language), class_="atlas")


def marks(scene: Scene, found: Map, nearest: Nearest, sheet: str) -> str:
    """Where the question lies and who its neighbours are, for the dots that are there already."""
    place = scene.query_index
    at = found.place(scene.embedding(scene.eye))
    data = {
        "query": [round(float(value), 4) for value in at],
        "own": place if place is not None and not scene.view.is_changed else None,
        "near": [int(one) for one in nearest.indices],
        "word": called(scene, scene.view.query),
        "title": say("neighbours.map.query", scene.language),
        "picture": exact(seen_by(scene.query)),
    }
    return tag("i", data_marks=json.dumps(data, ensure_ascii=False), hidden=True) + sheet


def thumbnails(gallery: Gallery, wanted: npt.NDArray[np.int64]) -> str:
    """Pictures of the gallery side by side on one sheet, with their places in the gallery."""
    tiles = [seen_by(gallery.pictures[at], THUMB) for at in wanted]
    across = max(1, int(np.ceil(np.sqrt(len(tiles)))))
    black = np.zeros((THUMB, THUMB, 3), np.uint8)
    rows = [tiles[start : start + across] for start in range(0, len(tiles), across)]
    picture: Image = np.concatenate(
        [np.concatenate([*row, *[black] * (across - len(row))], axis=1) for row in rows], axis=0
    )
    of = ",".join(str(int(at)) for at in wanted)
    return tag("i", data_thumbs=of, data_across=across, data_sheet=photograph(picture), hidden=True)


def around(found: Map, at: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.int64]:
    """(count,) the pictures nearest to a place on the map, nearest first; fewer if there are fewer."""
    distance = np.square(found.places - at).sum(axis=1)
    count = min(count, len(distance))
    near = np.argpartition(distance, count - 1)[:count]
    return near[np.argsort(distance[near], kind="stable")].astype(np.int64)


def crowds(places: npt.NDArray[np.float32], gallery: Gallery) -> list[npt.NDArray[np.float64]]:
    """(2,) for each kind: where most of it lies together, which is where its name is written."""
    return [_crowd(places[gallery.labels == label]) for label in range(len(gallery.classes))]


def _crowd(places: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    if len(places) == 0:
        return np.full(2, 0.5)
    cells = np.minimum((places.clip(0, 1) * _CELLS).astype(int), _CELLS - 1)
    counts = np.zeros((_CELLS + 2 * _AROUND,) * 2)
    for dx in range(-_AROUND, _AROUND + 1):
        for dy in range(-_AROUND, _AROUND + 1):
            np.add.at(counts, (cells[:, 0] + _AROUND + dx, cells[:, 1] + _AROUND + dy), 1)
    best = np.array(np.unravel_index(counts.argmax(), counts.shape)) - _AROUND
    inside = (np.abs(cells - best) <= _AROUND).all(axis=1)
    middle: npt.NDArray[np.float64] = places[inside].mean(axis=0, dtype=np.float64)
    return middle


def _packed(numbers: npt.NDArray[np.uint16]) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode()


def _card(language: str) -> str:
    """What is under the pointer: filled in by the browser."""
    picture = tag("canvas", width=THUMB, height=THUMB, class_="pixels", aria_hidden="true")
    words = tag("p", tag("b", ""), tag("span", text(say("neighbours.map.hint", language)), data_hint=True),
                aria_live="polite")
    ask = tag("button", text(say("neighbours.search", language)), type="button", class_="tool", data_ask=True,
              hidden=True)
    return tag("div", picture, words, ask, class_="card")


def _legend(words: list[str], language: str) -> str:
    """The kinds as buttons that light theirs up, and the way closer."""
    kinds = [
        tag("button", tag("i", style=f"--kind:var(--kind-{index % 10})"), text(word), type="button", class_="kind",
            data_kind=index, aria_pressed="false")
        for index, word in enumerate(words)
    ]
    closer, whole = say("neighbours.map.closer", language), say("neighbours.map.whole", language)
    zoom = tag("button", text(closer), type="button", class_="tool", data_zoom=True, data_closer=closer,
               data_whole=whole)
    return tag("div", *kinds, zoom, class_="kinds", role="group", aria_label=say("neighbours.map.kinds", language))


__all__ = ["ROW", "SHEET", "around", "cloud", "crowds", "marks", "stamp", "thumbnails"]
