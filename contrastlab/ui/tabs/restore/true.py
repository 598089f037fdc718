"""The fold "Is it true?": three ways to ask a repair whether it is, and each answer beside its reference."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ....core.knobs import Knob
from ....lab import Lab
from ....models.restorer.trust import UNSURE
from ...fold import Fold, Steps, at_rest, at_work, following
from ...safely import QUIETLY
from ...widgets import Words, button, panel, slider
from .checks import Doubt, doubting, subject_of
from .scene import Scene
from .verdicts import fits, made_up, took

#: What is hatched at first lies apart by half as much again as what a repair is sure of: under the noise that the page
#: opens with, nearly everything is unsure.
BEYOND = Knob("beyond", 1, 30, 1.5 * UNSURE, 0.5, "levels")


class IsTrue(Fold):
    """Does it fit what was given, what had to be made up, and what went with the damage."""

    TAB = "restore"
    NAME = "true"

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        self.pulse.js_on_load = following(self.NAME, rested="tick")

    def lay_out(self) -> None:
        words = self.words
        self.fits = panel(elem_id="restore-fits", elem_classes=["checked"])
        self.made_up = panel(elem_id="restore-made-up", elem_classes=["checked"])
        with gr.Row(elem_classes=["side-by-side", "doubting"]):
            self.press = button(words, "restore.true.press", name="doubt")
            self.stop = button(words, "page.stop", name="stop-doubt", visible=False)
            self.beyond = slider(words, BEYOND, "restore.true.beyond")
        self.taken = panel(elem_id="restore-taken", elem_classes=["checked"])
        #: What a visitor's search has found so far: moving the slider hatches anew and repairs nothing anew.
        self.doubt = gr.State(None)
        self.inputs = [self.doubt, self.beyond]
        self.outputs = [self.fits, self.made_up, self.taken]

    def wire(self, tab: Any) -> None:
        count = len(tab.inputs)

        def search(language: str, *values: Any) -> Steps:
            scene, beyond = tab.read(language, *values[:count]), BEYOND.check(values[-1])
            yield at_work(self.press, self.stop)
            for now in doubting(scene):
                yield {self.made_up: made_up(scene, now, beyond), self.doubt: now}
            return {}

        def hatch(language: str, *values: Any) -> dict[Any, Any]:
            scene, (doubt, beyond) = tab.read(language, *values[:count]), values[count:]
            return {self.made_up: made_up(scene, _about(scene, doubt), BEYOND.check(beyond))}

        tab.on(self.beyond.input, hatch, last=self.inputs, outputs=[self.made_up], message=self.complaint, live=True)
        idle = at_rest(self.press, self.stop)
        run = tab.heavily(self.press.click, search, last=[self.beyond], message=self.complaint, finally_=idle,
                          outputs=[self.made_up, self.doubt])
        # A search is stopped by its button, and by another picture. What it has found stays.
        for over in (self.stop.click, self.pulse.tick):
            over(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, doubt: Doubt | None, beyond: float, *_: Any) -> dict[Any, Any]:
        return {
            self.fits: fits(scene), self.made_up: made_up(scene, _about(scene, doubt), BEYOND.check(beyond)),
            self.taken: took(scene),
        }


def _about(scene: Scene, doubt: Doubt | None) -> Doubt | None:
    """What has been found out, if it is about what is now shown."""
    return doubt if doubt is not None and doubt.of == subject_of(scene) else None
