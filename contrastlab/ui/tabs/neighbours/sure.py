"""The fold "Is it sure?": what the neighbours vote, how near a mix-up is, and whether they are there to stay."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from ....lab import Lab
from ....models.encoder.inference import Embedder
from ....studies.stability import VERSIONS, stability
from ....text import say
from ...drawing import number, share_bar, tag, text
from ...fold import Fold, following
from ...widgets import PICKING, Words, panel
from .ballot import miss, vote
from .scene import PIXELS, ROW, Scene
from .tiles import row_name, tile_picture

#: A neighbour that stays in fewer of the versions than this is called fragile.
_FRAGILE = 0.5


# Bars without a verdict ask for one themselves.
_WAITING = """
watch('value', () => { if (element.querySelector('[data-wait]')) trigger('tick'); })"""


class Sure(Fold):
    """Vote, nearest miss and rank stability.

    What takes longer than the vote comes later, in the lane of long work: the stability of the row, and what a vote
    is worth, which is measured once for each gallery and eye and takes a second or more. Until that is there the
    bars stand without a verdict.
    """

    TAB = "neighbours"
    NAME = "sure"

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        self.pulse.js_on_load = following(self.NAME, at_once="tick", rested="submit")

    def lay_out(self) -> None:
        # For which picture "ask anyway" was pressed; of any other nothing is said again.
        self.asked = gr.Textbox("", visible="hidden")
        # News that a gallery has been measured.
        self.measured = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["two", "sure"]):
            self.vote = panel(elem_id="neighbours-vote", js_on_load=PICKING + _WAITING)
            self.miss = panel(elem_id="neighbours-miss")
        self.unmeasured = panel(value="", elem_classes=["message"])
        self.stable = panel(elem_id="neighbours-stable")
        self.unstable = panel(value="", elem_classes=["message"])
        self.inputs = [self.asked]
        self.outputs = [self.vote, self.miss]
        self.triggers = [self.asked.change, self.measured.change]

    def wire(self, tab: Any) -> None:
        self.vote.select(None, None, [self.asked], js="() => window.contrastlab.picked")

        def find_out(language: str, *values: Any) -> dict[Any, Any]:
            tab.read(language, *values).gallery().measure()
            # A word that has not been there before, so that what waits is drawn anew.
            return {self.measured: secrets.token_hex(4)}

        def stay(language: str, *values: Any) -> dict[Any, Any]:
            return {self.stable: stable(tab.read(language, *values))}

        tab.heavily(self.vote.tick, find_out, outputs=[self.measured], message=self.unmeasured, live=True)
        tab.heavily(
            [self.accordion.expand, self.pulse.submit], stay, outputs=[self.stable], message=self.unstable, live=True
        )

    def show(self, scene: Scene, asked: str, *_: Any) -> dict[Any, Any]:
        return {self.vote: vote(scene, asked), self.miss: miss(scene)}


def stable(scene: Scene) -> str:
    """The learned row with a bar each, and the mean beside that of the pixels."""
    language = scene.language
    learned = _staying(scene, scene.eye)
    if len(learned.neighbours) == 0:
        return ""
    pixels = _staying(scene, scene.pixels)
    how = say("neighbours.sure.stability.how", language, versions=VERSIONS, k=learned.among)
    tiles = [
        _tile(scene, rank, int(place), float(kept))
        for rank, (place, kept) in enumerate(zip(learned.neighbours, learned.kept, strict=True), start=1)
    ]
    means = [_mean(role, row_name(scene, role), row, language)
             for role, row in (("learned", learned), ("baseline", pixels))]
    # Said in either case, so that the lines below keep their place.
    fragile = tag("p", text(say("neighbours.sure.fragile.note", language)), class_="note")
    row = tag("div", tag("div", *tiles, class_="stays"), fragile)
    label = tag("p", text(say("neighbours.sure.mean.how", language, k=len(learned.neighbours))), class_="label")
    both = tag("div", label, tag("div", *means, class_="share-bars answer"))
    return (tag("h3", text(say("neighbours.sure.stability", language))) + tag("p", text(how), class_="note")
            + tag("div", row, both, class_="two"))


@dataclass(frozen=True, slots=True, eq=False)
class _Staying:
    """A row's neighbours (k,), how often each stays (k,), 0 to 1, and among how many nearest it has to be for that."""

    neighbours: npt.NDArray[np.int64]
    kept: npt.NDArray[np.float64]
    among: int


def _staying(scene: Scene, eye: Embedder) -> _Staying:
    """How the row of this eye fares when the question is changed; the question's exact duplicates are no neighbours."""
    gallery, itself = scene.gallery(eye.name), scene.nearest(eye).itself
    exclude = None if scene.view.is_changed else scene.query_index
    doubles = [place for place in itself if place != exclude]
    among = min(ROW + len(doubles), len(gallery) - (exclude is not None))
    if among <= len(doubles):
        return _Staying(np.zeros(0, np.int64), np.zeros(0), among)
    # What the eye gets of the question is what is changed: as in its training, and a photograph is as quick.
    found = stability(scene.seen, gallery, eye.embed, k=among, exclude=exclude)
    others = ~np.isin(found.neighbours, doubles)
    return _Staying(found.neighbours[others], found.kept[others], among)


def _tile(scene: Scene, rank: int, place: int, kept: float) -> str:
    language = scene.language
    times = say("neighbours.sure.kept", language, kept=round(kept * VERSIONS), versions=VERSIONS)
    spoken = say("neighbours.sure.kept.spoken", language, rank=rank, kept=times)
    is_fragile = kept < _FRAGILE
    rail = tag("span", tag("span", class_="fill", style=f"width:{100 * kept:.1f}%"), class_="rail")
    word = tag("span", text(say("neighbours.sure.fragile", language)), class_="fragile-word") if is_fragile else ""
    words = tag("figcaption", rail, tag("b", text(times)), word, class_="answer")
    return tag("figure", tile_picture(scene.gallery(PIXELS).pictures[place], spoken), words,
               class_="stay fragile" if is_fragile else "stay")


def _mean(role: str, who: str, row: _Staying, language: str) -> str:
    mean, count = float(row.kept.mean()), len(row.kept)
    return share_bar(role, who, mean, say("neighbours.sure.mean", language, kept=number(mean * count, 1), k=count))
