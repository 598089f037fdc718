"""The room "Write a digit": a picture becomes numbers, the numbers become a picture, and both can be watched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ....core.errors import LabError
from ....core.images import Image, open_image
from ....core.knobs import Knob
from ....data.digit import as_digit
from ....data.seen import view as seen_at
from ....lab import DEFAULT_AUTOENCODER, Lab
from ....models.vae.inference import NestedAutoencoder, VariationalAutoencoder
from ....text import say
from ... import shelf
from ...bringing import bring
from ...drawing import exact, framed, number, tag, text
from ...fold import Part
from ...own import own_photo
from ...widgets import button, panel, slider
from .latents import Latents, read_latents, write_latents
from .scene import Scene
from .taking import brought

CODER = "vae-digits"
#: Sliders: the numbers that tell most.
SLIDERS = 6
CODE = Knob("code", -4, 4, 0, 0.05)
LENGTH = Knob("length", 1, 64, 64, 1, integer=True)
#: What is shown before anything was written: a digit that the network painted itself.
_SEED, _DIGIT = 7, 7


@dataclass(frozen=True)
class Coded:
    """A digit and its code.

    Attributes:
        picture: uint8 (28, 28, 3).
        kind: the class number that loses least.
        means: (Z,), the code.
    """

    picture: Image
    kind: int
    means: Latents

    def write(self) -> str:
        return json.dumps([exact(self.picture), self.kind, write_latents(self.means)])

    @staticmethod
    def read(said: str, scene: Scene, coder: VariationalAutoencoder) -> Coded:
        """What was written. Raises LabError ``page.no_picture`` and those of `brought` and `read_latents`."""
        try:
            picture, kind, means = json.loads(said)
        except (ValueError, TypeError, RecursionError):
            raise LabError("page.no_picture") from None
        number_of = int(coder.class_numbers([kind])[0]) if type(kind) is int else coder.class_number(str(kind))
        return Coded(brought(str(picture), scene), number_of, read_latents(str(means), coder.latent))


class Codes(Part):
    """A place to write, what comes back of it, and sliders over the code."""

    NAME = "codes"

    def lay_out(self) -> None:
        words = self.words
        panel(words, lambda language: tag("p", text(say("generate.codes.what", language))), elem_classes=["note"])
        self.coded = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["coding"]):
            with gr.Column(elem_classes=["writing"]):
                self.paper = panel(
                    words, _paper, elem_id="generate-paper",
                    js_on_load="window.contrastlab.writable(element, (drawn) => trigger('select', {value: drawn}))",
                )
                self.upload = own_photo(words, "generate-codes")
            with gr.Column():
                self.shown = panel(elem_id="generate-codes")
                self.length = slider(words, _length(self.lab), "generate.length")
            with gr.Column():
                self.sliders = [
                    gr.Slider(
                        CODE.minimum, CODE.maximum, CODE.default, step=CODE.step, buttons=[], elem_classes=["knob"],
                        elem_id=f"knob-code-{place + 1}", label=say("generate.code", number=place + 1),
                    )
                    for place in range(SLIDERS)
                ]
                self.back = button(words, "generate.codes.back", name="code-back")
        self.message = panel(value="", elem_classes=["message"])
        self.inputs = [self.coded, self.length, *self.sliders]
        self.outputs = [self.coded, self.shown, *self.sliders]

    def wire(self, tab: Any) -> None:
        def look(language: str, said: str, *values: Any) -> dict[Any, Any]:
            scene, length = tab.read(language, *values[1:]), values[0]
            return self._begun(scene, brought(said, scene), length)

        def take(language: str, path: str | None, length: float, *values: Any) -> dict[Any, Any]:
            if path is None:
                return {}
            try:
                picture = open_image(path, max_side=shelf.PREVIEW_SIDE).pixels
            finally:
                Path(path).unlink(missing_ok=True)  # all that is needed of it goes back to the page
            scene = tab.read(language, *values)
            return self._begun(scene, brought(bring(picture), scene), length)

        def turn(language: str, coded: str, length: float, *values: Any) -> dict[Any, Any]:
            scene, codes = tab.read(language, *values[SLIDERS:]), values[:SLIDERS]
            return {self.shown: self._drawn(Coded.read(coded, scene, self._coder()), codes, length, scene.language)}

        def back(language: str, coded: str, length: float, *values: Any) -> dict[Any, Any]:
            scene = tab.read(language, *values)
            return self._begun_with(Coded.read(coded, scene, self._coder()), length, language)

        tab.on(self.paper.select, look, first=[self.coded, self.length], message=self.message, outputs=self.outputs,
               js="(language, _, ...rest) => [language, window.contrastlab.picked, ...rest]")
        tab.on(self.upload.input, take, first=[self.upload, self.length], message=self.message, outputs=self.outputs,
               finally_={self.upload: None})
        tab.on([one.input for one in (self.length, *self.sliders)], turn,
               first=[self.coded, self.length, *self.sliders], message=self.message, outputs=[self.shown], live=True)
        tab.on(self.back.click, back, first=[self.coded, self.length], message=self.message, outputs=self.outputs)

    def show(self, scene: Scene, coded: str, length: float, *codes: Any) -> dict[Any, Any]:
        if CODER not in self.lab.autoencoders():
            return {self.shown: tag("p", text(say("generate.codes.none", scene.language)), class_="note")}
        labels = {
            one: gr.update(label=say("generate.code", scene.language, number=place + 1))
            for place, one in enumerate(self.sliders)
        }
        if coded:
            read = Coded.read(coded, scene, self._coder())
            return {**labels, self.shown: self._drawn(read, codes[:SLIDERS], length, scene.language)}
        coder = self._coder()
        painted = coder.generate([_SEED], [min(_DIGIT, len(coder.classes) - 1)])[0]
        return self._begun_with(self._encoded(painted), length, scene.language)

    def _coder(self) -> VariationalAutoencoder:
        coder = self.lab.autoencoder(CODER)
        assert isinstance(coder, VariationalAutoencoder)
        return coder

    def _begun(self, scene: Scene, picture: Image, length: float) -> dict[Any, Any]:
        digit = seen_at(as_digit(picture), self._coder().side)
        return self._begun_with(self._encoded(digit), length, scene.language)

    def _encoded(self, picture: Image) -> Coded:
        """The code of a digit, taken for the class as which least of it is lost."""
        coder = self._coder()
        count = len(coder.classes)
        several = np.repeat(picture[None], count, axis=0)
        means, _ = coder.encode(several, range(count))
        lost = [_off(picture, back) for back in coder.paint(means, range(count))]
        best = int(np.argmin(lost))
        return Coded(picture, best, means[best])

    def _begun_with(self, coded: Coded, length: float, language: str) -> dict[Any, Any]:
        shown = coded.means[list(self._coder().active[:SLIDERS])]
        codes = [float(np.clip(round(float(value) / CODE.step) * CODE.step, CODE.minimum, CODE.maximum))
                 for value in shown]
        updates: dict[Any, Any] = {
            one: gr.update(value=round(code, 2), label=say("generate.code", language, number=place + 1))
            for place, (one, code) in enumerate(zip(self.sliders, codes, strict=False))
        }
        return {**updates, self.coded: coded.write(), self.shown: self._drawn(coded, codes, length, language)}

    def _drawn(self, coded: Coded, codes: Any, length: float, language: str) -> str:
        """What was written, what comes back of its code as the sliders have it, and of the first numbers of another."""
        coder = self._coder()
        means = coded.means.copy()
        for place, code in zip(coder.active, codes, strict=False):
            means[place] = CODE.check(code)
        back = coder.paint(means[None], [coded.kind])[0]
        parts = [
            _tile(coded.picture, "query", say("generate.codes.yours", language), ""),
            _tile(back, "learned", say("generate.codes.back.of", language, count=coder.latent),
                  say("generate.codes.kind", language, kind=coder.classes[coded.kind],
                      levels=number(_off(coded.picture, back), 0))),
        ]
        nested = _nested(self.lab)
        if nested is not None and nested.side == len(coded.picture):
            kept = int(nested.length.check(min(int(LENGTH.check(length)), nested.latent)))
            short = nested.reconstruct(coded.picture[None], length=kept)[0]
            parts.append(_tile(short, "learned", say("generate.codes.short", language, count=kept, of=nested.latent),
                               say("generate.codes.levels", language, levels=number(_off(coded.picture, short), 0))))
        return tag("div", *parts, class_="coded")


def _paper(language: str) -> str:
    canvas = tag("canvas", width=280, height=280, role="img", aria_label=say("generate.codes.paper", language))
    wipe = tag("button", text(say("generate.codes.wipe", language)), type="button", class_="tool", data_wipe=True)
    return tag("p", text(say("generate.codes.paper", language)), class_="label") + canvas + wipe


def _tile(picture: Image, role: str, name: str, about: str) -> str:
    return framed(exact(picture), alt=name, role=role, small=True, caption=tag("b", text(name)) + text(about))


def _off(one: Image, other: Image) -> float:
    """Root mean square difference, in levels."""
    return float(np.sqrt(np.square(one.astype(np.float32) - other).mean()))


def _nested(lab: Lab) -> NestedAutoencoder | None:
    try:
        found = lab.autoencoder(DEFAULT_AUTOENCODER)
    except LabError:
        return None
    return found if isinstance(found, NestedAutoencoder) else None


def _length(lab: Lab) -> Knob:
    found = _nested(lab)
    return LENGTH if found is None else found.length
