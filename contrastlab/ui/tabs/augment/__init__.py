"""The tab "Augment": which changes keep a picture the same?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gradio as gr

from ....data.augment import apply
from ....lab import Lab
from ....text import say
from ...address import Address
from ...drawing import tag, text, thumbnail
from ...safely import listen
from ...widgets import FIRST_LANGUAGE, PicturePathImage, Words, button, panel, slider
from ..built import Built
from . import shelf, sight
from .view import COLOURS, CUT, PHOTO, READY, SLIDERS, TURN, Draws, View

NAME = "augment"


def build(lab: Lab, *, words: Words, language: gr.Radio, view: gr.HTML) -> Built:
    """The tab's contents and what happens in it. The opening result is computed here, before anybody comes."""
    tab = _Tab(lab, words, language, view)
    tab.lay_out()
    tab.wire()
    return Built(outputs=tab.outputs, open=tab.open)


class _Tab:
    """The tab's components by name. Holds no visitor's anything: what a visitor sees lives in the components' values."""

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        self.lab, self.words, self.language, self.view = lab, words, language, view

    def lay_out(self) -> None:
        words = self.words
        panel(words, _headline, elem_classes=["headline"])
        # A visitor's own picture is known by its path alone, and only to the server: a path that the browser
        # sent could name any file.
        self.own = gr.State(None, delete_callback=shelf.forget)
        self.photo = gr.Textbox(PHOTO.default, visible="hidden")
        self.draws = gr.Textbox(str(Draws()), visible="hidden")
        first = self._show(View(), None, FIRST_LANGUAGE)
        with gr.Row(elem_classes=["stage"]):
            with gr.Row(elem_classes=["pair"]):
                self.original = panel(value=first["original"], elem_id="augment-original")
                self.changed = panel(value=first["changed"], elem_id="augment-changed")
            self.bar = panel(value=first["bar"], elem_id="augment-bar", elem_classes=["likeness"])
            with gr.Column(elem_classes=["controls"]):
                self.ready = gr.Radio(
                    [(name, name) for name in READY], value=None, elem_id="knob-ready",
                    elem_classes=["options", "control-ready"],
                )
                words.on(
                    self.ready, label="augment.ready",
                    choices=lambda language: [(say(f"augment.ready.{name}", language), name) for name in READY],
                )
                self.sliders, self.keeps = {}, {}
                for knob in (TURN, CUT, COLOURS):
                    with gr.Row(elem_classes=["knob-row", f"control-{knob.name}"]):
                        self.sliders[knob.name] = slider(words, knob, f"augment.{knob.name}")
                        self.keeps[knob.name] = words.on(
                            gr.Checkbox(False, container=False, elem_id=f"keep-{knob.name}", elem_classes=["keep"]),
                            label="augment.keep",
                        )
                with gr.Row(elem_classes=["actions"]):
                    self.roll = button(words, "augment.roll", name="roll", main=True)
                    self.reset = button(words, "page.reset", name="reset")
                self.message = panel(value="", elem_classes=["message"])
            with gr.Row(elem_classes=["photos", "control-photo"]):
                self.samples = panel(
                    words, _samples, elem_id="augment-samples",
                    js_on_load="""element.addEventListener('click', (event) => {
                        const button = event.target.closest('button[data-photo]');
                        if (!button) return;
                        window.contrastlab.picked = button.dataset.photo;
                        trigger('select', {value: button.dataset.photo, index: 0});
                    })""",
                )
                self.upload = PicturePathImage(
                    sources=["upload"], show_label=False, container=False, height=48, buttons=[],
                    elem_id="augment-upload", elem_classes=["own-photo"],
                )
                words.on(self.upload, placeholder="augment.upload", label="augment.upload")
                self.upload_message = panel(value="", elem_classes=["message"])

    @property
    def outputs(self) -> list[Any]:
        return [
            self.own, self.photo, self.draws, self.original, self.changed, self.bar, self.view, self.ready,
            *self.sliders.values(), *self.keeps.values(), self.message, self.upload_message,
        ]

    @property
    def inputs(self) -> list[Any]:
        return [self.own, self.photo, self.draws, self.ready, *self.sliders.values(), *self.keeps.values()]

    def wire(self) -> None:
        common: dict[str, Any] = {"language": self.language, "inputs": self.inputs}
        # One event for everything that moves the picture: an answer that was overtaken is never shown last.
        listen(
            [*(one.input for one in self.sliders.values()), self.draws.change],
            self._redraw, outputs=[self.changed, self.bar, self.view], message=self.message, live=True, **common,
        )
        listen(self.language.input, self._retell, outputs=self.outputs, message=self.message, live=True, **common)
        listen(self.ready.input, self._choose, outputs=self.outputs, message=self.message, live=True, **common)
        listen(self.reset.click, self._reset, outputs=self.outputs, message=self.message, **common)
        listen(
            self.samples.select, self._pick, outputs=self.outputs, message=self.upload_message,
            js="(language, own, photo, ...rest) => [language, own, window.contrastlab.picked, ...rest]", **common,
        )
        listen(
            self.upload.input, self._take, language=self.language, inputs=[self.upload, *self.inputs],
            outputs=[*self.outputs, self.upload], message=self.upload_message,
        )
        # The new seed is made in the browser, so that a slider moved at the same time cannot bring back the old one.
        self.roll.click(
            None, [self.draws, *self.keeps.values()], [self.draws],
            js="(draws, ...kept) => window.contrastlab.roll(draws, %s, kept)" % [knob.name for knob in SLIDERS],
        )

    def open(self, address: Address, language: str) -> dict[Any, Any]:
        """What a visit begins with."""
        asked = View.read(address)
        kept = {name: name in asked.draws.kept for name in self.keeps}
        return {self.own: None, self.message: "", self.upload_message: "", **self._all(asked, None, kept, language)}

    # -- handlers: (language, *inputs) -> {component: value} ----------------------------------------------------

    def _redraw(self, language: str, *values: Any) -> dict[Any, Any]:
        view, own, kept = self._read(*values)
        shown = self._show(view, own, language)
        return {self.changed: shown["changed"], self.bar: shown["bar"], self.view: sight.beacon(view, kept, language)}

    def _retell(self, language: str, *values: Any) -> dict[Any, Any]:
        view, own, kept = self._read(*values)
        return {**self._all(view, own, kept, language), self.upload_message: ""}

    def _choose(self, language: str, *values: Any) -> dict[Any, Any]:
        view, own, kept = self._read(*values)
        return self._all(view.with_ready(view.ready), own, kept, language)

    def _reset(self, language: str, *values: Any) -> dict[Any, Any]:
        view, own, _ = self._read(*values)
        return self._all(View(photo=view.photo), own, dict.fromkeys(self.keeps, False), language)

    def _pick(self, language: str, own: str | None, *values: Any) -> dict[Any, Any]:
        view, _, kept = self._read(None, *values)
        return {self.own: None, **self._all(view, None, kept, language)}

    def _take(self, language: str, path: str | None, *values: Any) -> dict[Any, Any]:
        if path is None:
            return {}
        view, _, kept = self._read(*values)
        updates = self._all(replace(view, photo=""), path, kept, language)
        return {self.own: path, self.upload: None, **updates}

    # -- between components and values --------------------------------------------------------------------------

    def _read(self, own: str | None, photo: str, draws: str, ready: str | None, *rest: Any) -> Any:
        """The inputs as (View, path or None, {slider: kept}). Raises LabError for what no slider can send."""
        sliders = {knob.name: knob.check(value) for knob, value in zip(SLIDERS, rest, strict=False)}
        kept = dict(zip(self.keeps, map(bool, rest[len(SLIDERS):]), strict=True))
        view = View(
            photo="" if own else PHOTO.check(photo), draws=Draws.read(str(draws)),
            ready=ready if ready in READY else "", **sliders,
        )
        return view, own, kept

    def _show(self, view: View, own: str | None, language: str) -> dict[str, str]:
        before = shelf.preview(own, view.photo)
        drawn = view.drawn()
        after = apply(before, drawn)
        return {
            "original": sight.original(before, view, language),
            "changed": sight.changed(after, drawn, view, language),
            "bar": sight.bar(self.lab, before, after, language),
        }

    def _all(self, view: View, own: str | None, kept: Mapping[str, bool], language: str) -> dict[Any, Any]:
        shown = self._show(view, own, language)
        return {
            self.photo: view.photo or PHOTO.default, self.draws: str(view.draws), self.ready: view.ready or None,
            self.original: shown["original"], self.changed: shown["changed"], self.bar: shown["bar"],
            self.view: sight.beacon(view, dict(kept), language),
            **{self.sliders[knob.name]: getattr(view, knob.name) for knob in SLIDERS},
            **{self.keeps[name]: kept[name] for name in self.keeps},
        }


def _headline(language: str) -> str:
    about = tag("details", tag("summary", text(say("page.what", language))),
                tag("p", text(say("augment.about", language))), class_="about")
    return tag("p", text(say("augment.tab", language)), class_="overline") + tag(
        "h2", text(say("augment.question", language))
    ) + about


def _samples(language: str) -> str:
    """A thumbnail for each sample photograph."""
    made = []
    for name in PHOTO.options:
        label = say(f"photo.{name}", language)
        made.append(tag("button", tag("img", src=thumbnail(shelf.preview(None, name)), alt=""), type="button",
                        data_photo=name, title=label, aria_label=label))
    return tag("div", *made, class_="samples", role="group", aria_label=say("augment.samples", language))
