"""The room "The numbers themselves": what the main picture is painted from, to copy and to bring back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ....studies.directions import KEPT
from ....text import say
from ...drawing import tag, text
from ...fold import Part
from ...widgets import button, panel
from .latents import pack, read_latents, write_latents
from .scene import Scene


class Numbers(Part):
    """The latents as JSON, and a place for others."""

    NAME = "json"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("generate.json.what", language))), elem_classes=["note"])
        self.shown = panel(elem_id="generate-latents")
        self.given = words.on(
            gr.Textbox("", elem_id="generate-given", lines=3, max_lines=6, max_length=100_000),
            label="generate.json.given",
        )
        with gr.Row(elem_classes=["actions", "left"]):
            self.press = button(words, "generate.json.press", name="paint-numbers")
        self.message = panel(value="", elem_classes=["message"])
        self.outputs = [self.shown]

    def wire(self, tab: Any) -> None:
        def paint(language: str, given: str, *values: Any) -> dict[Any, Any]:
            scene = tab.parsed(language, *values)
            latents = read_latents(given, scene.generator.latent)
            # They are painted as they are: the sliders begin again at nought, and so does what was found.
            view = replace(scene.view, steps=(0.0,) * KEPT, base=pack(latents))
            painted = replace(scene, view=view)
            return {**tab.everything(painted), **self.show(painted)}

        tab.on(self.press.click, paint, first=[self.given], message=self.message,
               outputs=list(dict.fromkeys([*tab.outputs, *self.outputs])))

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        language = scene.language
        copy = tag("button", tag("span", text(say("augment.copy", language)), class_="idle"),
                   tag("span", text(say("page.copied", language)), class_="done"), type="button", class_="tool",
                   data_do="copy-code", data_manual=say("augment.copy", language))
        code = tag("pre", tag("code", text(write_latents(scene.latents))), tabindex="0", class_="wrapped")
        return {self.shown: tag("div", copy, code, class_="code")}
