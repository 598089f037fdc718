"""The fold "Watch it having learnt": the same numbers, painted again and again while the network was trained."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ....core.checkpoint import CheckpointConfig
from ....core.errors import LabError
from ....core.images import encode_webp
from ....lab import Lab
from ....studies.learning import unsteadiness
from ....text import keys, say
from ....training.curve import Curve
from ....training.snapshots import WATCHED, Strip
from ...drawing import embedded, number, tag, text
from ...fold import Fold
from ...widgets import panel
from .course import along, charts
from .scene import Scene

#: Shown beside each other: one network, the same first numbers, and three ways of telling it what was wrong.
SCHOOLS = ("gan-digits-bce", "gan-digits-lsgan", "gan-digits-wgan-gp")
#: Strips of pictures up to this side go out to the pixel.
_SMALL, _QUALITY = 32, 88
#: Drawings remembered, some hundred kilobytes each.
_KEPT = 8


@dataclass(frozen=True)
class School:
    """One training: what was kept of it."""

    card: CheckpointConfig
    strip: Strip
    curve: Curve | None


class Learning(Fold):
    """Sixteen pictures a training, a slider over its steps, and what was logged meanwhile.

    All steps are in one picture, and the page moves it: nothing is asked of the server while the slider moves.
    """

    TAB = "generate"
    NAME = "learning"

    def lay_out(self) -> None:
        # What is drawn. Another picture above changes nothing here, and the strips are large.
        self.drawn = gr.Textbox("", visible="hidden")
        self.strip = panel(elem_id="generate-learning", js_on_load="window.contrastlab.scrubbable(element)")
        self.inputs = [self.drawn]
        self.outputs = [self.strip, self.drawn]
        # By trainings and language: the same for everybody, and a second's work.
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, scene: Scene, drawn: str, *_: Any) -> dict[Any, Any]:
        names = _beside(scene.view.model, self.lab)
        key = " ".join((scene.language, *names))
        if drawn == key:
            return {}
        with self._lock:
            if key not in self._kept:
                schools = [school for name in names if (school := _school(self.lab, name)) is not None]
                self._kept[key] = _drawn(schools, scene.language)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return {self.strip: self._kept[key], self.drawn: key}


def _beside(model: str, lab: Lab) -> list[str]:
    """Which trainings are shown for a model: its own, or those that differ in one thing only."""
    return [name for name in SCHOOLS if name in lab.generators()] if model in SCHOOLS else [model]


def _school(lab: Lab, name: str) -> School | None:
    card = next((card for card in lab.models() if card.name == name), None)
    try:
        strip = lab.strip(name)
    except LabError:
        return None
    return None if card is None or strip is None else School(card, strip, lab.curve(name))


def _drawn(schools: list[School], language: str) -> str:
    if not schools:
        return tag("p", text(say("generate.learning.none", language)), class_="note")
    steps = sorted({step for school in schools for step in school.strip.steps})
    says = [_step(schools[0].card, step, language) for step in steps]
    last = len(steps) - 1
    play, stop = say("generate.learning.play", language), say("page.stop", language)
    scrub = tag(
        "div",
        tag("button", text(play), type="button", class_="tool", data_play=play, data_stop=stop),
        tag("input", type="range", min=0, max=last, step=1, value=last, aria_valuetext=says[-1],
            aria_label=say("generate.learning.slider", language), style="--range_progress:100%"),
        tag("output", text(says[-1])), class_="scrub",
    )
    several = len(schools) > 1
    shown = tag("div", *(_shown(school, steps, language, several) for school in schools),
                class_="schools several" if several else "schools")
    what = tag("p", text(say("generate.learning.what", language)), class_="note")
    if several:
        what += tag("p", text(say("generate.learning.several", language)), class_="note")
    if any(school.curve is not None for school in schools):
        shown += tag("p", text(say("generate.learning.note", language)), class_="note")
    at = [round(along(step, steps[0], steps[-1]), 4) for step in steps]
    return what + tag("div", scrub, shown, class_="learning", data_says=json.dumps(says, ensure_ascii=False),
                      data_at=json.dumps(at), style=f"--at:{at[-1]}")


def _step(card: CheckpointConfig, step: int, language: str) -> str:
    """What a step means: how far into the training it is, and how many pictures had been seen."""
    training, recipe = card.training, card.training.get("recipe", {})
    whole = max(int(training.get("max_steps", step)), step)
    seen = step * int(recipe.get("batch_size", 0)) * int(recipe.get("discriminator_steps", 1))
    share = 100 * step / whole
    return say("generate.learning.step", language, step=f"{step:,}", steps=f"{whole:,}", seen=f"{seen:,}",
               share=number(share, 0 if share >= 1 else 2))


def _shown(school: School, steps: list[int], language: str, several: bool) -> str:
    """One training: its sixteen pictures, and its curves beside or below them."""
    strip, curve = school.strip, school.curve
    rows = [max(0, bisect_right(strip.steps, step) - 1) for step in steps]
    source = embedded(strip.file if strip.side <= _SMALL else encode_webp(strip.pixels, _QUALITY), "webp")
    tiles = tag("div", *(tag("i", style=f"--column:{place}") for place in range(WATCHED)), class_="watched",
                role="img", aria_label=say("generate.learning.alt", language))
    style = f"--rows:{len(strip.steps)};--last:{max(1, len(strip.steps) - 1)};--row:{rows[-1]}"
    # Not a variable of the style: browsers take none of such a length.
    place = f"strip-{SCHOOLS.index(school.card.name) if school.card.name in SCHOOLS else 0}"
    sheet = tag("style", f"#{place} i {{ background-image: url({source}); }}")
    figure = tag("figure", sheet, tiles, id=place, data_rows=json.dumps(rows), style=style)
    title = tag("h3", text(_title(school.card, language))) if several else ""
    verdicts = "".join(tag("p", text(verdict)) for verdict in _verdicts(school, language))
    beside = charts(curve, steps[0], steps[-1], language) if curve is not None else ""
    return tag("section", title, tag("div", figure, verdicts), tag("div", beside) if beside else "", class_="school")


def _title(card: CheckpointConfig, language: str) -> str:
    key = f"generate.loss.{card.training.get('recipe', {}).get('loss', '')}"
    return say(key, language) if key in keys(language) else card.name


def _verdicts(school: School, language: str) -> list[str]:
    """How steady it was, and how varied what came out of it: what was measured of both."""
    said = []
    unsteady = None if school.curve is None else unsteadiness(school.curve)
    if unsteady is not None:
        said.append(say("generate.learning.unsteady", language, share=number(100 * unsteady, 0)))
    manifold = next(iter(school.card.metrics.get("quality", {}).get("manifold", {}).values()), None)
    if manifold:
        covered, floor = (number(100 * manifold[which]["coverage"], 0) for which in ("generated", "floor"))
        said.append(say("generate.learning.covered", language, share=covered, floor=floor))
    return said
