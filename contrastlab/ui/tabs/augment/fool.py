"""The fold "Can we fool it?": a change made against the network, and one of the same size made by chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....core.images import Image
from ....core.knobs import Choice
from ....lab import DEFAULT_ENCODER
from ....metrics.retrieval import Band
from ....models.encoder.adversarial import EPSILON, Attack, fgsm, pgd
from ....text import say
from ...drawing import exact, number, tag, text
from ...fold import Fold
from ...widgets import options, panel, slider
from .scene import Scene
from .sight import where

METHOD = Choice("method", ("fgsm", "pgd"), "pgd")
_AMPLIFIED = 16


class Fool(Fold):
    """Four 32-pixel tiles: what it sees, the same attacked, the change made visible, the same by chance."""

    TAB = "augment"
    NAME = "fool"

    def lay_out(self) -> None:
        self.epsilon = slider(self.words, EPSILON, "augment.epsilon")
        self.method = options(self.words, METHOD, "augment.method", name="method")
        self.tiles = panel(elem_id="augment-fool")
        self.inputs = [self.epsilon, self.method]
        self.outputs = [self.tiles]
        self.triggers = [self.epsilon.input, self.method.input]

    def show(self, scene: Scene, epsilon: float, method: str, *_: Any) -> dict[Any, Any]:
        encoder: Any = self.lab.encoder(DEFAULT_ENCODER)
        strength = int(EPSILON.check(epsilon))
        if METHOD.check(method) == "fgsm":
            attack = fgsm(encoder, scene.before, scene.before, epsilon=strength)
        else:
            attack = list(pgd(encoder, scene.before, scene.before, epsilon=strength))[-1]
        return {self.tiles: _drawn(attack, encoder.band, strength, scene.language)}


def _drawn(attack: Attack, band: Band | None, epsilon: int, language: str) -> str:
    change = np.asarray(attack.amplified(_AMPLIFIED), np.uint8)
    tiles = [
        _tile("query", attack.clean, "seen", attack.before, band, language),
        _tile("negative", attack.attacked, "attacked", attack.after, band, language),
        _tile("baseline", attack.control, "chance", attack.by_chance, band, language),
        _tile("caution", change, "change", None, band, language, factor=_AMPLIFIED),
    ]
    found = where(attack.after, band)
    says = say(f"augment.fool.{found}", language, epsilon=epsilon, after=number(attack.after),
               chance=number(attack.by_chance))
    return tag("div", *tiles, class_="tiles") + tag("p", text(says), class_="says answer") + tag(
        "p", text(say("augment.fool.note", language)), class_="note")


def _tile(
    role: str, image: Image, name: str, score: float | None, band: Band | None, language: str, **facts: object
) -> str:
    title = say(f"augment.fool.tile.{name}", language, **facts)
    picture = tag("img", src=exact(image), alt=title, class_="pixels")
    badge = ""
    if score is not None:
        sign = tag("span", class_="sign", aria_hidden="true")
        found = where(score, band)
        verdict = text(say(f"augment.short.{found}", language))
        badge = tag("span", sign, tag("b", number(score)), " ", verdict, class_=f"verdict-line answer {found}")
    return tag("figure", picture, tag("figcaption", tag("b", text(title)), badge), class_=f"tile-card {role}")
