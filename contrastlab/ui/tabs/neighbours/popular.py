"""The room "Popular pictures": a few pictures are among the nearest of very many (hubs), others of none."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....gallery import Hubs
from ....text import say
from ...drawing import legend, number, tag, text
from ...fold import Part
from ...widgets import PICKING, panel
from .calibrated import percent
from .charts import columns
from .findings import Measuring
from .replies import asking, reply, row
from .scene import Scene

#: Hubs shown.
_BIGGEST = 5
#: Where a new column begins, in times that a picture is named.
_EDGES = (0, 1, 5, 10, 15, 20, 30, 50)


class Popular(Part):
    """Who is named how often: the question, its neighbours, the biggest hubs, all."""

    NAME = "popular"

    def lay_out(self) -> None:
        self.tiles = panel(elem_id="neighbours-popular", js_on_load=PICKING)
        self.measuring = Measuring("beyond", lambda scene: scene.gallery().hubs)
        self.message = panel(value="", elem_classes=["message"])
        self.outputs = [self.tiles, self.measuring.place]

    def wire(self, tab: Any) -> None:
        asking(tab, self.tiles, self.message)
        self.measuring.wire(tab, self.message)

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        gallery = scene.gallery()
        hubs: Hubs | None = self.measuring.of(gallery)
        if hubs is None:
            return {self.tiles: "", **self.measuring.wish(gallery, scene.language)}
        return {self.tiles: _drawn(scene, hubs), **self.measuring.rest()}


def _drawn(scene: Scene, hubs: Hubs) -> str:
    language = scene.language
    parts = [tag("p", text(_own(scene, hubs)), class_="says answer")]
    neighbours = [_tile(scene, hubs, int(place)) for place in scene.nearest(scene.eye).indices]
    if neighbours:
        parts.append(row(say("neighbours.popular.neighbours", language), neighbours))
    biggest = [_tile(scene, hubs, int(place)) for place in hubs.biggest(_BIGGEST)]
    parts.append(row(say("neighbours.popular.biggest", language), biggest, role="baseline"))
    parts.append(_distribution(hubs, scene.query_index, language))
    notes = [
        say("neighbours.popular.means", language, least=number(hubs.least, 0)),
        say("neighbours.popular.never", language, share=percent(hubs.never), skewness=number(hubs.skewness, 1)),
    ]
    return "".join(parts) + "".join(tag("p", text(one), class_="note") for one in notes)


def _own(scene: Scene, hubs: Hubs) -> str:
    """How popular the question is."""
    if scene.query_index is None:
        return say("neighbours.popular.foreign", scene.language, k=hubs.k, asked=f"{hubs.asked:,}")
    key = "neighbours.popular.hub" if hubs.is_hub(scene.query_index) else "neighbours.popular.question"
    return say(key, scene.language, count=f"{hubs.counts[scene.query_index]:,}", k=hubs.k, asked=f"{hubs.asked:,}",
               usual=number(hubs.usual, 0))


def _tile(scene: Scene, hubs: Hubs, place: int) -> str:
    count = int(hubs.counts[place])
    key = "neighbours.popular.tile.hub" if hubs.is_hub(place) else "neighbours.popular.tile"
    badge = say("neighbours.popular.badge", scene.language) if hubs.is_hub(place) else ""
    return reply(scene, place, say("neighbours.popular.times", scene.language, count=f"{count:,}"),
                 spoken=say(key, scene.language, count=f"{count:,}"), badge=badge, is_judged=False)


def _distribution(hubs: Hubs, query: int | None, language: str) -> str:
    """How many pictures are named how often; the question's own column is marked."""
    places = np.searchsorted(_EDGES, hubs.counts, side="right") - 1
    counts = np.bincount(places, minlength=len(_EDGES))
    own = None if query is None else int(places[query])
    bars = []
    for index, low in enumerate(_EDGES):
        high = _EDGES[index + 1] - 1 if index + 1 < len(_EDGES) else None
        label = f"{low}+" if high is None else str(low) if high == low else f"{low}–{high}"
        bars.append((label, int(counts[index]), index == own))
    spoken = "; ".join(f"{label}: {count:,}" for label, count, _ in bars)
    axis = say("neighbours.popular.axis", language, k=hubs.k)
    # The sentence stands outside of the drawing: there it would be cut on a phone.
    chart = tag("p", text(axis), class_="label") + columns(bars, spoken=f"{axis}: {spoken}")
    return chart if own is None else chart + legend([("query", say("neighbours.popular.here", language))])
