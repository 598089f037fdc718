"""The fold "Find my picture in it": which numbers would make the generator paint a picture that somebody brings."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ....core.errors import LabError
from ....core.images import Image, open_image
from ....data.datasets import PHOTOS
from ....data.digit import turned_over
from ....data.seen import view as seen_at
from ....studies.inversion import Inversion, invert
from ....studies.reach import Reach
from ....text import say
from ... import shelf
from ...bringing import bring
from ...drawing import exact, framed, line_chart, number, tag, text
from ...fold import Fold, Steps, at_rest, at_work
from ...kinds import kind_word
from ...own import own_photo
from ...progress import Progress
from ...safely import QUIETLY
from ...samples import samples
from ...widgets import PICKING, button, panel
from .latents import pack, shortened
from .scene import Scene
from .taking import ABOVE, brought
from .view import ANY, View

#: Seconds between two pictures on the way; also about what a Stop has to wait for.
_FRAME = 0.4
_PICKED = "(language, _, ...rest) => [language, window.contrastlab.picked, ...rest]"
_UP = "() => document.getElementById('generate-main')?.scrollIntoView({block: 'center'})"


@dataclass(frozen=True)
class Found:
    """What a search has found so far; it lies in the visitor's page.

    Attributes:
        model: the generator's name.
        target: which picture was looked for, as it was seen: a checksum.
        latents: as `latents.pack` writes them.
        kind: the class's name.
    """

    model: str
    target: int
    latents: str
    kind: str

    def write(self) -> str:
        return json.dumps([self.model, self.target, self.latents, self.kind])

    @staticmethod
    def read(said: str) -> Found | None:
        """What was written; None for anything else."""
        try:
            model, target, latents, kind = json.loads(said)
        except (ValueError, TypeError, RecursionError):
            return None
        there = all(isinstance(one, str) for one in (model, latents, kind)) and isinstance(target, int)
        return Found(model, target, latents, kind) if there else None


@dataclass(frozen=True)
class Wanted:
    """A picture to look for.

    Attributes:
        picture: uint8 (H, W, 3).
        turned: whether dark ink on paper was turned to light on black, which is how digits were learned.
    """

    picture: Image
    turned: bool

    @staticmethod
    def read(said: str, scene: Scene) -> Wanted:
        """What is looked for by that text. Raises what `brought` raises."""
        picture = brought(said, scene)
        turned = None if said == ABOVE else turned_over(picture, scene.generator.classes)
        return Wanted(picture if turned is None else turned, turned is not None)


class Finding(Fold):
    """Target and found picture side by side, the search as it goes, and the way back to the sliders."""

    TAB = "generate"
    NAME = "finding"

    def lay_out(self) -> None:
        words = self.words
        self.target = gr.Textbox(ABOVE, visible="hidden")
        self.found = gr.Textbox("", visible="hidden")
        panel(words, lambda language: tag("p", text(say("generate.finding.what", language))), elem_classes=["note"])
        with gr.Row(elem_classes=["photos"]):
            self.above = button(words, "generate.finding.above", name="find-above")
            self.samples = panel(words, samples, elem_id="generate-samples", js_on_load=PICKING)
            self.upload = own_photo(words, self.TAB)
            self.upload_message = panel(value="", elem_classes=["message"])
        with gr.Row(elem_classes=["seeking"]):
            with gr.Column():
                self.pair = panel(elem_id="generate-finding")
                with gr.Row(elem_classes=["actions", "left"]):
                    self.press = button(words, "generate.finding.press", name="find", main=True)
                    self.stop = button(words, "page.stop", name="stop-find", visible=False)
                    self.edit = button(words, "generate.finding.edit", name="edit-found", visible=False)
                self.message = panel(value="", elem_classes=["message"])
            with gr.Column():
                self.progress = Progress("generate.finding")
                self.course = panel(value="", elem_id="generate-course")
        self.inputs = [self.target, self.found]
        self.outputs = [self.pair, self.found, *self.progress.outputs, self.course, self.edit]

    def wire(self, tab: Any) -> None:
        tab.on(self.samples.select, self._choose, first=[self.target], js=_PICKED, message=self.upload_message,
               outputs=[self.target, *self.outputs])
        tab.on(self.above.click, self._choose_above, message=self.upload_message,
               outputs=[self.target, *self.outputs])
        tab.on(self.upload.input, self._take, first=[self.upload], message=self.upload_message,
               outputs=[self.target, *self.outputs], finally_={self.upload: None})
        self._parsed = tab.read

        def find(language: str, target: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            wanted = Wanted.read(target, scene)
            yield {**at_work(self.press, self.stop), **self.progress.begun(), self.edit: gr.update(visible=False)}
            return (yield from self._find(scene, wanted))

        idle = at_rest(self.press, self.stop)
        run = tab.heavily(self.press.click, find, first=[self.target], outputs=self.outputs, message=self.message,
                          finally_=idle)
        # What was found until then stays and can be changed, too.
        self.progress.stopping(self.stop, run, {**idle, self.edit: gr.update(visible=True)})

        def edit(language: str, found: str, *values: Any) -> dict[Any, Any]:
            there = Found.read(found)
            if there is None:
                raise LabError("generate.nothing_found")
            scene = tab.read(language, *values)
            view = View(there.model, scene.view.seed, there.kind, truncation=scene.view.truncation, base=there.latents)
            changed = replace(scene, view=view)
            _ = changed.start, changed.main_kind
            return dict(tab.everything(changed))

        tab.on(self.edit.click, edit, first=[self.found], message=self.message)
        self.edit.click(None, None, None, js=_UP, **QUIETLY)

    def show(self, scene: Scene, target: str, found: str, *_: Any) -> dict[Any, Any]:
        """The picture to look for. What was found stays while it is of this picture and this generator."""
        wanted = Wanted.read(target, scene)
        picture = seen_at(wanted.picture, scene.generator.side)
        there = Found.read(found)
        if there is not None and (there.model, there.target) == (scene.view.model, _stamp(picture)):
            return {}
        empty = tag("figure", tag("span", tag("span", text(say("generate.finding.vacant", scene.language))),
                                  class_="frame vacant"), class_="picture generated")
        pair = tag("div", _target(picture, scene, wanted.turned), empty, class_="twins")
        return {self.pair: pair, self.found: "", self.course: "", **self.progress.begun(),
                self.edit: gr.update(visible=False)}

    def carried(self, scene: Scene, target: str) -> dict[Any, Any]:
        """A picture came along from another tab: the fold opens with it."""
        return {self.accordion: gr.update(open=True), self.target: target, **self.show(scene, target, "")}

    # -- handlers: (language, picked, *inputs) --------------------------------------------------------------------

    def _choose(self, language: str, picked: str | None, *values: Any) -> dict[Any, Any]:
        if picked not in PHOTOS:
            return {}
        return {self.target: picked, **self.show(self._parsed(language, *values), picked, "")}

    def _choose_above(self, language: str, *values: Any) -> dict[Any, Any]:
        return {self.target: ABOVE, **self.show(self._parsed(language, *values), ABOVE, "")}

    def _take(self, language: str, path: str | None, *values: Any) -> dict[Any, Any]:
        if path is None:
            return {}
        try:
            picture = open_image(path, max_side=shelf.PREVIEW_SIDE).pixels
        finally:
            Path(path).unlink(missing_ok=True)  # all that is needed of it goes back to the page
        target = bring(picture)
        return {self.target: target, **self.show(self._parsed(language, *values), target, "")}

    def _find(self, scene: Scene, wanted: Wanted) -> Steps:
        """The search as it goes, a picture now and then."""
        generator, view = scene.generator, scene.view
        encoder, reach = self.lab.feature_encoder(view.model), self.lab.reach(view.model)
        label = None if view.kind == ANY else scene.main_kind
        losses, shown = list[tuple[float, ...]](), 0.0
        search = invert(generator, wanted.picture, encoder=encoder, label=label)
        try:
            for now in search:
                losses.append(now.losses)
                if time.monotonic() - shown >= _FRAME:
                    yield self._frame(scene, wanted, now, losses, None)
                    shown = time.monotonic()
        finally:
            search.close()
        last = _verdict(reach, now, scene.language)
        return {**self._frame(scene, wanted, now, losses, last), self.edit: gr.update(visible=True)}

    def _frame(
        self, scene: Scene, wanted: Wanted, now: Inversion, losses: list[tuple[float, ...]], verdict: str | None
    ) -> dict[Any, Any]:
        language = scene.language
        kind = scene.generator.classes[now.label]
        latents = shortened(now.latents)
        found = Found(scene.view.model, _stamp(now.target), pack(latents), kind)
        # Painted again from what is kept, as the stage and an address will paint it: the same to the pixel.
        picture = scene.generator.paint(latents[None], [now.label])[0]
        title = say("generate.finding.so_far" if verdict is None else "generate.finding.found", language)
        asked = say("generate.finding.as", language, kind=kind_word(kind, language))
        right = framed(exact(picture), alt=title, role="generated", small=True,
                       caption=tag("b", text(title)) + text(asked))
        progress = self.progress.at(now.step, now.steps, language) if verdict is None else self.progress.over(verdict)
        off = [say("generate.finding.levels", language, levels=number(now.levels, 0))]
        if now.alike is not None:
            off.append(say("generate.finding.alike", language, alike=number(now.alike)))
        measured = tag("p", text(" ".join(off)), class_="note")
        pair = tag("div", _target(now.target, scene, wanted.turned), right, class_="twins")
        course = measured + _chart(losses, now, language)
        return {self.pair: pair, self.found: found.write(), **progress, self.course: course}


def _target(picture: Image, scene: Scene, turned: bool) -> str:
    """The picture that is looked for, as the generator could paint it at most."""
    language = scene.language
    title = say("generate.finding.target", language)
    small = say(f"generate.finding.{'turned' if turned else 'side'}", language, side=scene.generator.side)
    return framed(exact(picture), alt=title, role="query", small=True, caption=tag("b", text(title)) + text(small))


def _stamp(picture: Image) -> int:
    return zlib.crc32(np.ascontiguousarray(picture).tobytes())


def _chart(losses: list[tuple[float, ...]], now: Inversion, language: str) -> str:
    """What is left of the difference, try by try, where 1 is that of the worst guess."""
    rows = losses if now.step else [*losses, *losses]  # a line has two ends
    best = now.curve if now.step else [*now.curve, *now.curve]
    worst = max(rows[0])
    tries = [("faint", "", [row[place] / worst for row in rows]) for place in range(len(rows[0]))]
    last = len(rows) - 1
    spoken = say("generate.finding.chart", language)
    named = ("generated", say("generate.finding.best", language), [one / worst for one in best])
    chart = line_chart(
        range(len(rows)), [*tries, named],
        x_label=say("generate.finding.steps", language), x_ticks=[(0, "0"), (last, f"{last}")], spoken=spoken,
    )
    return tag("h3", text(spoken)) + chart


def _verdict(reach: Reach | None, now: Inversion, language: str) -> str:
    """Whether this picture is of the generator's world, by what was measured."""
    if reach is None:
        return tag("p", text(say("generate.finding.unmeasured", language)), class_="says")
    found = reach.verdict(now.loss)
    said = say(f"generate.finding.verdict.{found}", language, count=len(reach.real),
               share=round(len(reach.real) * reach.nearer("real", now.loss)))
    parts = [tag("p", tag("b", text(said)), class_=f"says {found}")]
    if found == "real":
        strangers = len(reach.foreign)
        parts.append(tag("p", text(say("generate.finding.strangers", language, count=strangers,
                                       passed=strangers - round(strangers * reach.told))), class_="note"))
    return "".join(parts)
