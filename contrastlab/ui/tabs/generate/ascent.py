"""The room "Climb": numbers, or the pixels themselves, changed until a network likes what it sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....core.knobs import Choice
from ....core.seeds import seed_of
from ....data.datasets import PHOTOS
from ....studies.ascent import (
    BEGIN,
    PACE,
    RESTRAINT,
    WHERE,
    Ascent,
    Goal,
    ascend,
    class_goal,
    likeness_goal,
    realness_goal,
    roughness,
)
from ....studies.prototypes import Prototypes
from ....text import say
from ... import shelf
from ...drawing import exact, framed, line_chart, number, tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...kinds import kind_word
from ...progress import Progress
from ...samples import samples
from ...widgets import PICKING, button, options, panel, slider
from .scene import Scene

GOAL = Choice("goal", ("class", "realness", "likeness"), "class")
#: Seconds between two pictures on the way; also about what a Stop has to wait for.
_FRAME = 0.4
# So much rougher than what the generator paints a picture has to be for one to see the noise.
_ROUGH = 1.25
# Latents so much longer than usual are none that the generator was taught to paint.
_LONG = 1.25


@dataclass(frozen=True)
class Wish:
    """What is to be climbed, and how.

    Attributes:
        goal: one of `GOAL`.
        aim: a class's name, or a sample photograph's; whatever fits the goal.
    """

    goal: str
    aim: str
    where: str
    begin: str
    pace: float
    restraint: float

    @staticmethod
    def read(scene: Scene, goal: str, aim: str, where: str, begin: str, pace: float, restraint: float) -> Wish:
        """The values of the room's components; an aim that does not fit the goal gives way to one that does."""
        GOAL.check(goal)
        classes = scene.generator.classes
        if goal == "likeness":
            aim = aim if aim in PHOTOS else PHOTOS[0]
        elif goal == "realness":
            aim = classes[scene.main_kind]
        elif aim not in classes:
            aim = classes[(scene.main_kind + 1) % len(classes)]
        return Wish(goal, aim, WHERE.check(where), BEGIN.check(begin), PACE.check(pace), RESTRAINT.check(restraint))


