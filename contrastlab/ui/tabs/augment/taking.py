"""The room "Take it with you": code, JSON, the picture in full size, a zip of many."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import gradio as gr

from ....core.images import encode_png
from ....core.knobs import Choice, Knob
from ....data.augment import apply
from ....data.augment.export import (
    Exported,
    drawn_code,
    drawn_to_torchvision,
    policy_code,
    policy_to_torchvision,
)
from ....text import say
from ... import shelf
from ...drawing import tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...offering import file_place, kept, offered
from ...safely import QUIETLY
from ...widgets import button, options, panel, slider
from .scene import Scene
from .view import SEED

WHAT = Choice("what", ("policy", "roll"), "policy")
FORM = Choice("form", ("contrastlab", "torchvision", "json"), "contrastlab")
COUNT = Knob("count", 2, 64, 12, 1, integer=True)


class Taking(Part):
    """What is on the screen, for use elsewhere."""

    NAME = "taking"

    def lay_out(self) -> None:
        words = self.words
        with gr.Row(elem_classes=["side-by-side"]):
            self.what = options(words, WHAT, "augment.what", name="take-what")
            self.form = options(words, FORM, "augment.form", name="form")
        self.code = panel(elem_id="augment-code")
        self.count = slider(words, COUNT, "augment.count")
        with gr.Row(elem_classes=["actions", "left"]):
            self.one = button(words, "augment.save", name="save")
            self.many = button(words, "augment.zip", name="zip")
            self.stop = button(words, "page.stop", name="stop-zip", visible=False)
            self.file = gr.DownloadButton(visible=False, elem_id="augment-file", variant="primary")
        self.message = panel(value="", elem_classes=["message"])
        self.progress = panel(value="", elem_classes=["note"])
        self.inputs = [self.what, self.form]
        self.outputs = [self.code]
        self.triggers = [self.what.input, self.form.input]

    def wire(self, tab: Any) -> None:
        def save(language: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield {self.one: gr.update(interactive=False), self.file: gr.update(visible=False),
                   self.progress: text(say("augment.saving", language))}
            return offered(self.file, self._save(scene), language)

        def pack(language: str, count: float, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield {**at_work(self.many, self.stop), self.file: gr.update(visible=False)}
            return (yield from self._pack(scene, int(COUNT.check(count))))

        idle = {self.progress: "", **at_rest(self.many, self.stop)}
        tab.heavily(self.one.click, save, outputs=[self.file], message=self.message,
                    finally_={self.progress: "", self.one: gr.update(interactive=True)})
        run = tab.heavily(self.many.click, pack, first=[self.count], outputs=[self.file], message=self.message,
                          finally_=idle)
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, what: str, form: str, *_: Any) -> dict[Any, Any]:
        exported = _exported(scene, WHAT.check(what), FORM.check(form))
        language = scene.language
        notes = [tag("li", text(_note(note.key, note.facts, language))) for note in exported.notes]
        copy = tag("button", tag("span", text(say("augment.copy", language)), class_="idle"),
                   tag("span", text(say("page.copied", language)), class_="done"), type="button", class_="tool",
                   data_do="copy-code", data_manual=say("augment.copy", language))
        code = tag("pre", tag("code", text(exported.code)), tabindex="0")
        parts = tag("div", copy, code, class_="code")
        if notes:
            parts += tag("p", text(say("augment.notes", language)), class_="label") + tag("ul", *notes, class_="note")
        return {self.code: parts}

    def _save(self, scene: Scene) -> Path:
        picture = apply(shelf.full(scene.own, scene.view.photo), scene.drawn)
        return kept(f"{_stem(scene)}.png", encode_png(picture))

    def _pack(self, scene: Scene, count: int) -> Steps:
        """A zip of `count` rolls at full size, seed after seed, with the policy and the seeds beside them."""
        picture = shelf.full(scene.own, scene.view.photo)
        path = file_place(self.file, f"{_stem(scene)}-{count}.zip")
        # PNG is compressed already.
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
            packed.writestr("policy.json", scene.policy.to_json())
            for index in range(count):
                view = scene.view.rolled((scene.view.draws.seed + index) % (int(SEED.maximum) + 1))
                packed.writestr(f"{view.draws.seed:06d}.png", encode_png(apply(picture, view.drawn())))
                done = say("augment.packing", scene.language, done=index + 1, count=count)
                yield {self.progress: text(done)}
        return offered(self.file, path, scene.language)


def _exported(scene: Scene, what: str, form: str) -> Exported:
    if form == "json":
        return Exported(scene.policy.to_json() if what == "policy" else scene.drawn.to_json())
    if what == "policy":
        if form == "contrastlab":
            return policy_code(scene.policy, scene.view.draws.seed)
        return policy_to_torchvision(scene.policy, scene.size)
    return drawn_code(scene.drawn) if form == "contrastlab" else drawn_to_torchvision(scene.drawn, scene.size)


def _note(key: str, facts: dict[str, object], language: str) -> str:
    """A note's sentence, with steps and borders called as on the page."""
    told = dict(facts)
    if "step" in told:
        told["step"] = say(f"step.{told['step']}", language)
    if "border" in told:
        told["border"] = say(f"choice.border.{told['border']}", language)
    return say(f"export.note.{key}", language, **told)


def _stem(scene: Scene) -> str:
    return f"{scene.view.photo or 'photo'}-{scene.view.draws.seed}"
