"""The room "Mix two pictures": Mixup and CutMix, and the label that comes with them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ....core.knobs import Choice
from ....data.augment.mix import SHARE
from ....lab import DEFAULT_ENCODER
from ....studies.mixing import HOW, blend
from ....text import say
from ... import shelf
from ...drawing import framed, number, photograph, tag, text
from ...fold import Part
from ...samples import samples
from ...widgets import PICKING, options, panel, slider
from .scene import Scene
from .sight import likeness, subject
from .view import PHOTO

WAY = Choice("way", tuple(HOW), "mixup")
_PARTNER = "coffee"


class Mixing(Part):
    """The photograph with another one: picture, label bar, and how alike the network finds it to either."""

    NAME = "mixing"

    def lay_out(self) -> None:
        self.way = options(self.words, WAY, "augment.way", name="way")
        self.share = slider(self.words, SHARE, "augment.share")
        self.partner = gr.Textbox(_PARTNER, visible="hidden")
        panel(self.words, lambda language: tag("p", text(say("augment.mixing.with", language)), class_="label"))
        self.samples = panel(self.words, lambda language: samples(language), js_on_load=PICKING)
        self.result = panel(elem_id="augment-mixing")
        self.inputs = [self.way, self.share, self.partner]
        self.outputs = [self.result]
        self.triggers = [self.way.input, self.share.input, self.partner.change]

    def wire(self, tab: Any) -> None:
        self.samples.select(None, None, [self.partner], js="() => window.contrastlab.picked")

    def show(self, scene: Scene, way: str, share: float, partner: str, *_: Any) -> dict[Any, Any]:
        language = scene.language
        second = PHOTO.check(partner)
        mixed = blend(scene.before, shelf.preview(None, second), how=WAY.check(way), share=SHARE.check(share),
                      seed=scene.view.draws.seed)
        rows = self.lab.encoder(DEFAULT_ENCODER).embed([mixed.picture, mixed.first, mixed.second])
        names = [subject(scene), say(f"photo.{second}", language)]
        shares = [mixed.share, 1 - mixed.share]
        parts = [
            tag("span", tag("b", f"{100 * part:.0f} %"), " ", text(name), class_=role, style=f"flex:{part + 0.001:.4f}")
            for part, name, role in zip(shares, names, ("query", "negative"), strict=True)
        ]
        alike = say("augment.mixing.alike", language, first=number(likeness(rows[[0, 1]])),
                    second=number(likeness(rows[[0, 2]])))
        alt = say("augment.mixing.alt", language, first=names[0], second=names[1])
        picture = framed(photograph(mixed.picture), alt=alt)
        spoken = ", ".join(f"{100 * part:.0f} % {name}" for part, name in zip(shares, names, strict=True))
        label = tag("div", *parts, class_="label-bar", role="img", aria_label=spoken)
        says = tag("div", tag("p", text(say("augment.mixing.label", language)), class_="label"), label,
                   tag("p", text(alike), class_="says answer"),
                   tag("p", text(say("augment.mixing.note", language)), class_="note"))
        return {self.result: tag("div", picture, says, class_="mixed")}
