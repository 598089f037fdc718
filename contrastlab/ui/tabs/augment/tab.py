"""The tab's layout, its events, and the way between components and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ....data.augment import Drawn
from ....lab import Lab
from ... import shelf
from ...address import Address
from ...own import own_photo
from ...safely import SPOKEN
from ...samples import samples
from ...stage import Stage, Updates, headline
from ...widgets import FIRST_LANGUAGE, PICKING, Words, button, options_of, panel, slider
from ..built import Carried
from . import sight
from .curious import Curious
from .fool import Fool
from .happened import Happened
from .moment import MOMENT
from .rolls import ManyRolls
from .scene import Scene
from .view import OWN, PHOTO, READY, SLIDERS, Draws, View, read_chain, short


class Tab(Stage):
    """The first tab: a photograph, and the same one changed."""

    FOLDS = (Happened, ManyRolls, Fool, Curious)

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        super().__init__(lab, words, language, view)
        self._first_sight: dict[str, Updates] = {}
        self._lay_out()
        self.lay_out_folds()
        self._wire()
        self.wire_folds()

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        words = self.words
        panel(words, headline("augment", moment=MOMENT), elem_classes=["headline"])
        # A visitor's own picture is known by its path, and only to the server: a path that the browser sent
        # could name any file.
        self.own = gr.State(None, delete_callback=shelf.forget)
        self.photo = gr.Textbox(PHOTO.default, visible="hidden")
        self.draws = gr.Textbox(str(Draws()), visible="hidden")
        self.chain = gr.Textbox("", visible="hidden")
        first = Scene(View(), None, {}, FIRST_LANGUAGE)
        with gr.Row(elem_classes=["stage"]):
            with gr.Row(elem_classes=["pair"]):
                self.original = panel(value=sight.original(first), elem_id="augment-original")
                self.changed = panel(value=sight.changed(first), elem_id="augment-changed")
            self.bar = panel(value=sight.bar(self.lab, first), elem_id="augment-bar", elem_classes=["likeness"])
            with gr.Column(elem_classes=["controls"]):
                self._lay_out_controls()
            with gr.Row(elem_classes=["photos", "control-photo"]):
                self.samples = panel(words, _samples, elem_id="augment-samples", js_on_load=PICKING)
                self.upload = own_photo(words, "augment")
                self.next = button(words, "augment.next", name="next")
                self.upload_message = panel(value="", elem_classes=["message"])

    def _lay_out_controls(self) -> None:
        words = self.words
        self.ready = gr.Radio(
            options_of("augment.ready", READY)(FIRST_LANGUAGE), value=None, elem_id="knob-ready",
            elem_classes=["options", "control-ready"],
        )
        words.on(self.ready, label="augment.ready")
        self.sliders, self.keeps = {}, {}
        for knob in SLIDERS:
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

    # -- events ---------------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[Any]:
        """What every handler gets, in this order; `read` makes a scene of it."""
        return [self.own, self.photo, self.draws, self.ready, self.chain, *self.sliders.values(), *self.keeps.values()]

    @property
    def outputs(self) -> list[Any]:
        """What `everything` sets, and the places of complaints."""
        return [*self.inputs, self.original, *self._redrawn, self.message, self.upload_message]

    @property
    def _redrawn(self) -> list[Any]:
        return [self.changed, self.bar, self.view]

    def _wire(self) -> None:
        # One event for everything that moves the picture: an answer that was overtaken is never shown last. It
        # carries nothing that it does not need, for each component costs time at every step of a slider.
        self.on(
            [*(one.input for one in self.sliders.values()), self.draws.change], self._redraw,
            outputs=self._redrawn, live=True, js=SPOKEN,
        )
        self.on(self.language.input, self._retell, live=True)
        self.on(self.ready.input, self._choose, live=True)
        self.on(self.reset.click, self._reset)
        self.on(
            self.samples.select, self._pick, message=self.upload_message,
            js="(language, own, photo, ...rest) => [language, own, window.contrastlab.picked, ...rest]",
        )
        self.on(
            self.upload.input, self._take, message=self.upload_message, first=[self.upload],
            finally_={self.upload: None},
        )
        # The new seed is made in the browser, so that a slider moved at the same time cannot bring back the old one.
        self.roll.click(
            None, [self.draws, *self.keeps.values()], [self.draws],
            js=f"(draws, ...kept) => window.contrastlab.roll(draws, {[knob.name for knob in SLIDERS]}, kept)",
        )

    def open(self, address: Address, language: str) -> Updates:
        """What a visit begins with."""
        view = View.read(address)
        if view == View() and language in self._first_sight:
            return self._first_sight[language]
        kept = {name: name in view.draws.kept for name in self.keeps}
        drawn = {self.message: "", self.upload_message: "", **self.everything(Scene(view, None, kept, language))}
        if view == View():
            self._first_sight[language] = drawn
        return drawn

    # -- handlers: (language, *inputs) -> {component: value} ------------------------------------------------------

    def _redraw(self, language: str, *values: Any) -> Updates:
        return self._shown(self.read(language, *values))

    def _retell(self, language: str, *values: Any) -> Updates:
        return {**self.everything(self.read(language, *values)), self.upload_message: ""}

    def _choose(self, language: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        return self.everything(replace(scene, view=scene.view.settled()))

    def _reset(self, language: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        kept = dict.fromkeys(self.keeps, False)
        return self.everything(replace(scene, view=View(photo=scene.view.photo), kept=kept))

    def _pick(self, language: str, _: str | None, *values: Any) -> Updates:
        return self.everything(self.read(language, None, *values))

    def _take(self, language: str, path: str | None, _: str | None, *values: Any) -> Updates:
        return {} if path is None else self.everything(self.read(language, path, *values))

    def give(self, language: str, *values: Any) -> Carried:
        """The picture that goes along to the next tab, changed as it is now."""
        scene = self.read(language, *values)
        # What was drawn is enough; what it was drawn from would only make the next tab's address long.
        steps = tuple(replace(one, u={}) for one in scene.drawn.steps if one.applied)
        return Carried(scene.view.photo, scene.own, Drawn(steps, scene.drawn.border).to_json())

    # -- between components and values ----------------------------------------------------------------------------

    def read(
        self, language: str, own: str | None, photo: str, draws: str, ready: str | None, chain: str, *rest: Any
    ) -> Scene:
        """The inputs as a scene. Raises LabError for what none of the components can send."""
        sliders = {knob.name: knob.check(value) for knob, value in zip(SLIDERS, rest, strict=False)}
        kept = dict(zip(self.keeps, map(bool, rest[len(SLIDERS) :]), strict=True))
        policy = read_chain(chain)
        view = View(
            photo="" if own else PHOTO.check(photo), draws=Draws.read(str(draws)),
            ready=ready if ready in READY or (ready == OWN and policy) else "", chain=policy, **sliders,
        )
        return Scene(view, own, kept, language)

    def _shown(self, scene: Scene) -> Updates:
        """All of the stage that depends on the view."""
        return {
            self.changed: sight.changed(scene),
            self.bar: sight.bar(self.lab, scene),
            self.view: sight.beacon(scene),
        }

    def everything(self, scene: Scene) -> Updates:
        """The whole stage, the controls too."""
        view = scene.view
        names = (*READY, OWN) if view.chain is not None else READY
        choices = options_of("augment.ready", names)(scene.language)
        return {
            self.own: scene.own,
            self.photo: view.photo or PHOTO.default,
            self.draws: str(view.draws),
            self.ready: gr.update(value=view.ready or None, choices=choices),
            self.chain: "" if view.chain is None else short(view.chain),
            self.original: sight.original(scene),
            **{self.sliders[knob.name]: getattr(view, knob.name) for knob in SLIDERS},
            **{self.keeps[name]: scene.kept.get(name, False) for name in self.keeps},
            **self._shown(scene),
        }


def _samples(language: str) -> str:
    return samples(language, "augment")
