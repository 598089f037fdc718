"""The fold "How good, how new?": what is said of this one picture, and what was measured on its network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....core.errors import LabError
from ....lab import Lab
from ....models.encoder.inference import Embedder
from ....studies.sample_card import VOTERS, Reference, SampleCard, sample_card, training_pictures
from ....text import explain, say
from ...drawing import exact, number, share_bar, tag, text
from ...fold import Fold, following
from ...kinds import kind_word
from ...widgets import Words, panel
from .scene import Scene

#: Classes that get a bar.
_BARS = 4


class Goodness(Fold):
    """A card for the main picture, the training pictures nearest to it, and the network's numbers in plain words.

    The nearest pictures come in the lane of long work: reading a data set for the first time takes a while.
    """

    TAB = "generate"
    NAME = "goodness"

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        self.pulse.js_on_load = following(self.NAME, rested="tick")

    def lay_out(self) -> None:
        self.card = panel(elem_id="generate-card")
        self.nearest = panel(elem_id="generate-nearest")
        self.unseen = panel(value="", elem_classes=["message"])
        self.network = panel(elem_id="generate-network")
        self.outputs = [self.card, self.network]

    def wire(self, tab: Any) -> None:
        def find(language: str, *values: Any) -> dict[Any, Any]:
            return {self.nearest: nearest(tab.read(language, *values))}

        tab.heavily(
            [self.accordion.expand, self.pulse.tick], find, outputs=[self.nearest], message=self.unseen, live=True
        )

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        return {self.card: card(scene), self.network: network(scene)}


def card(scene: Scene) -> str:
    """What it shows and how real it looks beside whether it is a copy; why not, where nothing is kept for it."""
    try:
        reference, encoder, found = _found(scene)
    except LabError as error:
        return tag("p", text(explain(error, scene.language)), class_="note")
    left = _shows(scene, encoder, reference, found) + _real(scene, found)
    return tag("div", tag("div", left), tag("div", _new(scene, reference, found)), class_="two")


def nearest(scene: Scene) -> str:
    """The training pictures most alike, where they are on this machine, with how far each is; "" without a card."""
    language = scene.language
    try:
        reference, _, found = _found(scene)
    except LabError:
        return ""
    training = training_pictures(reference.known.data, scene.generator.side)
    tiles = []
    for place, distance in zip(found.nearest.tolist(), found.distances.tolist(), strict=True):
        word = kind_word(scene.generator.classes[reference.known.labels[place]], language)
        said = tag("figcaption", tag("b", text(word)), tag("span", text(number(distance))))
        picture = ""
        if training is not None:
            picture = tag("img", src=exact(training.pictures[place]), alt=word, class_="pixels", draggable="false")
        tiles.append(tag("figure", picture, said, class_="tile-card"))
    low, high = (reference.known.unseen.at(share) for share in (0.05, 0.95))
    key = "generate.goodness.nearest.here" if training is not None else "generate.goodness.nearest.away"
    note = say(key, language, low=number(low), high=number(high))
    title = tag("h3", text(say("generate.goodness.nearest", language)))
    return title + tag("div", *tiles, class_="nearest answer") + tag("p", text(note), class_="note")


def network(scene: Scene) -> str:
    """The generator's measured quality, each number beside what it can be compared with."""
    language = scene.language
    title = tag("h3", text(say("generate.goodness.network", language)))
    found = next((one.metrics.get("quality") for one in scene.lab.models() if one.name == scene.view.model), None)
    if not found:
        return title + tag("p", text(say("generate.goodness.unmeasured", language)), class_="note")
    rows = [
        tag("tr", tag("th", text(say(f"generate.goodness.{key}", language, **facts)), scope="row"),
            tag("td", tag("b", text(value))),
            tag("td", text(say(f"generate.goodness.{key}.beside", language, **facts)), class_="reference"))
        for key, value, facts in _measured(found)
    ]
    kind = scene.generator.classes[scene.main_kind]
    own, said = found["classes"].get(kind, {}), ""
    if {"asked", "memorised", "accuracy"} <= own.keys() and None not in own.values():
        facts = {key: _percent(own[key]) for key in ("asked", "memorised", "accuracy")}
        said = say("generate.goodness.of_kind", language, kind=kind_word(kind, language), **facts)
    how = say("generate.goodness.network.how", language, pictures=found["pictures"], reference=found["reference"])
    return (title + tag("p", text(how), class_="note") + tag("table", *rows, class_="facts")
            + tag("p", text(said), class_="says"))


