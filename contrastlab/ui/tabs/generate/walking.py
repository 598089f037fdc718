"""The room "A walk": from one seed's picture to the next, as an animation to keep."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from ....core.errors import LabError
from ....core.images import ANIMATIONS, encode_animation
from ....core.knobs import Knob
from ....core.seeds import seed_of
from ....studies.walk import walk
from ....text import say
from ...drawing import embedded, tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...kinds import kind_word
from ...safely import QUIETLY
from ...widgets import button, options, panel, slider
from .scene import Scene

#: Pictures from one stop to the next.
BETWEEN = Knob("between", 4, 40, 16, 4, integer=True)
#: Stops of a walk.
FEWEST, MOST = 2, 12
#: Pictures are enlarged, by whole pixels, to about this side.
_SIDE = 256
_MILLISECONDS, _QUALITY = 80, 90
# Pictures painted between two reports, which is what a Stop has to wait for.
_PART = 24


class Walking(Part):
    """Seeds as they are typed, the way past them and back, shown and offered as a file."""

    NAME = "walking"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("generate.walking.what", language))), elem_classes=["note"])
        with gr.Row(elem_classes=["side-by-side"]):
            self.seeds = words.on(
                gr.Textbox("1, 2, 3", elem_id="generate-seeds", max_lines=1, max_length=1300),
                label="generate.walking.seeds",
            )
            self.kind = options(words, ANIMATIONS, "generate.walking.file", name="animation")
        self.between = slider(words, BETWEEN, "generate.between")
        with gr.Row(elem_classes=["actions", "left"]):
            self.press = button(words, "generate.walking.press", name="walk")
            self.stop = button(words, "page.stop", name="stop-walk", visible=False)
        self.message = panel(value="", elem_classes=["message"])
        self.progress = panel(value="", elem_classes=["note"])
        self.film = panel(value="", elem_id="generate-walk")

    def wire(self, tab: Any) -> None:
        def go(language: str, seeds: str, kind: str, between: float, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            stops = read_stops(seeds)
            ANIMATIONS.check(kind)
            yield at_work(self.press, self.stop)
            return (yield from self._walk(scene, stops, kind, int(BETWEEN.check(between))))

        idle = {self.progress: "", **at_rest(self.press, self.stop)}
        run = tab.heavily(
            self.press.click, go, first=[self.seeds, self.kind, self.between], message=self.message,
            outputs=[self.film], finally_=idle,
        )
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        return {}

    def _walk(self, scene: Scene, stops: list[str], kind: str, between: int) -> Steps:
        way = walk(scene.drawn([seed_of(stop) for stop in stops]), between, closed=True)
        frames = []
        for start in range(0, len(way), _PART):
            frames.append(scene.paint(way[start : start + _PART]))
            done = say("generate.walking.progress", scene.language, done=min(start + _PART, len(way)), count=len(way))
            yield {self.progress: text(done)}
        times = max(1, _SIDE // scene.generator.side)
        large = np.concatenate(frames).repeat(times, axis=1).repeat(times, axis=2)
        file = encode_animation(large, _MILLISECONDS, kind=kind, quality=_QUALITY)
        return {self.film: _drawn(scene, file, kind, len(way), large.shape[1])}


def read_stops(said: str) -> list[str]:
    """Seeds with commas between them. Raises LabError ``generate.wrong_stops`` for too few or too many."""
    stops = [stop.strip() for stop in str(said).replace("\N{FULLWIDTH COMMA}", ",").split(",") if stop.strip()]
    if not FEWEST <= len(stops) <= MOST:
        raise LabError("generate.wrong_stops", got=len(stops), fewest=FEWEST, most=MOST)
    return stops


def _drawn(scene: Scene, file: bytes, kind: str, count: int, side: int) -> str:
    language = scene.language
    word = kind_word(scene.generator.classes[scene.main_kind], language)
    source = embedded(file, kind)
    about = say("generate.walking.done", language, count=count, side=side, size=f"{len(file) / 2**20:.1f}", kind=word)
    picture = tag("img", src=source, alt=say("generate.walking.alt", language, kind=word), class_="pixels")
    save = tag("a", text(say("generate.walking.save", language)), href=source, download=f"{scene.view.model}.{kind}",
               class_="tool")
    return tag("figure", picture, tag("figcaption", tag("span", text(about)), save), class_="walked")
