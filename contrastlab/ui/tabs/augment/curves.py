"""The room "How much can it take?": likeness along one change, all the way round."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from ....core.knobs import Choice
from ....data.augment import Drawn
from ....lab import DEFAULT_ENCODER
from ....studies.invariance import CHANGES, Curve, invariance_curve
from ....text import say
from ...drawing import legend, line_chart, tag, text
from ...fold import Part
from ...widgets import options, panel
from .scene import Scene

CHANGE = Choice("change", tuple(CHANGES), "angle")
#: Who is asked: the trained network, the same one before any training, and the pixels.
EYES = ((DEFAULT_ENCODER, "learned"), ("untrained", "untrained"), ("pixels", "baseline"))
#: Which drawn value says where the present roll stands on the curve.
_WHERE = {"angle": ("rotate", "angle"), "hue": ("jitter", "hue"), "scale": ("scale", "factor")}
_TICKS = {"angle": (-180, -90, 0, 90, 180), "hue": (-0.5, -0.25, 0, 0.25, 0.5), "scale": (0.25, 1, 2, 4)}
#: Curves remembered, a few hundred numbers each.
_KEPT = 64
_WRITTEN = {"deg": "°", "turn": "", "x": "×"}


class Curves(Part):
    """Curves of three eyes over angle, hue or scale. Training made some of them flat: that is invariance."""

    NAME = "curves"

    def lay_out(self) -> None:
        self.change = options(self.words, CHANGE, "augment.change", name="change")
        self.chart = panel(elem_id="augment-curves")
        self.inputs = [self.change]
        self.outputs = [self.chart]
        self.triggers = [self.change.input]
        # Numbers only, by photograph and change: moving another slider does not measure them again.
        self._kept: OrderedDict[tuple[str, ...], Curve] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, scene: Scene, change: str, *_: Any) -> dict[Any, Any]:
        change = CHANGE.check(change)
        return {self.chart: _drawn(self._curve(scene, change), self.lab.encoder(DEFAULT_ENCODER).band, scene)}

    def _curve(self, scene: Scene, change: str) -> Curve:
        eyes = {name: self.lab.encoder(name) for name, _ in EYES}
        border = scene.policy.border
        key = (scene.own or scene.view.photo, change, border, *(eye.key for eye in eyes.values()))
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        embedders = {name: eye.embed for name, eye in eyes.items()}
        curve = invariance_curve(scene.before, embedders, change=change, border=border)
        with self._lock:
            self._kept[key] = curve
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return curve


def _drawn(curve: Curve, band: Any, scene: Scene) -> str:
    language = scene.language
    names = {name: say(f"augment.eye.{role}", language) for name, role in EYES}
    unit = _WRITTEN[curve.unit]
    chart = line_chart(
        [float(x) for x in curve.positions],
        [(role, names[name], [float(y) for y in curve.similarities[name]]) for name, role in reversed(EYES)],
        x_label=say(f"augment.change.{curve.change}.axis", language),
        x_ticks=[(tick, f"{tick:g}{unit}".replace("-", "\N{MINUS SIGN}")) for tick in _TICKS[curve.change]],
        spoken=say("augment.curves.spoken", language, change=say(f"augment.change.{curve.change}", language)),
        band=band, at=_present(scene.drawn, curve.change),
    )
    entries = [(role, names[name]) for name, role in EYES]
    if band is not None:
        entries.append(("others", say("augment.many.others", language)))
    return chart + legend(entries) + tag("p", text(say("augment.curves.note", language)), class_="note")


def _present(drawn: Drawn, change: str) -> float | None:
    kind, value = _WHERE[change]
    found = [one.values[value] for one in drawn.steps if one.applied and kind == one.step.KIND]
    return float(found[0]) if found else None
