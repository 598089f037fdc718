"""The room "Mix a question": more like these, less like those."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from ....core.errors import LabError
from ....data.datasets import PHOTOS
from ....gallery import Gallery, class_average, nearest_without, plus_minus
from ....text import explain, say
from ... import shelf
from ...drawing import number, tag, text, thumbnail
from ...fold import Part
from ...widgets import PICKING, panel
from .replies import PICKED, STAYING, asking, reply, row
from .scene import PIXELS, ROW, Scene
from .sight import called, class_word
from .tiles import tile_picture
from .view import OWN

#: Pictures and averages on either side.
MOST = 3
_ITEM = re.compile(rf"c\d{{1,4}}|\d{{1,7}}|{OWN}|" + "|".join(PHOTOS))


@dataclass(frozen=True)
class Mix:
    """What is asked for and what is not: pictures of a gallery ("12"), averages of its classes ("c3"), photographs.

    It belongs to the gallery of that name: numbers mean other pictures in another.
    """

    gallery: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.gallery, *(f"+{one}" for one in self.plus), *(f"-{one}" for one in self.minus)])

    @staticmethod
    def read(said: str, scene: Scene) -> Mix:
        """What was written down; where that is nothing or of another gallery, the average of the question's class.

        Of a picture from elsewhere no class is known: there it is the picture itself.
        """
        gallery = scene.gallery()
        name, *items = str(said).split(" ")
        if name == scene.view.gallery:
            known = [one for one in items if _is_item(one[1:], scene, gallery)]
            plus, minus = (tuple(one[1:] for one in known if one[0] == sign)[:MOST] for sign in "+-")
            return Mix(name, plus, minus)
        known_class = scene.query_index is not None and bool(gallery.classes)
        first = f"c{int(gallery.labels[scene.query_index])}" if known_class else scene.view.query
        return Mix(scene.view.gallery, (first,))

    def changed(self, press: str) -> Mix:
        """After "+12", "-c3", "x12" or "clear"; anything else, or a fourth, changes nothing."""
        if press == "clear":
            return replace(self, plus=(), minus=())
        sign, item = press[:1], press[1:]
        plus, minus = (tuple(one for one in side if one != item) for side in (self.plus, self.minus))
        if sign == "+" and len(plus) < MOST:
            plus = (*plus, item)
        elif sign == "-" and len(minus) < MOST:
            minus = (*minus, item)
        elif sign != "x":
            return self
        return replace(self, plus=plus, minus=minus)


class Mixture(Part):
    """Averages and sums of embeddings are questions, too."""

    NAME = "mixture"

    def lay_out(self) -> None:
        self.mix = gr.Textbox("", visible="hidden")
        self.sides = panel(elem_id="neighbours-mix", js_on_load=STAYING)
        self.answers = panel(elem_id="neighbours-mixed", js_on_load=PICKING)
        self.message = panel(value="", elem_classes=["message"])
        self.offers = panel(elem_id="neighbours-offers", js_on_load=STAYING)
        self.inputs = [self.mix]
        self.outputs = [self.mix, self.sides, self.answers, self.offers]

    def wire(self, tab: Any) -> None:
        asking(tab, self.answers, self.message)

        def press(language: str, pressed: str | None, *values: Any) -> dict[Any, Any]:
            *rest, said = values
            scene = tab.read(language, *rest)
            changed = Mix.read(said, scene).changed(str(pressed))
            return self.show(scene, str(changed))

        tab.on([self.sides.select, self.offers.select], press, first=[self.mix], last=[self.mix], js=PICKED,
               outputs=self.outputs, message=self.message, live=True)

    def show(self, scene: Scene, said: str, *_: Any) -> dict[Any, Any]:
        mix = Mix.read(said, scene)
        try:
            answered = _answers(scene, mix)
        except LabError as error:  # the rest stays: it is where the mixture is put right
            answered = tag("p", text(explain(error, scene.language)), class_="complaint", role="alert")
        shown = {self.sides: _sides(scene, mix), self.answers: answered, self.offers: _offers(scene)}
        return {self.mix: str(mix), **shown}


def mixed(scene: Scene, mix: Mix) -> npt.NDArray[np.float32]:
    """(D,) the question that the mixture stands for. Raises what `plus_minus` and `class_average` raise."""
    plus, minus = ([_row(scene, one) for one in side] for side in (mix.plus, mix.minus))
    return plus_minus(np.array(plus), np.array(minus))


def _row(scene: Scene, item: str) -> npt.NDArray[np.float32]:
    if item.startswith("c") and item[1:].isdecimal():
        return class_average(scene.gallery(), int(item[1:]))
    if item != scene.view.query:
        scene = replace(scene, view=replace(scene.view.plain(), query=item))
    return scene.embedding(scene.eye)


def _answers(scene: Scene, mix: Mix) -> str:
    language, gallery = scene.language, scene.gallery()
    if not mix.plus:
        return tag("p", text(say("neighbours.mixture.empty", language)), class_="note")
    without = [int(one) for one in (*mix.plus, *mix.minus) if one.isdecimal()]
    found = nearest_without(gallery, mixed(scene, mix), min(ROW, len(gallery) - len(set(without))), without=without)
    tiles = [
        reply(scene, int(place), number(float(score)), is_judged=False)
        for place, score in zip(found.indices, found.scores, strict=True)
    ]
    return row(say("neighbours.mixture.answers", language), tiles) + tag(
        "p", text(say("neighbours.mixture.how", language)), class_="note"
    )


def _sides(scene: Scene, mix: Mix) -> str:
    """The mixture so far."""
    sides = []
    for sign, side, role in (("plus", mix.plus, "positive"), ("minus", mix.minus, "negative")):
        items = [_chosen(scene, one) for one in side] + [tag("span", class_="vacant")] * (MOST - len(side))
        name = say(f"neighbours.mixture.{sign}", scene.language)
        sides.append(tag("div", tag("b", text(name), class_="who"), tag("div", *items, class_="chosen-of"),
                         class_=f"side {role}", role="group", aria_label=name))
    return tag("div", *sides, class_="sides")


def _offers(scene: Scene) -> str:
    """What can be put in."""
    language, gallery = scene.language, scene.gallery()
    pictures = dict.fromkeys((scene.view.query, *map(str, scene.nearest(scene.eye).indices), *scene.view.trail))
    offered = [_offer(scene, one, tile) for one in pictures if (tile := _picture(scene, one))]
    parts = [tag("p", text(say("neighbours.mixture.pictures", language)), class_="label"),
             tag("div", *offered, class_="offers")]
    if gallery.classes:
        words = [_offer(scene, f"c{label}", text(class_word(word, gallery.name, language)))
                 for label, word in enumerate(gallery.classes)]
        parts += [tag("p", text(say("neighbours.mixture.averages", language)), class_="label"),
                  tag("div", *words, class_="offers words")]
    return "".join(parts)


def _chosen(scene: Scene, item: str) -> str:
    """One part of the mixture; pressing takes it out."""
    name = _name(scene, item)
    inside = _picture(scene, item) or tag("span", text(name), class_="average")
    spoken = say("neighbours.mixture.take_out", scene.language, name=name)
    return tag("button", inside, type="button", data_pick=f"x{item}", class_="chosen", aria_label=spoken, title=spoken)


def _offer(scene: Scene, item: str, inside: str) -> str:
    """Something that can be put in on either side."""
    name = _name(scene, item)
    buttons = [
        tag("button", sign, type="button", data_pick=f"{press}{item}", aria_label=spoken, title=spoken)
        for sign, press, spoken in (
            ("+", "+", say("neighbours.mixture.more", scene.language, name=name)),
            ("\N{MINUS SIGN}", "-", say("neighbours.mixture.less", scene.language, name=name)),
        )
    ]
    return tag("div", tag("span", inside, class_="inside"), tag("span", *buttons, class_="signs"), class_="offer")


def _name(scene: Scene, item: str) -> str:
    if item.startswith("c") and item[1:].isdecimal():
        gallery = scene.gallery()
        word = class_word(gallery.classes[int(item[1:])], gallery.name, scene.language)
        return say("neighbours.mixture.average", scene.language, word=word)
    return called(scene, item)


def _picture(scene: Scene, item: str) -> str:
    """Its thumbnail; "" for an average, which nobody has ever seen, and for what is not there any more."""
    if item.isdecimal():
        return tile_picture(scene.gallery(PIXELS).pictures[int(item)], "")
    if item in PHOTOS or (item == OWN and scene.own):
        return tag("img", src=thumbnail(shelf.preview(scene.own if item == OWN else None, item)), alt="")
    return ""


def _is_item(item: str, scene: Scene, gallery: Gallery) -> bool:
    if _ITEM.fullmatch(item) is None or (item == OWN and scene.own is None):
        return False
    if item.isdecimal():
        return int(item) < len(gallery)
    return item[0] != "c" or not item[1:].isdecimal() or int(item[1:]) < len(gallery.classes)
