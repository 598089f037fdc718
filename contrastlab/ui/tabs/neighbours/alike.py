"""The fold "Why do these two match?": cover a patch of either picture and see how much likeness is lost."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from ....core.knobs import Choice
from ....lab import Lab
from ....models.encoder.explain import Part, Why, why_alike
from ....models.encoder.inference import Embedder
from ....text import say
from ...drawing import exact, number, tag, text
from ...fold import Fold, following
from ...widgets import Words, options, panel
from .scene import PIXELS, Nearest, Scene
from .tiles import kind_of, row_name, tile_picture

LOOK = Choice("look", ("map", "plain"), "map")

#: Squares a side of a map: 80 embeddings for a pair, 0.15 s on one core.
_GRID = 6
#: Similarity that a map's strongest colour stands for at least: what matters little is not made to look important.
_LEAST = 0.05
_ROLES = ("baseline", "learned")
_FIRST = "learned:0"

# The chosen button is drawn anew with the answer: who walks here by keyboard stays on it.
_CHOOSING = """element.addEventListener('click', (event) => {
    const picked = event.target.closest('[data-pick]');
    if (!picked) return;
    window.contrastlab.picked = picked.dataset.pick;
    element.back = picked.dataset.pick;
    trigger('select', {value: picked.dataset.pick, index: 0});
});
watch('value', () => {
    if (element.back) element.querySelector(`[data-pick="${element.back}"]`)?.focus({preventScroll: true});
    element.back = null;
})"""
_POINTING = """for (const kind of ['pointerover', 'click']) element.addEventListener(kind, (event) => {
    const cell = event.target.closest('[data-says]');
    const line = cell && cell.closest('figure').querySelector('.cell-says');
    if (line) line.textContent = cell.dataset.says;
})"""


class Alike(Fold):
    """The question and one neighbour, and over either what the likeness of the two hangs on."""

    TAB = "neighbours"
    NAME = "alike"

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        self.pulse.js_on_load = following(self.NAME, rested="tick")

    def lay_out(self) -> None:
        self.which = gr.Textbox(_FIRST, visible="hidden")
        with gr.Row(elem_classes=["alike"]):
            self.pair = panel(elem_id="neighbours-alike-pair", js_on_load=_POINTING)
            with gr.Column(elem_classes=["alike-side"]):
                self.choice = panel(elem_id="neighbours-alike-choice", js_on_load=_CHOOSING)
                self.look = options(self.words, LOOK, "neighbours.alike.look", name="alike-look")
        self.inputs = [self.which]
        self.outputs = [self.choice, self.pair]
        self.triggers = [self.which.change]

    def wire(self, tab: Any) -> None:
        self.choice.select(None, None, [self.which], js="() => window.contrastlab.picked")
        # Both looks are there; which of them is shown takes no server.
        self.look.input(
            None, [self.look], None,
            js="(look) => { document.getElementById('fold-alike').dataset.look = look; }",
        )

    def show(self, scene: Scene, which: str, *_: Any) -> dict[Any, Any]:
        eyes: dict[str, Embedder] = dict(zip(_ROLES, (scene.pixels, scene.eye), strict=True))
        found = {role: scene.nearest(eye) for role, eye in eyes.items()}
        count = len(found["learned"].indices)
        if count == 0:
            alone = tag("p", text(say("neighbours.alike.alone", scene.language)), class_="note")
            return {self.choice: "", self.pair: alone}
        role, rank = _read(which, count)
        place, eye = int(found[role].indices[rank]), eyes[role]
        why = why_alike(eye, scene.query, scene.gallery(PIXELS).pictures[place], grid=_GRID)
        return {self.choice: _choices(scene, found, role, rank), self.pair: _pair(scene, why, eye, role, rank, place)}


def _read(which: str, count: int) -> tuple[str, int]:
    """The row and the place in it that were picked; the first that was learned for whatever cannot be one."""
    role, _, rank = str(which).partition(":")
    if role not in _ROLES or not rank.isdecimal():
        return "learned", 0
    return role, min(int(rank[:4]), count - 1)


def _choices(scene: Scene, found: dict[str, Nearest], role: str, rank: int) -> str:
    """Both rows once more, small: which neighbour is compared."""
    language, pictures = scene.language, scene.gallery(PIXELS).pictures
    rows = []
    for name in _ROLES:
        who = row_name(scene, name)
        buttons = []
        for place, picture in enumerate(found[name].indices):
            shown = tile_picture(pictures[picture], "")
            spoken = say("neighbours.alike.pick", language, who=who, rank=place + 1)
            buttons.append(tag("button", shown, type="button", data_pick=f"{name}:{place}", aria_label=spoken,
                               title=spoken, aria_pressed=str((name, place) == (role, rank)).lower()))
        rows.append(tag("div", tag("span", text(who), class_="who"), tag("span", *buttons, class_="thumbs-of"),
                        class_=f"choose {name}", role="group", aria_label=who))
    return tag("p", text(say("neighbours.alike.choose", language)), class_="label") + "".join(rows)


def _pair(scene: Scene, why: Why, eye: Embedder, role: str, rank: int, place: int) -> str:
    language = scene.language
    scale = max(_LEAST, float(why.first.drops.max()), float(why.second.drops.max()))
    answer = say("neighbours.alike.answer", language, rank=rank + 1)
    # On a picture from elsewhere, and beside it, no class word is said.
    word = "" if scene.is_foreign else kind_of(scene, place)
    if word:
        answer = say("neighbours.alike.named", language, name=answer, word=word)
    band = scene.gallery(eye.name).band
    others = "" if band is None else say("neighbours.others", language, low=number(band.low), high=number(band.high))
    similar = say("neighbours.alike.similarity", language, similarity=number(why.similarity), others=others)
    figures = [
        _figure("query", say("neighbours.alike.question", language), why.first, why.similarity, scale, language),
        _figure(role, answer, why.second, why.similarity, scale, language),
    ]
    return tag(
        "div",
        tag("p", text(similar.rstrip(" ·")), class_="alike-score answer"),
        tag("div", *figures, class_="why-pair"),
        _legend(scale, language),
        tag("p", text(say("neighbours.alike.note", language)), class_="note"),
        class_=f"mapped {role}",
    )


def _figure(role: str, title: str, part: Part, similarity: float, scale: float, language: str) -> str:
    says = _says(part, similarity, language)
    picture = tag("img", src=exact(part.seen), alt=title, class_="pixels", draggable="false")
    heat = tag("span", *(_cell(float(drop), similarity, scale, language) for drop in part.drops.ravel()),
               class_="heat", style=f"--grid:{len(part.drops)}", role="img", aria_label=says)
    outline = ""
    if _matters(part, similarity):
        side = len(part.seen)
        left, top, right, bottom = (round(100 * edge / side, 2) for edge in part.worst)
        outline = tag("i", class_="worst",
                      style=f"left:{left}%;top:{top}%;width:{right - left:g}%;height:{bottom - top:g}%")
    hint = tag("span", text(say("neighbours.alike.point", language)), class_="cell-says answer", aria_hidden="true")
    words = tag("figcaption", tag("b", text(title)), tag("span", text(says), class_="map-says answer"), hint)
    return tag("figure", tag("span", picture, heat, outline, class_="why"), words, class_=f"tile-card {role}")


def _cell(drop: float, similarity: float, scale: float, language: str) -> str:
    strength = float(np.clip(drop / scale, 0, 1))
    says = say("neighbours.alike.cell", language, before=number(similarity), after=number(similarity - drop))
    return tag("i", style=f"--lost:{strength:.2f}", data_says=says)


def _says(part: Part, similarity: float, language: str) -> str:
    before = number(similarity)
    if not _matters(part, similarity):
        return say("neighbours.alike.nothing", language, before=before)
    return say("neighbours.alike.falls", language, before=before, after=number(similarity - part.lost),
               average=number(similarity - float(part.drops.mean())))


def _matters(part: Part, similarity: float) -> bool:
    """Whether covering the most important patch is seen in the numbers as they are written."""
    return round(similarity - part.lost, 2) < round(similarity, 2)


def _legend(scale: float, language: str) -> str:
    ends = [tag("span", text(number(value))) for value in (0.0, scale)]
    return tag("p", text(say("neighbours.alike.legend", language)), ends[0], tag("i", class_="scale"), ends[1],
               class_="heat-legend answer")
