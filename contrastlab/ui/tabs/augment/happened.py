"""The fold "What happened, step by step": a film strip of the draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from ....core.errors import LabError
from ....core.images import Image
from ....core.knobs import Choice
from ....data.augment import Drawn, DrawnStep, apply_steps
from ....data.augment.trace import FILLED, MADE_UP, follow, output_size, provenance
from ....data.pixels import resize
from ....lab import DEFAULT_ENCODER
from ....models.encoder.inference import view as seen_by_network
from ....text import say
from ...drawing import exact, legend, number, overlay, photograph, tag, text
from ...fold import Fold
from ...widgets import options, panel
from .scene import Scene
from .sight import likeness

LOOK = Choice("look", ("picture", "grid", "origin"), "picture")
#: Positions of the grid, as shares of width and height.
_GRID = [(x / 6, y / 4) for y in range(1, 4) for x in range(1, 6)]
_THUMB_SIDE = 256
#: What a random pattern is drawn from means nothing to a reader.
_UNTOLD = ("pattern",)


class Happened(Fold):
    """The picture after each step, what was drawn for it, and where points and pixels went."""

    TAB = "augment"
    NAME = "happened"

    def lay_out(self) -> None:
        self.look = options(self.words, LOOK, "augment.look", name="look")
        self.point = gr.Textbox("", visible="hidden")
        self.strip = panel(
            elem_id="augment-strip",
            js_on_load="""element.addEventListener('click', (event) => {
                const picture = event.target.closest('[data-point]');
                if (!picture) return;
                const box = picture.getBoundingClientRect();
                const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
                window.contrastlab.picked = `${x.toFixed(4)},${y.toFixed(4)}`;
                trigger('select', {value: window.contrastlab.picked, index: 0});
            })""",
        )
        self.inputs = [self.look, self.point]
        self.outputs = [self.strip]
        self.triggers = [self.look.input, self.point.change]

    def wire(self, tab: Any) -> None:
        self.strip.select(None, None, [self.point], js="() => window.contrastlab.picked")

    def show(self, scene: Scene, look: str, point: str, *_: Any) -> dict[Any, Any]:
        look = LOOK.check(look)
        points = _GRID if look == "grid" else _read_point(point)
        frames = apply_steps(scene.before, scene.drawn)
        scores = self._scores(scene, [frame.image for frame in frames])
        cards = [_start(scene, points, scores)]
        for index, frame in enumerate(frames, start=1):
            so_far = replace(scene.drawn, steps=scene.drawn.steps[:index])
            cards.append(_card(scene, frame.image, frame.step, frame.milliseconds, so_far, look, points, scores, index))
        cards.append(_last(scene))
        parts = [tag("ol", *cards, class_="strip"), tag("p", text(say("augment.happened.note", scene.language,
                                                                      seed=scene.view.draws.seed)), class_="note")]
        if look == "origin":
            parts.insert(0, legend([("caution", say("augment.origin.mirrored", scene.language)),
                                    ("generated", say("augment.origin.filled", scene.language))]))
        return {self.strip: "".join(parts)}

    def _scores(self, scene: Scene, images: list[Image]) -> list[float]:
        """How alike the network finds the photograph and each picture; none if there is no network."""
        try:
            rows = self.lab.encoder(DEFAULT_ENCODER).embed([scene.before, *images])
        except LabError:
            return []
        return [likeness(rows[[0, index]]) for index in range(len(rows))]


def described(step: DrawnStep, language: str) -> str:
    """What was drawn for a step: "angle −6.2°"."""
    said = []
    for name, value in step.values.items():
        if name in _UNTOLD:
            continue
        digits = 0 if isinstance(value, int) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        said.append(say("augment.value", language, name=say(f"value.{name}", language), value=number(value, digits)))
    return say("augment.did.join", language).join(said)


def _start(scene: Scene, points: list[tuple[float, float]], scores: list[float]) -> str:
    picture = _picture(scene.before, say("augment.original", scene.language), _dots(points), data_point=True)
    hint = tag("span", text(say("augment.happened.point", scene.language)), class_="values")
    return _item(say("augment.original", scene.language), picture, hint, _score(scores, 0))


def _card(
    scene: Scene, image: Image, step: DrawnStep, milliseconds: float, so_far: Drawn, look: str,
    points: list[tuple[float, float]], scores: list[float], index: int,
) -> str:
    language = scene.language
    name = say(f"step.{step.step.KIND}", language)
    moved = _followed(points, so_far, scene.size)
    extra = _dots(moved)
    if look == "origin":
        extra += tag("img", src=_origin(so_far, scene.size), alt="", class_="over")
    badge = "applied" if step.applied else "skipped"
    details = [tag("span", text(say(f"augment.step.{badge}", language)), class_=f"badge {badge}")]
    if step.applied:
        details.append(tag("span", text(described(step, language)), class_="values"))
        details.append(tag("span", text(say("augment.step.time", language, ms=number(milliseconds, 1))), class_="time"))
    picture = _picture(image, say("augment.happened.alt", language, step=name), extra)
    return _item(name, picture, *details, _score(scores, index), skipped=not step.applied)


def _last(scene: Scene) -> str:
    small = tag("img", src=exact(seen_by_network(scene.after)), class_="pixels",
                alt=say("augment.seen.alt", scene.language))
    caption = tag("span", text(say("augment.seen", scene.language)), class_="values")
    return _item(say("augment.seen.title", scene.language), tag("span", small, class_="shot square"), caption)


def _item(title: str, *content: str, skipped: bool = False) -> str:
    picture, *details = content
    return tag("li", picture, tag("b", text(title)), *details, class_="skipped" if skipped else None)


def _picture(image: Image, alt: str, extra: str, **attributes: Any) -> str:
    height, width = image.shape[:2]
    shrink = min(1.0, _THUMB_SIDE / max(width, height))
    small = resize(image, (max(1, round(width * shrink)), max(1, round(height * shrink))))
    shown = tag("img", src=photograph(small), alt=alt, decoding="sync", draggable="false")
    return tag("span", shown, extra, class_="shot", style=f"aspect-ratio:{width}/{height}", **attributes)


def _score(scores: list[float], index: int) -> str:
    return tag("span", number(scores[index]), class_="score answer") if scores else ""


def _dots(points: list[tuple[float, float]]) -> str:
    """Marks at shares of width and height; a mark that has left the frame is not drawn."""
    inside = [(x, y) for x, y in points if 0 <= x <= 1 and 0 <= y <= 1]
    return "".join(tag("i", class_="point", style=f"left:{100 * x:.2f}%;top:{100 * y:.2f}%") for x, y in inside)


def _followed(points: list[tuple[float, float]], drawn: Drawn, size: tuple[int, int]) -> list[tuple[float, float]]:
    if not points:
        return []
    # Pixel centres are whole numbers: the share 0 is the outer edge of the first pixel, at -0.5.
    at = np.array(points) * size - 0.5
    out = output_size(drawn, size)
    return [(float(x + 0.5) / out[0], float(y + 0.5) / out[1]) for x, y in follow(drawn, size, at)]


def _origin(drawn: Drawn, size: tuple[int, int]) -> str:
    origin = provenance(drawn, size)
    return overlay({"caution": origin == MADE_UP, "generated": origin == FILLED})


def _read_point(said: str) -> list[tuple[float, float]]:
    x, _, y = str(said).partition(",")
    try:
        at = float(x), float(y)
    except ValueError:
        return []
    return [at] if all(0 <= share <= 1 for share in at) else []
