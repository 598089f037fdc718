"""The tab's layout, its events, and the way between components and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ....lab import Lab
from ...address import Address
from ...bringing import bring
from ...card import keep_button
from ...own import own_photo
from ...safely import SPOKEN
from ...samples import samples
from ...stage import Stage, Updates, headline
from ...widgets import FIRST_LANGUAGE, PICKING, Words, button, options, panel, slider
from ..built import Carried
from . import bench, sight
from .curious import Curious
from .methods import Methods
from .moment import MOMENT
from .paint import Paint
from .saving import Saving
from .scene import Scene
from .true import IsTrue
from .view import DAMAGE, PHOTO, SEED, STRENGTHS, View, read_place, write_place

_WATCH = "(look) => watch('value', look)"
_DIVIDING = f"window.contrastlab.dividing(element, {_WATCH})"
_CHOOSING = f"window.contrastlab.comparing(element, {_WATCH})"
#: The classical method is asked once the knobs rest: the network's answer never waits for it.
_RESTED = f"window.contrastlab.rested({_WATCH}, () => trigger('tick'))"
_ROLL = "() => Math.floor(Math.random() * 1e6).toString()"


class Tab(Stage):
    """The fourth tab: a picture that is damaged, what a network makes of it, and what it was."""

    FOLDS = (Methods, Paint, IsTrue, Curious)

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        super().__init__(lab, words, language, view)
        #: What a first visit begins with.
        self.first = View()
        self._first_sight: dict[str, Updates] = {}
        self._lay_out()
        self.lay_out_folds()
        self._wire()
        self.wire_folds()

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        words, first = self.words, self._scene(self.first, FIRST_LANGUAGE)
        panel(words, headline(sight.NAME, moment=MOMENT), elem_classes=["headline"])
        # A visitor's own picture is known by its path, and only to the server: a path that the browser sent
        # could name any file.
        self.own = gr.State(None, delete_callback=bench.forget)
        self.photo = gr.Textbox(first.view.photo, visible="hidden")
        self.carried, self.place = (gr.Textbox(one, visible="hidden") for one in ("", write_place(first.view.place)))
        self.seed = gr.Textbox(str(first.view.seed), visible="hidden")
        with gr.Row(elem_classes=["stage", "mending"]):
            with gr.Column(elem_classes=["pair", "comparing"]):
                self.layers = panel(value=sight.layers(first), elem_id="restore-layers", js_on_load=_RESTED)
                self.other = panel(value=sight.other(first), elem_id="restore-other", js_on_load=_CHOOSING)
                panel(words, sight.divider, elem_id="restore-divider", js_on_load=_DIVIDING)
            with gr.Column(elem_classes=["controls"]):
                self._lay_out_controls(first)
            with gr.Row(elem_classes=["photos", "control-photo"]):
                self.samples = panel(
                    words, lambda language: samples(language, sight.NAME), elem_id="restore-samples",
                    js_on_load=PICKING,
                )
                self.upload = own_photo(words, sight.NAME)
                # Where the other tabs lead on, the story ends.
                panel(words, lambda language: keep_button(language, inside=True), elem_id="restore-keep")
                self.upload_message = panel(value="", elem_classes=["message"])
                self.locator = panel(value="", elem_id="restore-locator", js_on_load=PICKING)

    def _lay_out_controls(self, first: Scene) -> None:
        words = self.words
        self.damage = options(words, DAMAGE, "restore.damage", name="damage")
        # One of them is in sight: that of the damage chosen.
        self.strengths = {
            damage: slider(words, knob, f"restore.{damage}", name=f"strength-{damage}")
            for damage, knob in STRENGTHS.items()
        }
        self.verdict = panel(value=sight.verdict(first), elem_id="restore-verdict")
        self.network = panel(value=sight.network(first), elem_id="restore-network", js_on_load=_CHOOSING)
        self.classical = panel(value=sight.classical(first), elem_id="restore-classical", js_on_load=_CHOOSING)
        panel(words, sight.held, elem_id="restore-hold", elem_classes=["control-hold"], js_on_load=_CHOOSING)
        self.saving = Saving(self.lab, words)
        with gr.Row(elem_classes=["actions"]):
            self.roll = button(words, "restore.roll", name="roll-damage")
            self.reset = button(words, "page.reset", name="reset-damage")
        self.message = panel(value="", elem_classes=["message"])

    # -- events ---------------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[Any]:
        """What every handler gets, in this order; `read` makes a scene of it."""
        return [
            self.own, self.photo, self.carried, self.seed, self.place, self.damage, *self.strengths.values(),
        ]

    @property
    def outputs(self) -> list[Any]:
        """What `everything` sets, and the places of complaints. What is kept on the server is not among it."""
        return [
            *self.inputs[1:], *self._redrawn, *self._beside, self.message, self.upload_message,
        ]

    @property
    def _redrawn(self) -> list[Any]:
        return [self.layers, self.verdict, self.network, self.locator, self.view]

    @property
    def _beside(self) -> list[Any]:
        return [self.other, self.classical]

    def _wire(self) -> None:
        self.on(
            [*(one.input for one in self.strengths.values()), self.damage.input, self.seed.change, self.place.change],
            self._paint,
            outputs=self._redrawn, live=True, js=SPOKEN,
        )
        self.on(self.layers.tick, self._compare, outputs=self._beside, live=True)
        # The new seed is made in the browser, so that a slider moved at the same time cannot bring back the old one.
        self.roll.click(None, None, [self.seed], js=_ROLL)
        self.locator.select(None, None, [self.place], js="() => window.contrastlab.picked")
        self.on(self.reset.click, self._reset)
        self.saving.wire(self)
        self.on(self.language.input, self._retell, live=True)
        self.on(
            self.samples.select, self._pick, message=self.upload_message, outputs=[*self.outputs, self.own],
            js="(language, own, photo, ...rest) => [language, own, window.contrastlab.picked, ...rest]",
        )
        self.on(
            self.upload.input, self._take_file, message=self.upload_message, first=[self.upload],
            outputs=[*self.outputs, self.own], finally_={self.upload: None},
        )

    def open(self, address: Address, language: str) -> Updates:
        """What a visit begins with."""
        view = View.read(address)
        if view == self.first and language in self._first_sight:
            return self._first_sight[language]
        drawn = {self.message: "", self.upload_message: "", **self.everything(self._scene(view, language))}
        if view == self.first:
            self._first_sight[language] = drawn
        return drawn

    # -- handlers: (language, *inputs) -> {component: value} ------------------------------------------------------

    def _paint(self, language: str, *values: Any) -> Updates:
        return self._shown(self.read(language, *values))

    def _compare(self, language: str, *values: Any) -> Updates:
        return self._shown_beside(self.read(language, *values))

    def _retell(self, language: str, *values: Any) -> Updates:
        return {**self.everything(self.read(language, *values)), self.upload_message: ""}

    def _reset(self, language: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        settled = self.everything(replace(scene, view=replace(self.first, photo=scene.view.photo)))
        return {**settled, **{self.strengths[damage]: knob.default for damage, knob in STRENGTHS.items()}}

    def _pick(self, language: str, _: str | None, *values: Any) -> Updates:
        scene = self.read(language, None, *values)
        return {self.own: None, **self.everything(replace(scene, carried=""))}

    def _take_file(self, language: str, path: str | None, *values: Any) -> Updates:
        if path is None:
            return {}
        scene = self.read(language, *values)
        return {self.own: path, **self.everything(replace(scene, own=path, carried="", view=_foreign(scene.view)))}

    def take(self, language: str, carried: Carried, *values: Any) -> Updates:
        """A picture that comes along from another tab takes the place of the photograph."""
        assert carried.pixels is not None
        scene = replace(self.read(language, *values), own=None, carried=bring(carried.pixels))
        return {self.own: None, **self.everything(replace(scene, view=_foreign(scene.view)))}

    # -- between components and values ----------------------------------------------------------------------------

    def read(
        self, language: str, own: str | None, photo: str, carried: str, seed: str, place: str, damage: str,
        *strengths: Any,
    ) -> Scene:
        """The inputs as a scene. Raises LabError for what none of the components can send."""
        chosen = DAMAGE.check(damage)
        strength = dict(zip(STRENGTHS, strengths, strict=True))[chosen]
        view = View(
            photo=PHOTO.check(photo) if photo or not (own or carried) else "", damage=chosen,
            strength=STRENGTHS[chosen].check(strength), seed=int(SEED.check(seed)), place=read_place(place),
        )
        return Scene(self.lab, view, own, str(carried or ""), language)

    def _scene(self, view: View, language: str) -> Scene:
        return Scene(self.lab, view, None, "", language)

    def _shown(self, scene: Scene) -> Updates:
        """All of the stage that never waits."""
        return {
            self.layers: sight.layers(scene), self.verdict: sight.verdict(scene), self.network: sight.network(scene),
            self.locator: sight.locator(scene), self.view: sight.beacon(scene),
        }

    def _shown_beside(self, scene: Scene) -> Updates:
        return {self.other: sight.other(scene), self.classical: sight.classical(scene)}

    def everything(self, scene: Scene) -> Updates:
        """The whole stage, the controls too."""
        view = scene.view
        return {
            self.photo: view.photo, self.carried: scene.carried, self.seed: str(view.seed),
            self.place: write_place(view.place), self.damage: view.damage, self.strengths[view.damage]: view.strength,
            **self._shown(scene), **self._shown_beside(scene),
        }


def _foreign(view: View) -> View:
    """The same damage on a picture that is no sample."""
    return replace(view, photo="", place=View().place)
