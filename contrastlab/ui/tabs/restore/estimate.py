"""The room "What it thinks is wrong": the damage as the network sees it, and what it does if it is told otherwise."""

from __future__ import annotations

import math
from typing import Any

import gradio as gr

from ....core.images import Image
from ....core.knobs import Knob
from ....metrics.fidelity import psnr
from ....models.restorer.inference import Findings
from ....text import say
from ...drawing import exact, number, tag, text
from ...fold import Part
from ...widgets import button, panel, slider
from .scene import SOFT, Scene

#: What the network may be told, in the order of `Findings`.
TOLD = {
    "noise": Knob("noise", 0, 100, 0, 1, "levels"), "quality": Knob("quality", 1, 100, 100, 1),
    "blur": Knob("blur", 0, 8, 0, 0.1, "px"),
}


class Estimate(Part):
    """Estimate and truth side by side; the sliders stand on the estimate until they are moved."""

    NAME = "estimate"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("restore.estimate.what", language))), elem_classes=["note"])
        #: The damage that the sliders stand for: at another one they go back to the estimate.
        self.of = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["telling"]):
            with gr.Column():
                self.table = panel(elem_id="restore-found")
            with gr.Column():
                self.sliders = {
                    name: slider(words, knob, f"restore.estimate.{name}", name=f"told-{name}")
                    for name, knob in TOLD.items()
                }
                with gr.Row(elem_classes=["actions", "left"]):
                    self.again = button(words, "restore.estimate.again", name="as-estimated")
        self.pair = panel(elem_id="restore-told")
        self.inputs = [self.of, *self.sliders.values()]
        self.outputs = [*self.inputs, self.table, self.pair]
        self.triggers = [one.input for one in self.sliders.values()]

    def wire(self, tab: Any) -> None:
        def again(language: str, *values: Any) -> dict[Any, Any]:
            return self.show(tab.read(language, *values), "", *(0.0 for _ in TOLD))

        tab.on(self.again.click, again, outputs=self.outputs)

    def show(self, scene: Scene, of: str, *values: Any) -> dict[Any, Any]:
        found = rounded(scene.findings)
        fresh = of != str(scene.stamp)
        told = found if fresh else Findings(**{
            name: knob.check(value) for (name, knob), value in zip(TOLD.items(), values, strict=True)
        })
        stands = {one: getattr(found, name) for name, one in self.sliders.items()} if fresh else {}
        return {
            self.of: str(scene.stamp), **stands, self.table: _table(scene, found),
            self.pair: _pair(scene, None if told == found else told),
        }


def rounded(found: Findings) -> Findings:
    """As far as the sliders can say it."""
    return Findings(**{
        name: min(max(round(getattr(found, name), 1 if knob.step < 1 else 0), knob.minimum), knob.maximum)
        for name, knob in TOLD.items()
    })


def truth(scene: Scene) -> Findings | None:
    """What was really done; None where nobody knows."""
    if scene.clean is None:
        return None
    damage, strength = scene.view.damage, scene.view.strength
    return Findings(
        noise=strength if damage == "noise" else 0, quality=strength if damage == "jpeg" else 100,
        blur={"blur": strength, "small": SOFT * strength if strength > 1 else 0}.get(damage, 0),
    )


def repaired_as(scene: Scene, told: Findings) -> Image:
    """What the network makes of the picture if it is told that."""
    missing = scene.damaged.missing
    return scene.repairer.restore(
        scene.damaged.image, missing if missing.any() else None, told, strength=scene.amount
    )


def _table(scene: Scene, found: Findings) -> str:
    language, known = scene.language, truth(scene)
    heads = [tag("th", text(say(f"restore.estimate.{one}", language) if one else ""), scope="col")
             for one in ("", "found", "truth")]
    rows = []
    for name, knob in TOLD.items():
        digits = 1 if knob.step < 1 else 0
        unknown = say("restore.estimate.unknown", language)
        cells = [number(getattr(found, name), digits),
                 unknown if known is None else number(getattr(known, name), digits)]
        rows.append(tag("tr", tag("th", text(say(f"restore.estimate.{name}.is", language)), scope="row"),
                        tag("td", text(cells[0])), tag("td", text(cells[1]), class_="answer")))
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="findings")
    if scene.view.damage != "small":
        return table
    return table + tag("p", text(say("restore.estimate.small", language)), class_="note")


def _pair(scene: Scene, told: Findings | None) -> str:
    """The repair under the estimate, and the one under what is told, which is the same if nothing is."""
    language, estimated = scene.language, scene.repaired.image
    other = estimated if told is None else repaired_as(scene, told)
    tiles, decibels = [], []
    for who, role, image in (("by_estimate", "learned", estimated), ("by_you", "query", other)):
        name, facts = say(f"restore.estimate.{who}", language), ""
        if scene.clean is not None:
            decibels.append(psnr(image, scene.clean))
            facts = tag("span", text(f"{_shown(decibels[-1])} dB"), class_="answer")
        tiles.append(tag("figure", tag("img", src=exact(image), alt=name, draggable="false"),
                         tag("figcaption", tag("b", text(name)), facts), class_=f"tile-card {role}"))
    if told is None:
        said = say("restore.estimate.same", language)
    elif len(decibels) < 2 or not all(map(math.isfinite, decibels)):
        said = say("restore.estimate.look", language)
    else:
        gain = decibels[1] - decibels[0]
        key = "even" if abs(gain) < 0.05 else "better" if gain > 0 else "worse"
        said = say(f"restore.estimate.{key}", language, gain=number(abs(gain), 1))
    return tag("p", text(said), class_="says answer") + tag("div", *tiles, class_="methods")


def _shown(decibels: float) -> str:
    return "\N{INFINITY}" if math.isinf(decibels) else number(decibels, 1)
