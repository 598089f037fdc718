"""The room "How alike is alike?": one similarity beside those of strangers and of twins."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ....studies.calibration import Calibration, calibrate
from ....text import say
from ...drawing import legend, number, tag, text
from ...fold import Part
from ...widgets import panel
from .charts import spreads
from .findings import Measuring
from .replies import STAYING
from .scene import PIXELS, Scene
from .tiles import tile_picture


class Calibrated(Part):
    """A number between 0 and 1 says little by itself; what other pairs score says what it is worth."""

    NAME = "calibrated"

    def lay_out(self) -> None:
        self.rank = gr.Textbox("0", visible="hidden")
        self.choice = panel(elem_id="neighbours-calibrated-choice", js_on_load=STAYING)
        self.chart = panel(elem_id="neighbours-calibrated")
        self.measuring = Measuring("beyond", lambda scene: calibrate(scene.gallery(), scene.eye.embed))
        self.message = panel(value="", elem_classes=["message"])
        self.inputs = [self.rank]
        self.outputs = [self.choice, self.chart, self.measuring.place]
        self.triggers = [self.rank.change]

    def wire(self, tab: Any) -> None:
        self.choice.select(None, None, [self.rank], js="() => window.contrastlab.picked")
        self.measuring.wire(tab, self.message)

    def show(self, scene: Scene, rank: str, *_: Any) -> dict[Any, Any]:
        gallery = scene.gallery()
        nearest = scene.nearest(scene.eye)
        if not len(nearest.indices):
            alone = tag("p", text(say("neighbours.alone", scene.language)), class_="note")
            return {self.choice: alone, self.chart: "", **self.measuring.rest()}
        at = min(int(rank), len(nearest.indices) - 1) if str(rank).isdecimal() and len(str(rank)) < 3 else 0
        known: Calibration | None = self.measuring.of(gallery)
        choice = {self.choice: _choice(scene, at)}
        if known is None:
            return {**choice, self.chart: "", **self.measuring.wish(gallery, scene.language)}
        drawn = _drawn(known, float(nearest.scores[at]), at + 1, scene.language)
        return {**choice, self.chart: drawn, **self.measuring.rest()}


def _choice(scene: Scene, chosen: int) -> str:
    """The five neighbours, one of them picked."""
    language, pictures = scene.language, scene.gallery(PIXELS).pictures
    nearest = scene.nearest(scene.eye)
    buttons = []
    for rank, (place, score) in enumerate(zip(nearest.indices, nearest.scores, strict=True)):
        spoken = say("neighbours.tile", language, rank=rank + 1, word="", number=number(float(score)))
        buttons.append(tag("button", tile_picture(pictures[place], ""), type="button", data_pick=rank, title=spoken,
                           aria_label=spoken, aria_pressed=str(rank == chosen).lower()))
    label = say("neighbours.calibrated.choose", language)
    thumbs = tag("span", *buttons, class_="thumbs-of")
    return tag("div", tag("span", text(label), class_="who"), thumbs, class_="choose learned", role="group",
               aria_label=label)


def _drawn(known: Calibration, similarity: float, rank: int, language: str) -> str:
    said = number(similarity)
    sentence = say("neighbours.calibrated.says", language, rank=rank, similarity=said,
                   strangers=percent(known.strangers.share_below(similarity)),
                   twins=percent(known.twins.share_below(similarity)))
    chart = spreads(
        known.strangers.values, known.twins.values, similarity, said=said,
        x_label=say("neighbours.pairs", language), spoken=sentence,
    )
    entries = [("others", say("neighbours.calibrated.strangers", language)),
               ("positive", say("neighbours.calibrated.twins", language))]
    apart = say("neighbours.calibrated.apart", language, share=percent(known.told_apart))
    return (tag("p", text(sentence), class_="says answer") + chart + legend(entries)
            + tag("p", text(apart), class_="note"))


def percent(part: float) -> str:
    """A share in per cent that never reaches 100 or 0 by rounding."""
    whole = 100 * part
    if 0.0 < whole < 1.0 or 99.0 < whole < 100.0:
        return number(min(max(whole, 0.1), 99.9), 1)
    return number(whole, 0)
