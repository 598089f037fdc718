"""The room "Decibels against strength": how far network and classical method get as the damage grows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....metrics.fidelity import psnr
from ....models.restorer.sampling import TAUGHT
from ....text import say
from ...drawing import legend, number, tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...progress import Progress
from ...widgets import button, panel
from .charts import decibel_chart
from .scene import CLASSICAL, Scene

#: The strengths that are tried, in the units of the damage's slider.
STRENGTHS: dict[str, tuple[float, ...]] = {
    "noise": (5, 15, 25, 40, 55, 75, 100), "jpeg": (5, 10, 20, 35, 50, 70, 90), "blur": (0.5, 1, 1.5, 2, 3, 4.5, 6),
    "small": (1.5, 2, 2.5, 3, 4, 5, 6), "holes": (2, 5, 12, 20, 30, 45, 60),
}
_WHO = ("network", "classical", "damaged")
_ROLES = {"network": "learned", "classical": "baseline", "damaged": "negative"}


@dataclass(slots=True)
class Course:
    """The decibels so far, one of each for every strength that has been tried. It lies in the visitor's page.

    Attributes:
        of: which picture, damage and seed it is of.
    """

    of: str
    network: list[float] = field(default_factory=list)
    classical: list[float] = field(default_factory=list)
    damaged: list[float] = field(default_factory=list)

    def write(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def read(said: str) -> Course | None:
        """What was written; None for anything else."""
        try:
            known = json.loads(said)
            rows = [[float(one) for one in known[who]] for who in _WHO]
            return Course(str(known["of"]), *rows)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def course(scene: Scene) -> Iterator[Course]:
    """On this picture, by one strength more each time; the first is empty.

    Raises LabError ``restore.no_truth`` where nobody knows the original, and what the repairs raise.
    """
    if scene.clean is None:
        raise LabError("restore.no_truth")
    now = Course(_of(scene))
    yield now
    for strength in STRENGTHS[scene.view.damage]:
        at = replace(scene, view=replace(scene.view, strength=strength))
        assert at.clean is not None
        for got, image in ((now.network, at.repaired.image), (now.classical, at.classical.image),
                           (now.damaged, at.before)):
            got.append(psnr(image, at.clean))
        yield now


class Against(Part):
    """The curve is drawn on request, point by point, and stays until there is another picture or damage."""

    NAME = "strengths"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("restore.strengths.what", language))), elem_classes=["note"])
        self.known = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["actions", "left"]):
            self.press = button(words, "restore.strengths.press", name="draw-strengths", main=True)
            self.stop = button(words, "page.stop", name="stop-strengths", visible=False)
        self.message = panel(value="", elem_classes=["message"])
        self.progress = Progress("restore.strengths")
        self.chart = panel(value="", elem_id="restore-strengths")
        self.inputs = [self.known]
        self.outputs = [self.known, self.chart, *self.progress.outputs]

    def wire(self, tab: Any) -> None:
        def draw(language: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield {**at_work(self.press, self.stop), **self.progress.begun()}
            steps, now = len(STRENGTHS.get(scene.view.damage, ())), None
            for now in course(scene):
                yield {self.chart: drawn(scene, now), self.known: now.write(),
                       **self.progress.at(len(now.network), steps, language)}
            assert now is not None
            return self.progress.over(tag("p", text(_said(scene, now)), class_="says answer"))

        idle = at_rest(self.press, self.stop)
        run = tab.heavily(self.press.click, draw, outputs=self.outputs, message=self.message, finally_=idle)
        self.progress.stopping(self.stop, run, idle)

    def show(self, scene: Scene, known: str) -> dict[Any, Any]:
        """The curve stays, with the slider marked anew, while it is of this picture and this damage."""
        now = Course.read(known)
        if now is None or now.of != _of(scene):
            return {self.known: "", self.chart: "", **self.progress.begun()}
        return {self.chart: drawn(scene, now)}


def _of(scene: Scene) -> str:
    return str(replace(scene, view=replace(scene.view, strength=0.0)).stamp)


def drawn(scene: Scene, now: Course) -> str:
    """The curves as far as they are known, and what the colours mean."""
    language, damage = scene.language, scene.view.damage
    names = {"network": say("restore.network", language), "damaged": say("restore.damaged", language),
             "classical": say(f"method.{CLASSICAL[damage]}", language)}
    xs = STRENGTHS[damage]
    low, high = TAUGHT[damage]
    scale = 100 if damage == "holes" else 1
    spoken = say("restore.strengths.chart", language)
    chart = decibel_chart(
        xs, [(_ROLES[who], names[who], getattr(now, who)) for who in _WHO[::-1]], spoken=spoken, points=True,
        x_label=say(f"restore.{damage}", language), x_ticks=(xs[0], *xs[2:]),
        shaded=(max(scale * low, xs[0]), scale * high), at=scene.view.strength,
    )
    marks = [(_ROLES[who], names[who]) for who in _WHO]
    marks += [("taught", say("restore.strengths.taught", language)), ("at", say("restore.strengths.at", language))]
    return tag("h3", text(spoken)) + chart + legend(marks)


def _said(scene: Scene, now: Course) -> str:
    """Where the network leads most, and where least."""
    leads = [a - b for a, b in zip(now.network, now.classical, strict=True)]
    xs, language = STRENGTHS[scene.view.damage], scene.language
    best, worst = leads.index(max(leads)), leads.index(min(leads))
    key = "leads" if leads[worst] >= 0 else "behind" if leads[best] <= 0 else "mixed"
    return say(f"restore.strengths.{key}", language, most=number(abs(leads[best]), 1), at=f"{xs[best]:g}",
               least=number(abs(leads[worst]), 1), least_at=f"{xs[worst]:g}",
               other=say(f"method.{CLASSICAL[scene.view.damage]}", language))
