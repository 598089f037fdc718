"""The tab's layout, its events, and the way between components and values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from ....lab import GALLERIES, Lab
from ... import shelf
from ...address import Address
from ...fold import Fold
from ...safely import HEAVY, LIGHT, Lane, listen
from ...widgets import FIRST_LANGUAGE, PICKING, Words, button, options_of, panel, slider
from . import sight
from .eyes import eyes_for
from .mine import Mine
from .opening import first_view
from .scene import Scene
from .view import CHANGES, EYE, OWN, SEED, Crop, View, is_query, read_trail

FOLDS: tuple[type[Fold], ...] = ()

Updates = dict[Any, Any]


class Tab:
    """The tab's components by name. What a visitor sees lives in the components' values, never in here."""

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        self.lab, self.words, self.language, self.view = lab, words, language, view
        #: What a first visit begins with.
        self.first = first_view(lab)
        self._lay_out()
        self.folds = [kind(lab, words) for kind in FOLDS]
        self._wire()
        for fold in self.folds:
            fold.wire(self)

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        words, first = self.words, Scene(self.lab, self.first, None, None, FIRST_LANGUAGE)
        panel(words, sight.headline, elem_classes=["headline"])
        # A visitor's own picture is known by its path, and only to the server: a path that the browser sent
        # could name any file. Their gallery lives in their session and nowhere else.
        self.own = gr.State(None, delete_callback=shelf.forget)
        self.mine = gr.State(None, delete_callback=lambda mine: mine and mine.forget())
        self.query = gr.Textbox(self.first.query, visible="hidden")
        self.crop = gr.Textbox("", visible="hidden")
        self.trail = gr.Textbox("", visible="hidden")
        self.drawn = gr.Textbox("", visible="hidden")
        self.seed = gr.Textbox(str(self.first.seed), visible="hidden")
        with gr.Row(elem_classes=["stage", "search"]):
            self.question = panel(value=sight.question(first), elem_id="neighbours-question")
            self.rows = panel(value=sight.rows(first), elem_id="neighbours-rows", js_on_load=PICKING)
            with gr.Column(elem_classes=["controls"]):
                self.eye = gr.Radio(
                    options_of("neighbours.eye", eyes_for(self.lab, self.first.gallery))(FIRST_LANGUAGE),
                    value=self.first.eye, elem_id="knob-eye", elem_classes=["options", "control-eye"],
                )
                words.on(self.eye, label="neighbours.eye")
                self.sliders = {
                    knob.name: slider(words, knob, f"augment.{knob.name}", name=f"query-{knob.name}")
                    for knob in CHANGES
                }
                self.reset = button(words, "page.reset", name="reset-search")
                self.message = panel(value="", elem_classes=["message"])
        self.gallery = gr.Radio(
            [(name, name) for name in GALLERIES], value=self.first.gallery, elem_id="knob-gallery",
            elem_classes=["options", "control-gallery"],
        )
        words.on(self.gallery, label="neighbours.gallery")

    # -- events ---------------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[Any]:
        """What every handler gets, in this order; `read` makes a scene of it."""
        return [
            self.own, self.mine, self.gallery, self.query, self.crop, self.eye, self.trail, self.drawn, self.seed,
            *self.sliders.values(),
        ]

    @property
    def outputs(self) -> list[Any]:
        """What `everything` sets, and the places of complaints."""
        return [*self.inputs, *self._redrawn, self.message]

    @property
    def _redrawn(self) -> list[Any]:
        return [self.question, self.rows, self.view]

    def _wire(self) -> None:
        self.on(
            [*(one.input for one in self.sliders.values()), self.crop.change], self._redraw,
            outputs=self._redrawn, live=True,
        )
        self.on([self.language.input, self.eye.input, self.gallery.input], self._retell, live=True)
        self.on(self.reset.click, self._reset)
        self.on(self.rows.select, self._ask, first=[self.query], js="(language, _, ...rest) => [language, window.contrastlab.picked, ...rest]")
        for fold in self.folds:
            self.on(
                fold.triggers, self._follow(fold), last=fold.inputs, outputs=fold.outputs, message=fold.complaint,
                live=True,
            )

    def on(
        self, triggers: Any, handler: Callable[..., Any], *, first: list[Any] | None = None,
        last: list[Any] | None = None, outputs: list[Any] | None = None, message: Any = None,
        lane: Lane = LIGHT, **settings: Any,
    ) -> Any:
        """`listen` with the tab's inputs between `first` and `last`, and all its outputs unless said otherwise."""
        return listen(
            triggers, handler, language=self.language, inputs=[*(first or []), *self.inputs, *(last or [])],
            outputs=self.outputs if outputs is None else outputs, message=message or self.message,
            lane=lane, **settings,
        )

    def heavily(self, trigger: Any, handler: Callable[..., Any], **settings: Any) -> Any:
        """`on` for work of seconds, in the lane that never blocks a slider."""
        return self.on(trigger, handler, lane=HEAVY, **settings)

    def _follow(self, fold: Fold) -> Callable[..., Updates]:
        def follow(language: str, *values: Any) -> Updates:
            count = len(self.inputs)
            return fold.show(self.read(language, *values[:count]), *values[count:])

        return follow

    def open(self, address: Address, language: str) -> Updates:
        """What a visit begins with."""
        view = View.read(address, self.first)
        return {self.message: "", **self.everything(Scene(self.lab, view, None, None, language))}

    # -- handlers: (language, *inputs) -> {component: value} ------------------------------------------------------

    def _redraw(self, language: str, *values: Any) -> Updates:
        return self._shown(self.read(language, *values))

    def _retell(self, language: str, *values: Any) -> Updates:
        return self.everything(self.read(language, *values))

    def _reset(self, language: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        return self.everything(replace(scene, view=self.first))

    def _ask(self, language: str, picked: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        if not is_query(picked):
            return {}
        return self.everything(replace(scene, view=scene.view.asking(picked)))

    # -- between components and values ----------------------------------------------------------------------------

    def read(
        self, language: str, own: str | None, mine: Mine | None, gallery: str, query: str, crop: str, eye: str,
        trail: str, drawn: str, seed: str, *sliders: Any,
    ) -> Scene:
        """The inputs as a scene. Raises LabError for what none of the components can send."""
        changes = {knob.name: knob.check(value) for knob, value in zip(CHANGES, sliders, strict=True)}
        view = View(
            gallery=gallery, query=str(query), crop=Crop.read(crop), eye=EYE.check(eye), trail=read_trail(trail),
            **changes, seed=int(SEED.check(seed)), drawn=str(drawn),
        )
        return Scene(self.lab, view, own, mine, language)

    def _shown(self, scene: Scene) -> Updates:
        """All of the stage that depends on the view."""
        return {
            self.question: sight.question(scene),
            self.rows: sight.rows(scene),
            self.view: sight.beacon(scene),
        }

    def everything(self, scene: Scene) -> Updates:
        """The whole stage, the controls too."""
        view = scene.view
        return {
            self.own: scene.own,
            self.mine: scene.own_gallery,
            self.gallery: view.gallery,
            self.query: view.query,
            self.crop: str(view.crop or ""),
            self.eye: view.eye,
            self.trail: ".".join(view.trail),
            self.drawn: view.drawn,
            self.seed: str(view.seed),
            **{self.sliders[knob.name]: getattr(view, knob.name) for knob in CHANGES},
            **self._shown(scene),
        }
