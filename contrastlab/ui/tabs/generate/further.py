"""The room "More numbers": the directions that are not in sight, and how far from the middle pictures are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ....nn.decoding import TRUNCATION
from ....studies.directions import ALONG, KEPT
from ....text import say
from ...drawing import tag, text
from ...fold import Part
from ...widgets import panel, slider, unit_class
from . import sight
from .scene import Scene
from .view import SLIDERS, write_steps


class Further(Part):
    """Sliders that move the stage above, as its own three do."""

    NAME = "further"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("generate.further.what", language))), elem_classes=["note"])
        self.truncation = slider(words, TRUNCATION, "generate.truncation")
        self.sliders = []
        with gr.Row(elem_classes=["further"]):
            for place in range(SLIDERS, KEPT):
                self.sliders.append(gr.Slider(
                    ALONG.minimum, ALONG.maximum, ALONG.default, step=ALONG.step, buttons=[],
                    elem_id=f"knob-number-{place + 1}", elem_classes=["knob", unit_class(ALONG)],
                    label=say("generate.direction.plain", number=place + 1),
                ))
        self.message = panel(value="", elem_classes=["message"])
        self.outputs = [self.truncation, *self.sliders]

    def wire(self, tab: Any) -> None:
        own = [self.truncation, *self.sliders]

        def turn(language: str, *values: Any) -> dict[Any, Any]:
            truncation, *steps = values[: len(own)]
            scene = tab.read(language, *values[len(own) :])
            beyond = tuple(ALONG.check(step) for step in steps)
            view = replace(
                scene.view, truncation=TRUNCATION.check(truncation), steps=scene.view.steps[:SLIDERS] + beyond
            )
            moved = scene.seen_as(view)
            return {
                tab.rest: write_steps(beyond), tab.truncation: f"{view.truncation:g}", tab.main: sight.main(moved),
                tab.others: sight.others(moved), tab.view: sight.beacon(moved),
            }

        tab.on(
            [one.input for one in own], turn, first=own, message=self.message, live=True,
            outputs=[tab.rest, tab.truncation, tab.main, tab.others, tab.view],
        )

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        """The sliders as the view has them: it may have come from an address, or been reset."""
        shown: dict[Any, Any] = {self.truncation: scene.view.truncation}
        for place, one in enumerate(self.sliders, start=SLIDERS):
            shown[one] = gr.update(
                value=scene.view.steps[place], label=sight.slider_label(scene, place),
                visible=place < len(scene.directions),
            )
        return shown
