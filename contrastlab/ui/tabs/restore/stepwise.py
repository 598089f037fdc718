"""The room "Step by step": a picture that explains what is seen and is likely, found without a network's one guess."""

from __future__ import annotations

import time
from typing import Any

import gradio as gr

from ....core.images import Image
from ....metrics.fidelity import psnr
from ....text import say
from ...drawing import exact, framed, number, tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...progress import Progress
from ...widgets import button, options, panel
from .charts import decibel_chart
from .problem import METHOD, PAINTER, Problem, problem, search, shown
from .scene import Scene

#: Seconds between two pictures on the way; also about what a Stop has to wait for.
_FRAME = 0.4
# So many decibels from the top, and one may say that it went down again.
_DOWN = 0.2


class Stepwise(Part):
    """One method at a time on a piece of the picture: what was seen, what it has become, and the curve."""

    NAME = "stepwise"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("restore.stepwise.what", language))), elem_classes=["note"])
        self.method = options(words, METHOD, "restore.stepwise.method", name="stepwise-method")
        self.about = panel(elem_id="restore-stepwise-about")
        #: Which picture and damage is in sight.
        self.of = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["seeking"]):
            with gr.Column():
                self.pair = panel(elem_id="restore-stepwise")
                with gr.Row(elem_classes=["actions", "left"]):
                    self.press = button(words, "restore.stepwise.press", name="stepwise", main=True)
                    self.stop = button(words, "page.stop", name="stop-stepwise", visible=False)
                self.message = panel(value="", elem_classes=["message"])
            with gr.Column():
                self.progress = Progress("restore.stepwise")
                self.course = panel(value="", elem_id="restore-stepped")
        self.inputs = [self.of, self.method]
        self.outputs = [self.of, self.about, self.pair, *self.progress.outputs, self.course]
        self.triggers = [self.method.input]

    def wire(self, tab: Any) -> None:
        def go(language: str, method: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            given = problem(scene)
            yield {**at_work(self.press, self.stop), **self.progress.begun()}
            return (yield from self._go(scene, given, METHOD.check(method)))

        idle = at_rest(self.press, self.stop)
        run = tab.heavily(self.press.click, go, first=[self.method], message=self.message, finally_=idle,
                          outputs=[self.pair, *self.progress.outputs, self.course])
        self.progress.stopping(self.stop, run, idle)

    def show(self, scene: Scene, of: str, method: str) -> dict[Any, Any]:
        """What is known, and what there is to begin with; what another method has found stays until the next."""
        given, language = problem(scene), scene.language
        known = say(f"restore.stepwise.knows.{scene.view.damage}", language, noise=number(given.noise, 0),
                    blur=number(scene.view.strength, 1), factor=max(1, round(scene.view.strength)))
        does = say(f"restore.stepwise.does.{METHOD.check(method)}", language)
        about = {self.about: tag("p", text(does), class_="says") + tag("p", text(known), class_="note")}
        now = f"{scene.stamp} {language}"
        if of == now:
            return about
        return {**about, self.of: now, self.pair: _pair(scene, given, None), self.course: "", **self.progress.begun()}

    def _go(self, scene: Scene, given: Problem, method: str) -> Steps:
        searching = search(given, method, lambda: scene.repairer, lambda: scene.lab.generator(PAINTER), scene.view.seed)
        curve, last = [], 0.0
        try:
            for now in searching:
                image = shown(now.picture)
                curve.append(now.misfit if given.clean is None else psnr(image, given.clean))
                if time.monotonic() - last >= _FRAME:
                    yield {**_frame(self, scene, given, image, curve, now.steps),
                           **self.progress.at(now.step, now.steps, scene.language)}
                    last = time.monotonic()
        finally:
            searching.close()  # type: ignore[attr-defined]
        first, *rest = _won(scene, given, method, curve)
        said = tag("p", tag("b", text(first)), class_="says answer")
        said += "".join(tag("p", text(one), class_="answer") for one in rest)
        return {**_frame(self, scene, given, image, curve, len(curve)), **self.progress.over(said)}


def _frame(
    room: Stepwise, scene: Scene, given: Problem, image: Image, curve: list[float], steps: int
) -> dict[Any, Any]:
    language = scene.language
    known = given.clean is not None
    spoken = say(f"restore.stepwise.{'nearness' if known else 'misfit'}", language)
    xs = range(1, max(steps, 2) + 1)
    chart = decibel_chart(
        xs, [("learned", spoken, curve)], x_label=say("restore.stepwise.steps", language),
        x_ticks=[1, len(xs) // 2, len(xs)], spoken=spoken, unit="dB" if known else say("restore.levels", language),
    )
    return {room.pair: _pair(scene, given, image), room.course: tag("h3", text(spoken)) + chart}


def _pair(scene: Scene, given: Problem, image: Image | None) -> str:
    """What was seen, and what it has become so far."""
    language = scene.language
    height, width = given.before.shape[:2]
    tiles = []
    for name, role, picture in (("seen", "negative", given.before), ("now", "learned", image)):
        title = say(f"restore.stepwise.{name}", language)
        if picture is None:
            words = tag("span", text(say("restore.stepwise.vacant", language)))
            tiles.append(tag("figure", tag("span", words, class_="frame vacant"), class_=f"picture {role}"))
            continue
        said = say("restore.stepwise.size", language, width=width, height=height) if name == "seen" else ""
        near = "" if given.clean is None else f"{number(min(psnr(picture, given.clean), 99.9), 1)} dB"
        caption = tag("b", text(title)) + tag("span", text(near), class_="answer") + tag("span", text(said))
        tiles.append(framed(exact(picture), alt=title, role=role, small=True, caption=caption))
    return tag("div", *tiles, class_="twins")


def _won(scene: Scene, given: Problem, method: str, curve: list[float]) -> list[str]:
    """What the steps were good for, and whether fewer of them had been better."""
    language, last = scene.language, curve[-1]
    if given.clean is None:
        return [say("restore.stepwise.unknown", language, misfit=number(last, 1))]
    begun, best = psnr(given.before, given.clean), max(curve)
    said = [say(f"restore.stepwise.{'gained' if last >= begun else 'lost'}", language,
                gain=number(min(abs(last - begun), 99.9), 1), after=number(min(last, 99.9), 1))]
    if best - last >= _DOWN:
        said.append(say("restore.stepwise.hump.prior" if method == "prior" else "restore.stepwise.hump", language,
                        step=curve.index(best) + 1, best=number(best, 1)))
    elif method == "prior":
        said.append(say("restore.stepwise.rising", language))
    return said
