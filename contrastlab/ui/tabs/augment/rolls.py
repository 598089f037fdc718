"""The fold "Twelve rolls at once": what one seed shows is one of many."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from ....core.images import Image
from ....data.augment import apply, draw
from ....data.pixels import resize
from ....lab import DEFAULT_ENCODER
from ....metrics.retrieval import Band
from ....studies.rolls import Rolls, StepEffect, roll_many, which_step_hurts
from ....text import say
from ...drawing import bars, histogram, legend, number, photograph, tag, text
from ...fold import Fold, Steps, at_rest, at_work
from ...safely import QUIETLY
from ...widgets import PICKING, button, panel
from .scene import Scene
from .sight import where
from .view import SEED

#: Tiles of the contact sheet, across and down.
_ACROSS, _DOWN = 4, 3
_TILE_SIDE = 208
_MANY = 200
#: Rolls between two looks at the histogram: also what a Stop has to wait for.
_STEP = 10


class ManyRolls(Fold):
    """A contact sheet of rolls that follows the sliders; many rolls and the steps' costs on a button."""

    TAB = "augment"
    NAME = "rolls"

    def lay_out(self) -> None:
        self.sheet = panel(elem_id="augment-sheet", js_on_load=PICKING)
        with gr.Row(elem_classes=["actions", "left"]):
            self.many = button(self.words, "augment.many", name="many")
            self.stop = button(self.words, "page.stop", name="stop-many", visible=False)
        self.message = panel(value="", elem_classes=["message"])
        self.result = panel(elem_id="augment-many", js_on_load=PICKING)
        self.outputs = [self.sheet]

    def wire(self, tab: Any) -> None:
        # Taking a roll over is setting the seed, which redraws everything.
        for source in (self.sheet, self.result):
            source.select(None, None, [tab.draws], js="() => window.contrastlab.picked")

        def roll(language: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield at_work(self.many, self.stop)
            return (yield from self._roll(scene))

        idle = at_rest(self.many, self.stop)
        run = tab.heavily(self.many.click, roll, outputs=[self.result], message=self.message, finally_=idle)
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        views = [scene.view.rolled((scene.view.draws.seed + step) % (int(SEED.maximum) + 1))
                 for step in range(1, _ACROSS * _DOWN + 1)]
        pictures = [apply(scene.before, view.drawn()) for view in views]
        encoder = self.lab.encoder(DEFAULT_ENCODER)
        rows = encoder.embed([scene.before, *pictures])
        scores = rows[1:] @ rows[0]
        tiles = [
            _tile(index, str(view.draws), float(score), encoder.band, scene.language)
            for index, (view, score) in enumerate(zip(views, scores, strict=True))
        ]
        height, width = _small(pictures[0]).shape[:2]
        sheet = tag(
            "div", *tiles, class_="sheet",
            style=f"--sheet:url({photograph(_mosaic(pictures))});--shape:{width}/{height}",
        )
        return {self.sheet: sheet + tag("p", text(say("augment.rolls.note", scene.language)), class_="note")}

    def _roll(self, scene: Scene) -> Steps:
        """The histogram as it grows, then what each step costs."""
        encoder = self.lab.encoder(DEFAULT_ENCODER)
        first, policy = scene.view.draws.seed + 1, scene.policy
        rolls = None
        for rolls in roll_many(scene.before, policy, encoder.embed, first_seed=first, count=_MANY, chunk=_STEP):
            yield {self.result: self._drawn(scene, rolls, encoder.band, [])}
        assert rolls is not None
        effects: list[StepEffect] = []
        for effect in which_step_hurts(scene.before, policy, encoder.embed, first_seed=first):
            effects.append(effect)
            yield {self.result: self._drawn(scene, rolls, encoder.band, effects)}
        return {self.result: self._drawn(scene, rolls, encoder.band, effects)}

    def _drawn(self, scene: Scene, rolls: Rolls, band: Band | None, effects: list[StepEffect]) -> str:
        language = scene.language
        done = len(rolls.similarities)
        title = say("augment.many.title", language, count=done, total=rolls.total)
        parts = [tag("h3", text(title)), _chart(rolls, band, language)]
        if band is not None:
            share = rolls.share_below(band.high)
            parts.append(tag("p", text(say("augment.many.share", language, share=round(100 * share))), class_="says"))
        ends = [("hardest", rolls.hardest), ("easiest", rolls.easiest)]
        parts.append(tag("div", *(self._end(scene, rolls, which, seed) for which, seed in ends), class_="ends-of"))
        hurts = tag("h3", text(say("augment.hurts.title", language)))
        if effects:
            costs = sorted(effects, key=lambda effect: -effect.cost)
            kinds = {step.id: step.KIND for step in scene.policy.steps}
            hurts += bars(
                [("learned", say(f"step.{kinds[one.step_id]}", language), one.cost) for one in costs],
                spoken=say("augment.hurts.title", language),
            )
            mean = number(effects[0].with_all)
            hurts += tag("p", text(say("augment.hurts.note", language, mean=mean)), class_="note")
        else:
            hurts += tag("p", text(say("augment.hurts.wait", language)), class_="note")
        return tag("div", tag("div", *parts), tag("div", hurts), class_="two")

    def _end(self, scene: Scene, rolls: Rolls, which: str, seed: int) -> str:
        picture = _small(apply(scene.before, draw(scene.policy, seed)))
        value = float(rolls.similarities[list(rolls.seeds).index(seed)])
        name = say(f"augment.many.{which}", scene.language)
        shown = tag("img", src=photograph(picture), alt=name)
        caption = tag("span", tag("b", text(number(value))), " ", text(name))
        return tag("button", shown, caption, type="button", data_pick=str(seed), class_="tile",
                   title=say("augment.take", scene.language))


def _tile(index: int, draws: str, score: float, band: Band | None, language: str) -> str:
    across, down = index % _ACROSS, index // _ACROSS
    at = f"background-position:{100 * across / (_ACROSS - 1):.3f}% {100 * down / (_DOWN - 1):.3f}%"
    found = where(score, band)
    verdict = say(f"augment.short.{found}", language)
    caption = tag("span", tag("span", class_="sign", aria_hidden="true"), tag("b", number(score)),
                  class_=f"score answer {found}")
    spoken = say("augment.tile.spoken", language, index=index + 1, score=number(score), verdict=verdict)
    return tag("button", tag("span", class_="sprite", style=at), caption, type="button", data_pick=draws,
               class_="tile", aria_label=spoken, title=say("augment.take", language))


def _mosaic(pictures: list[Image]) -> Image:
    """The tiles in one picture, row by row: one JPEG to send instead of twelve."""
    tiles = [_small(picture) for picture in pictures]
    height, width = tiles[0].shape[:2]
    if any(tile.shape != tiles[0].shape for tile in tiles):
        tiles = [resize(tile, (width, height)) for tile in tiles]
    rows = [np.concatenate(tiles[start : start + _ACROSS], axis=1) for start in range(0, len(tiles), _ACROSS)]
    return np.concatenate(rows, axis=0)


def _small(image: Image) -> Image:
    height, width = image.shape[:2]
    shrink = min(1.0, _TILE_SIDE / max(width, height))
    return resize(image, (max(1, round(width * shrink)), max(1, round(height * shrink))))


def _chart(rolls: Rolls, band: Band | None, language: str) -> str:
    entries = [("learned", say("augment.many.rolls", language))]
    if band is not None:
        entries.append(("others", say("augment.many.others", language)))
    spoken = say("augment.many.title", language, count=len(rolls.similarities), total=rolls.total)
    others = None if band is None else band.shares
    return histogram(rolls.similarities, others, x_label=say("augment.axis", language), spoken=spoken) + legend(entries)
