"""The fold "Paint what is missing": marks over the picture, and what the network puts in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ....core.images import Image
from ....core.knobs import Knob
from ....data.degrade import Mask, proposed_scratches
from ....lab import Lab
from ....metrics.fidelity import psnr
from ....models.restorer.classical import repair
from ....models.restorer.inference import Findings
from ....text import say
from ...drawing import exact, number, tag, text
from ...fold import Fold, Steps, at_rest, at_work
from ...offering import kept, offered
from ...safely import QUIETLY
from ...widgets import PicturePathImage, Words, button, panel, slider
from .painting import brought, in_the_whole, layer, painted, picture_stamp
from .saving import encoded, notes, progress_bar
from .scene import Scene

BRUSH = Knob("brush", 2, 48, 12, 1, "px", integer=True)
_TOOLS = ("draw", "erase", "undo", "grow", "invert", "clear", "save")
#: The method before networks that stands beside it.
_OLDER = "telea"


class Paint(Fold):
    """A brush, what was painted, and the picture with it filled in."""

    TAB = "restore"
    NAME = "paint"

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        self.inputs, self.outputs = [self.marks, self.shown], [self.canvas, self.filled, self.shown]

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("restore.paint.what", language))), elem_classes=["note"])
        # What was painted, and on which picture in which language the canvas is.
        self.marks, self.shown = gr.Textbox("", visible="hidden"), gr.Textbox("", visible="hidden")
        self.given = panel(value="", visible="hidden", js_on_load=_watching("lay(element)"))
        with gr.Row(elem_classes=["painting"]):
            with gr.Column():
                self.canvas = panel(
                    elem_id="restore-canvas",
                    js_on_load=f"""window.contrastlab.paintable(element, () => trigger('select', {{index: 0}}));
                    {_watching("renew()")}""",
                )
                panel(words, _tools, elem_id="restore-tools", js_on_load="window.contrastlab.painting.tool(element)")
                self.brush = slider(words, BRUSH, "restore.paint.brush")
                with gr.Row(elem_classes=["actions"]):
                    self.propose = button(words, "restore.paint.propose", name="propose-scratches")
                    self.upload = words.on(
                        PicturePathImage(sources=["upload"], show_label=False, container=False, height=48, buttons=[],
                                         elem_id="restore-mask", elem_classes=["own-photo"]),
                        placeholder="restore.paint.upload", label="restore.paint.upload",
                    )
            with gr.Column():
                self.filled = panel(elem_id="restore-filled")
                with gr.Row(elem_classes=["actions"]):
                    self.press = button(words, "restore.paint.full", name="save-filled")
                    self.stop = button(words, "page.stop", name="stop-filling", visible=False)
                    self.file = gr.DownloadButton(visible=False, elem_id="filled-file")
                self.progress = panel(value="", elem_classes=["working"])
                self.notes = panel(value="", elem_classes=["note"])

    def wire(self, tab: Any) -> None:
        def paint(language: str, marks: str, *values: Any) -> dict[Any, Any]:
            scene = tab.read(language, *values)
            return {self.marks: marks, self.filled: filled(scene, painted(marks, scene))}

        def propose(language: str, *values: Any) -> dict[Any, Any]:
            scene = tab.read(language, *values)
            return {self.given: _given(proposed_scratches(scene.source), scene)}

        def take(language: str, path: str | None, *values: Any) -> dict[Any, Any]:
            if path is None:
                return {}
            scene = tab.read(language, *values)
            try:
                return {self.given: _given(brought(path, scene), scene)}
            finally:
                Path(path).unlink(missing_ok=True)

        def save(language: str, marks: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield {**at_work(self.press, self.stop), self.file: gr.update(visible=False), self.notes: ""}
            return (yield from self._save(scene, painted(marks, scene)))

        own = {"message": self.complaint}
        tab.on(self.canvas.select, paint, first=[self.marks], outputs=[self.marks, self.filled], live=True, **own,
               js="(language, _, ...rest) => [language, window.contrastlab.picked, ...rest]")
        tab.on(self.propose.click, propose, outputs=[self.given], **own)
        tab.on(self.upload.input, take, first=[self.upload], outputs=[self.given], finally_={self.upload: None}, **own)
        self.brush.input(None, [self.brush], None, js="(size) => window.contrastlab.painting.size(size)", **QUIETLY)
        idle = {self.progress: "", **at_rest(self.press, self.stop)}
        run = tab.heavily(self.press.click, save, first=[self.marks],
                          outputs=[self.file, self.notes, self.progress, self.stop], finally_=idle, **own)
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, marks: str, shown: str, *_: Any) -> dict[Any, Any]:
        now = f"{picture_stamp(scene)} {scene.language}"
        if now == shown:
            return {}  # a canvas that is drawn anew has lost what was painted on it
        same = now.split()[0] == shown.partition(" ")[0]
        fresh = {} if same else {self.canvas: canvas(scene)}
        return {**fresh, self.shown: now, self.filled: filled(scene, painted(marks, scene))}

    def _save(self, scene: Scene, mask: Mask | None) -> Steps:
        if mask is None:
            return {self.notes: text(say("restore.paint.nothing", scene.language))}
        picture, image = scene.whole(), None
        large = in_the_whole(mask, scene, *picture.pixels.shape[:2])
        for now in scene.repairer.restoring(picture.pixels, large, strength=0.0):
            image = now.image
            yield {self.progress: progress_bar(now.done, now.total, scene.language)}
        assert image is not None
        path = kept(f"{scene.view.photo or 'photo'}-filled.png", encoded(image, picture, "png"))
        return {**offered(self.file, path, scene.language), self.notes: notes(picture, "png", scene.language)}


def canvas(scene: Scene) -> str:
    """The picture under an empty layer of its size."""
    height, width = scene.source.shape[:2]
    over = tag("canvas", width=width, height=height, tabindex=0, data_of=picture_stamp(scene), role="img",
               aria_label=say("restore.paint.canvas", scene.language))
    brush = tag("span", class_="brush", hidden=True, aria_hidden="true")
    return tag("div", tag("img", src=exact(scene.source), alt="", draggable="false"), over, brush, class_="canvas")


def filled(scene: Scene, mask: Mask | None) -> str:
    """The picture with what was painted filled in by the network, by a classical method, and what was there."""
    language = scene.language
    if mask is None:
        return tag("p", text(say("restore.paint.nothing", language)), class_="note")
    image = scene.repairer.restore(scene.source, mask, strength=0.0)
    older = repair(_OLDER, scene.source, Findings(0, 100, 0), mask)
    share = number(100 * mask.mean(), 1)
    said = say("restore.paint.done", language, count=f"{int(mask.sum()):,}", share=share)
    tiles = [_tile(image, "learned", say("restore.network", language), _near(scene, image, mask)),
             _tile(older, "baseline", say(f"method.{_OLDER}", language), _near(scene, older, mask))]
    truth = "" if scene.is_own else tag("p", text(say("restore.paint.truth", language)), class_="note")
    return tag("p", text(said), class_="says") + tag("div", *tiles, class_="methods") + truth


def _near(scene: Scene, image: Image, mask: Mask) -> str:
    """How near to what was there, inside the marks; "" where what is marked may really be damaged."""
    if scene.is_own:
        return ""
    decibels = psnr(image, scene.source, mask)
    return say("restore.paint.near", scene.language, decibels=number(decibels, 1) if np.isfinite(decibels) else "∞")


def _tile(image: Image, role: str, who: str, fact: str) -> str:
    said = tag("figcaption", tag("b", text(who)), tag("span", text(fact), class_="answer"))
    return tag("figure", tag("img", src=exact(image), alt=who, draggable="false"), said, class_=f"tile-card {role}")


def _tools(language: str) -> str:
    presses = []
    for name in _TOOLS:
        pressed = {"aria_pressed": "true" if name == "draw" else "false"} if name in ("draw", "erase") else {}
        presses.append(tag("button", text(say(f"restore.paint.{name}", language)), type="button", class_="tool",
                           data_paint=name, **pressed))
    return tag("div", *presses, class_="tools")


def _given(mask: Mask, scene: Scene) -> str:
    return tag("i", data_mask=layer(mask), data_of=picture_stamp(scene), hidden=True)


def _watching(call: str) -> str:
    return f"watch('value', () => window.contrastlab.painting.{call})"