class Climb(Part):
    """Before and after side by side, the score on its way up, and what was really won."""

    NAME = "ascent"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("generate.ascent.what", language))), elem_classes=["note"])
        self.aim = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["side-by-side"]):
            self.goal = options(words, GOAL, "generate.ascent.goal", name="goal")
            self.where = options(words, WHERE, "generate.ascent.where", name="where")
            self.begin = options(words, BEGIN, "generate.ascent.begin", name="begin")
        self.aims = panel(elem_id="generate-aims", js_on_load=PICKING)
        with gr.Row(elem_classes=["side-by-side"]):
            self.pace = slider(words, PACE, "generate.ascent.pace")
            self.restraint = slider(words, RESTRAINT, "generate.ascent.restraint")
        with gr.Row(elem_classes=["seeking"]):
            with gr.Column():
                self.pair = panel(words, _vacant, elem_id="generate-climb")
                with gr.Row(elem_classes=["actions", "left"]):
                    self.press = button(words, "generate.ascent.press", name="climb")
                    self.stop = button(words, "page.stop", name="stop-climb", visible=False)
                self.message = panel(value="", elem_classes=["message"])
            with gr.Column():
                self.progress = Progress("generate.ascent")
                self.course = panel(value="", elem_id="generate-climbed")
        self.inputs = [self.goal, self.aim, self.where, self.begin, self.pace, self.restraint]
        self.outputs = [self.aims]
        self.triggers = [self.goal.input, self.aim.change]

    def wire(self, tab: Any) -> None:
        self.aims.select(None, None, [self.aim], js="() => window.contrastlab.picked")
        count = len(tab.inputs)

        def climb(language: str, *values: Any) -> Steps:
            scene = tab.read(language, *values[:count])
            wish = Wish.read(scene, *values[count:])
            yield {**at_work(self.press, self.stop), **self.progress.begun()}
            return (yield from self._climb(scene, wish))

        idle = at_rest(self.press, self.stop)
        run = tab.heavily(self.press.click, climb, last=self.inputs, message=self.message, finally_=idle,
                          outputs=[self.pair, *self.progress.outputs, self.course])
        self.progress.stopping(self.stop, run, idle)

    def show(self, scene: Scene, *values: Any) -> dict[Any, Any]:
        """What there is to aim at."""
        wish = Wish.read(scene, *values)
        language = scene.language
        if wish.goal == "realness":
            return {self.aims: tag("p", text(say("generate.ascent.realness", language)), class_="note")}
        if wish.goal == "likeness":
            return {self.aims: samples(language, chosen=wish.aim)}
        chips = [tag("button", text(kind_word(one, language)), type="button", data_pick=one, class_="chip",
                     aria_pressed=str(one == wish.aim).lower()) for one in scene.generator.classes]
        return {self.aims: tag("div", *chips, class_="chips", role="group",
                               aria_label=say("generate.ascent.goal.class", language))}

    def _climb(self, scene: Scene, wish: Wish) -> Steps:
        goal, bystander = self._goal(scene, wish)
        climbing = ascend(
            scene.generator, goal, scene.latents, scene.main_kind, where=wish.where, begin=wish.begin, pace=wish.pace,
            restraint=wish.restraint, seed=seed_of(scene.view.seed),
        )
        shown = 0.0
        try:
            for now in climbing:
                if time.monotonic() - shown >= _FRAME:
                    yield {**self._frame(scene, now), **self.progress.at(now.step, now.steps, scene.language)}
                    shown = time.monotonic()
        finally:
            climbing.close()
        return {**self._frame(scene, now), **self.progress.over(_won(scene, wish, now, bystander))}

    def _goal(self, scene: Scene, wish: Wish) -> tuple[Goal, Prototypes | None]:
        """What is climbed, and a network that is not."""
        generator, model = scene.generator, scene.view.model
        if wish.goal == "realness":
            return realness_goal(generator, scene.main_kind), None
        if wish.goal == "likeness":
            encoder = self.lab.feature_encoder(model)
            if encoder is None:
                raise LabError("quality.no_encoder", name=model)
            return likeness_goal(encoder, shelf.preview(None, wish.aim)), None
        eyes = self.lab.prototypes(model)
        if not eyes:
            raise LabError("quality.no_encoder", name=model)
        return class_goal(eyes[0], generator.class_number(wish.aim)), eyes[1] if len(eyes) > 1 else None

    def _frame(self, scene: Scene, now: Ascent) -> dict[Any, Any]:
        language = scene.language
        before, after = (say(f"generate.ascent.{when}", language) for when in ("before", "after"))
        tiles = [framed(exact(picture), alt=name, role=role, small=True, caption=tag("b", text(name)))
                 for picture, name, role in ((now.begun, before, "query"), (now.picture, after, "generated"))]
        curve = now.curve if now.step else now.curve * 2
        last = len(curve) - 1
        spoken = say("generate.ascent.chart", language)
        chart = line_chart(range(len(curve)), [("generated", spoken, curve)], spoken=spoken,
                           x_label=say("generate.ascent.steps", language), x_ticks=[(0, "0"), (last, f"{last}")])
        return {self.pair: tag("div", *tiles, class_="twins"), self.course: tag("h3", text(spoken)) + chart}


def _won(scene: Scene, wish: Wish, now: Ascent, bystander: Prototypes | None) -> str:
    """What the climb has come to, as measured: what the network says, and what there is to see."""
    language = scene.language
    score: Callable[[float], str] = number if wish.goal == "likeness" else _hundredths
    kind = kind_word(wish.aim, language) if wish.goal != "likeness" else ""
    before, after = score(now.curve[0]), score(now.score)
    head = say(f"generate.ascent.won.{wish.goal}", language, before=before, after=after, kind=kind)
    rest = []
    if bystander is not None:
        sure = float(bystander.chances(now.picture[None])[0, scene.generator.class_number(wish.aim)])
        rest.append(say("generate.ascent.bystander", language, sure=_hundredths(sure)))
    if now.length is not None:
        found = "far" if now.length > _LONG else "near"
        rest.append(say(f"generate.ascent.latents.{found}", language, length=number(now.length, 1)))
    else:
        rough, usual = float(roughness(now.picture[None])[0]), float(roughness(scene.others).mean())
        found = "noise" if rough > _ROUGH * usual else "smooth"
        rest.append(say(f"generate.ascent.pixels.{found}", language, rough=number(rough, 0), usual=number(usual, 0),
                        away=number(now.away, 0)))
    return tag("p", tag("b", text(head)), class_="says") + "".join(tag("p", text(one), class_="note") for one in rest)


def _hundredths(share: float) -> str:
    return f"{100 * share:.0f}"


def _vacant(language: str) -> str:
    """Two empty frames, where pictures will be."""
    words = tag("span", text(say("generate.ascent.vacant", language)))
    frames = [tag("figure", tag("span", inside, class_="frame vacant"), class_=f"picture {role}")
              for role, inside in (("query", ""), ("generated", words))]
    return tag("div", *frames, class_="twins")
