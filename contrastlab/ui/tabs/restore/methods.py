"""The fold "Other methods beside it": everything there is against such a damage, on the same picture."""

from __future__ import annotations

import contextlib
import math
from typing import Any

from ....core.errors import LabError
from ....lab import Lab
from ....metrics.fidelity import psnr, ssim
from ....text import say
from ...drawing import exact, number, tag, text
from ...fold import Fold, following
from ...widgets import Words, panel
from .scene import Repaired, Scene


class Methods(Fold):
    """The network and the classical methods with picture, decibels and time. Some of them take seconds."""

    TAB = "restore"
    NAME = "methods"

    def __init__(self, lab: Lab, words: Words) -> None:
        super().__init__(lab, words)
        self.pulse.js_on_load = following(self.NAME, rested="tick")
        # What is quick is drawn with the slow ones: a table that fills row by row cannot be read.
        self.triggers = []

    def lay_out(self) -> None:
        self.table = panel(elem_id="restore-methods")

    def wire(self, tab: Any) -> None:
        def compare(language: str, *values: Any) -> dict[Any, Any]:
            return {self.table: drawn(tab.read(language, *values))}

        tab.heavily(
            [self.accordion.expand, self.pulse.tick], compare, outputs=[self.table], message=self.complaint, live=True
        )

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        return {self.table: drawn(scene)}


def drawn(scene: Scene) -> str:
    """A tile for each method, the best first where the truth is known, and a sentence on who won."""
    language = scene.language
    tried: list[Repaired] = []
    with contextlib.suppress(LabError):  # the sight says that there is no network
        tried.append(scene.repaired)
    network = tried[0] if tried else None
    with contextlib.suppress(LabError):
        tried += [scene.by(name) for name in scene.rivals]
    if scene.clean is not None:
        clean = scene.clean
        tried.sort(key=lambda done: -psnr(done.image, clean))
    tiles = [_tile(scene, done, done is network) for done in tried]
    damaged = Repaired("", scene.before, math.nan)
    tiles.append(_tile(scene, damaged, False))
    how = say("restore.methods.how" if scene.clean is not None else "restore.methods.unknown", language)
    return (tag("p", text(_won(scene, tried, network)), class_="says answer") + tag("div", *tiles, class_="methods")
            + tag("p", text(how), class_="note"))


def _won(scene: Scene, tried: list[Repaired], network: Repaired | None) -> str:
    """Who is nearest to the original, and by how much; "" where nobody knows or nobody competes."""
    if scene.clean is None or network is None or len(tried) < 2:
        return ""
    decibels = [psnr(done.image, scene.clean) for done in tried]
    if math.isinf(decibels[0]):
        return say("restore.methods.nothing", scene.language)
    place = tried.index(network)
    other = tried[1] if place == 0 else tried[0]
    lead = decibels[0] - (decibels[1] if place == 0 else decibels[place])
    return say(
        "restore.methods.first" if place == 0 else "restore.methods.behind", scene.language, count=len(tried),
        place=place + 1, gain=number(lead, 1), other=say(f"method.{other.method}", scene.language),
    )


def _tile(scene: Scene, done: Repaired, is_network: bool) -> str:
    language = scene.language
    if not done.method:
        who, does, role = say("restore.damaged", language), say("restore.methods.before", language), "negative"
    elif is_network:
        who, does, role = say("restore.network", language), say("restore.methods.network", language), "learned"
    else:
        who, does = (say(f"method.{done.method}{part}", language) for part in ("", ".does"))
        role = "baseline"
    facts = []
    if scene.clean is not None:
        facts += [f"{_decibels(psnr(done.image, scene.clean))} dB", _likeness(ssim(done.image, scene.clean))]
    if not math.isnan(done.seconds):
        seconds = number(max(done.seconds, 0.01), 2 if done.seconds < 0.1 else 1)
        facts.append(say("restore.took", language, seconds=seconds))
    said = tag(
        "figcaption", tag("b", text(who)), tag("span", text(" · ".join(filter(None, facts))), class_="answer"),
        tag("span", text(does), class_="reference"),
    )
    return tag("figure", tag("img", src=exact(done.image), alt=who, draggable="false"), said,
               class_=f"tile-card {role}")


def _decibels(value: float) -> str:
    return "\N{INFINITY}" if math.isinf(value) else number(value, 1)


def _likeness(value: float) -> str:
    return "" if math.isnan(value) else f"SSIM {number(value)}"