def _found(scene: Scene) -> tuple[Reference, Embedder, SampleCard]:
    reference = scene.lab.sample_reference(scene.view.model)
    encoder = scene.lab.encoder(reference.known.encoder)
    return reference, encoder, sample_card(reference, scene.generator, encoder, scene.main, scene.main_kind)


def _shows(scene: Scene, encoder: Embedder, reference: Reference, found: SampleCard) -> str:
    language, classes = scene.language, scene.generator.classes
    best = int(found.shares.argmax())
    key = "right" if best == scene.main_kind else "wrong"
    words = {"asked": kind_word(classes[scene.main_kind], language), "taken": kind_word(classes[best], language)}
    listed = list(np.argsort(-found.shares, kind="stable")[:_BARS])
    if scene.main_kind not in listed:
        listed[-1] = scene.main_kind
    drawn = [
        share_bar("learned", kind_word(classes[place], language), float(found.shares[place]),
                  _percent(float(found.shares[place])))
        for place in listed
    ]
    how = say("generate.goodness.shows.how", language, encoder=encoder.name, count=len(reference.known.rows), k=VOTERS,
              chance=_percent(1 / len(classes)))
    return (tag("h3", text(say("generate.goodness.shows", language)))
            + tag("p", text(say(f"generate.goodness.shows.{key}", language, **words)), class_="says answer")
            + tag("div", *drawn, class_="share-bars answer") + tag("p", text(how), class_="note"))


def _real(scene: Scene, found: SampleCard) -> str:
    language = scene.language
    title = tag("h3", text(say("generate.goodness.real", language)))
    if found.above_made is None or found.above_real is None:
        return title + tag("p", text(say("generate.goodness.real.nobody", language)), class_="note")
    kind = kind_word(scene.generator.classes[scene.main_kind], language)
    (made, made_of_kind), (real, real_of_kind) = found.above_made, found.above_real
    said = say("generate.goodness.real.above", language, made=_percent(made), real=_percent(real))
    of_kind = say("generate.goodness.of_its_kind.two", language, kind=kind, made=_percent(made_of_kind),
                  real=_percent(real_of_kind))
    drawn = [
        share_bar("generated", say("generate.goodness.real.made", language), made, _percent(made)),
        share_bar("baseline", say("generate.goodness.real.real", language), real, _percent(real)),
    ]
    return (title + tag("p", text(said), class_="says answer") + tag("div", *drawn, class_="share-bars answer")
            + tag("p", text(of_kind), class_="note"))


def _new(scene: Scene, reference: Reference, found: SampleCard) -> str:
    language = scene.language
    kind = kind_word(scene.generator.classes[scene.main_kind], language)
    key = "copy" if found.may_be_copy else "own"
    said = say(f"generate.goodness.new.{key}", language, share=_percent(found.farther))
    of_kind = say("generate.goodness.of_its_kind", language, kind=kind, share=_percent(found.farther_of_kind))
    how = say("generate.goodness.new.how", language, points=f"{reference.known.points:.0f}", test=reference.known.test)
    return (tag("h3", text(say("generate.goodness.new", language)))
            + tag("p", text(said), class_="says answer") + tag("p", text(of_kind), class_="note")
            + tag("p", text(how), class_="note"))


def _measured(found: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(text's name, the generator's number, what it stands beside) each."""
    first = found["votes"]["encoder"]
    name = next(key for key in found["distances"] if key.startswith(f"FD-{first}@"))
    distance, votes, classifier = found["distances"][name], found["votes"], found["classifier"]
    made, floor = (found["manifold"][first][side] for side in ("generated", "floor"))
    return [
        ("asked", _percent(votes["generated"]), {"test": _percent(votes["test"])}),
        ("distance", number(distance["generated"], 1),
         {"name": name, "floor": number(distance["floor"], 1), "ceiling": number(distance["ceiling"], 0)}),
        ("precision", _percent(made["precision"]), {"floor": _percent(floor["precision"])}),
        ("coverage", _percent(made["coverage"]), {"floor": _percent(floor["coverage"])}),
        ("memorised", _percent(found["memorised"][first]["generated"]), {}),
        ("taught", _percent(classifier["generated"]), {"real": _percent(classifier["real"])}),
    ]


def _percent(share: float) -> str:
    """A share in whole per cent; what is not quite none or all is not said to be so."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{round(100 * share)} %"
