"""The tab's layout, its events, and the way between components and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....lab import Lab
from ... import shelf
from ...address import Address
from ...own import own_photo
from ...safely import told
from ...samples import samples
from ...stage import Stage, Updates, headline
from ...widgets import FIRST_LANGUAGE, PICKING, Words, button, options_of, panel, slider
from ..built import Carried
from . import shelves, sight
from .alike import Alike
from .beyond import Beyond
from .eyes import encoder_of, eyes_for, is_ready
from .map import WholeMap
from .mine import Mine, forget
from .moment import MOMENT
from .opening import Openings
from .replies import PICKED
from .scene import PIXELS, Scene
from .sure import Sure
from .view import CHANGES, EYE, OWN, SEED, Crop, View, is_query, read_change, read_trail
from .wishes import Wishes

_CROPPING = "window.contrastlab.croppable(element, (crop) => trigger('select', {value: crop, index: 0}))"


class Tab(Stage):
    """The second tab: a picture, and what is nearest to it by its pixels and by what an encoder learned."""

    FOLDS = (Alike, Sure, WholeMap, Beyond)

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        super().__init__(lab, words, language, view)
        self.openings = Openings(lab)
        #: What a first visit begins with.
        self.first = self.openings.first()
        self._first_sight: dict[str, Updates] = {}
        self._lay_out()
        self.lay_out_folds()
        self._wire()
        self.wishes.wire()
        self.wire_folds()

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        words, first = self.words, Scene(self.lab, self.first, None, None, FIRST_LANGUAGE)
        panel(words, headline(sight.NAME, moment=MOMENT), elem_classes=["headline"])
        # A visitor's own picture is known by its path, and only to the server: a path that the browser sent
        # could name any file. Their gallery lives in their session and nowhere else.
        self.own = gr.State(None, delete_callback=shelf.forget)
        self.mine = gr.State(None, delete_callback=forget)
        # What is shown. The radios beside them say what is wished for, which may take a while.
        self.gallery, self.eye = (gr.Textbox(value, visible="hidden") for value in (self.first.gallery, self.first.eye))
        self.query = gr.Textbox(self.first.query, visible="hidden")
        self.crop, self.trail, self.drawn = (gr.Textbox("", visible="hidden") for _ in range(3))
        self.seed = gr.Textbox(str(self.first.seed), visible="hidden")
        with gr.Row(elem_classes=["stage", "search"]):
            self.steps = panel(value=sight.trail(first), elem_id="neighbours-trail", js_on_load=PICKING)
            with gr.Column(elem_classes=["asked"]):
                self.question = panel(
                    value=sight.question(first), elem_id="neighbours-question",
                    js_on_load=_CROPPING,
                )
                self.seen = panel(value=sight.seen(first), elem_id="neighbours-seen")
            self.rows = panel(value=sight.rows(first), elem_id="neighbours-rows", js_on_load=PICKING)
            with gr.Column(elem_classes=["controls"]):
                self._lay_out_controls()
            with gr.Row(elem_classes=["photos", "control-query"]):
                self.samples = panel(
                    words, lambda language: samples(language, sight.NAME), elem_id="neighbours-samples",
                    js_on_load=PICKING,
                )
                self.upload = own_photo(words, sight.NAME)
                self.next = button(words, "neighbours.next", name="next-find")
                self.upload_message = panel(value="", elem_classes=["message"])
        self.wishes = Wishes(self)
        self.sheet = panel(
            value="", elem_id="neighbours-sheet", elem_classes=["control-sheet"],
            js_on_load=PICKING + "\nwindow.contrastlab.lazily(element, 'neighbours', () => trigger('tick'))",
        )
        # Of its own: the sheet is filled unasked, and an answer takes back what is said in its place for complaints.
        self.sheet_message = panel(value="", elem_classes=["message"])

    def _lay_out_controls(self) -> None:
        words = self.words
        self.eyes = gr.Radio(
            options_of("neighbours.eye", eyes_for(self.lab, self.first.gallery))(FIRST_LANGUAGE),
            value=self.first.eye, elem_id="knob-eye", elem_classes=["options", "stacked", "control-eye"],
        )
        words.on(self.eyes, label="neighbours.eye")
        self.sliders = {}
        for knob in CHANGES:
            self.sliders[knob.name] = slider(words, knob, f"augment.{knob.name}", name=f"query-{knob.name}")
        with gr.Row(elem_classes=["actions"]):
            self.reset = button(words, "page.reset", name="reset-query")
        self.message = panel(value="", elem_classes=["message"])

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
        """What `everything` sets, and the places of complaints.

        What is kept on the server is not among it: the browser, which has no such component, would look through
        all that it has at each answer.
        """
        return [
            *self.inputs[2:], self.eyes, *self.wishes.outputs, self.steps, self.question, *self._redrawn, self.message,
            self.upload_message,
        ]

    @property
    def _redrawn(self) -> list[Any]:
        return [self.seen, self.rows, self.view]

    def _wire(self) -> None:
        self.on(
            [one.input for one in self.sliders.values()], self._change,
            outputs=[self.question, *self._redrawn], live=True,
        )
        # The photograph stays as it is, or its frame would be taken out of the hand that drags it.
        self.on(
            self.question.select, self._move, outputs=[self.crop, *self._redrawn], live=True, first=[self.crop],
            js="(language, _, ...rest) => [language, window.contrastlab.crop, ...rest]",
        )
        self.on(self.language.input, self._retell, live=True)
        self.on(self.eyes.input, self._look, first=[self.eyes], live=True)
        self.on(self.reset.click, self._reset)
        for source in (self.rows, self.steps):
            self.on(source.select, self.ask, first=[self.query], js=PICKED)
        self.on(
            self.sheet.select, self._browse, first=[self.query], js=PICKED, message=self.sheet_message,
            outputs=[*self.outputs, self.sheet],
        )
        self.on(self.sheet.tick, self._fill, message=self.sheet_message, outputs=[self.sheet], live=True)
        self.on(self.samples.select, self.ask, first=[self.query], js=PICKED, message=self.upload_message)
        self.on(
            self.upload.input, self._take, message=self.upload_message, first=[self.upload],
            outputs=[*self.outputs, self.own], finally_={self.upload: None},
        )

    def open(self, address: Address, language: str) -> Updates:
        """What a visit begins with. A gallery that is not open yet is opened while the first one is shown."""
        first = Scene(self.lab, self.first, None, None, language)
        if language not in self._first_sight:
            self._first_sight[language] = self.everything(first)
        # What fetching has changed meanwhile is not remembered.
        drawn = {self.message: "", self.upload_message: "", **self._first_sight[language], **self.wishes.stand(first)}
        view = View.read(address, self.first, self.lab.galleries())
        if not shelves.is_at_hand(view.gallery):
            return {**drawn, self.message: told(LabError("neighbours.not_open"), language)}  # a link fetches nothing
        if view != self.first:
            return {**drawn, **self.shown_or_wished(replace(first, view=view))}
        # In the first language it is all there already, but for what tells the page so.
        return {self.view: drawn[self.view], **self.wishes.stand(first)} if language == FIRST_LANGUAGE else drawn

    # -- handlers: (language, *inputs) -> {component: value} ------------------------------------------------------

    def _change(self, language: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        return {self.question: sight.question(scene), **self._shown(scene)}

    def _move(self, language: str, crop: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        scene = replace(scene, view=replace(scene.view, crop=Crop.read(crop)))
        return {self.crop: str(scene.view.crop or ""), **self._shown(scene)}

    def _retell(self, language: str, *values: Any) -> Updates:
        return {**self.everything(self.read(language, *values)), self.upload_message: ""}

    def _reset(self, language: str, *values: Any) -> Updates:
        return self.everything(replace(self.parsed(language, *values), view=self.first))

    def _look(self, language: str, eye: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        return self.shown_or_wished(replace(scene, view=replace(scene.view, eye=EYE.check(eye))))

    def ask(self, language: str, picked: str | None, *values: Any) -> Updates:
        """What was pressed becomes the question, if it can be one."""
        scene = self.read(language, *values)
        if picked is None or not (is_query(picked) or (picked == OWN and scene.own)):
            return {}
        return self.everything(replace(scene, view=scene.view.asking(picked)))

    def _take(self, language: str, path: str | None, *values: Any) -> Updates:
        if path is None:
            return {}
        scene = self.read(language, *values)
        # The trail cannot lead back to a picture that is replaced.
        past = replace(scene.view, trail=tuple(one for one in scene.view.trail if one != OWN))
        view = past.plain() if past.query == OWN else past.asking(OWN)
        return {self.own: path, **self.everything(replace(scene, own=path, view=view))}

    def _browse(self, language: str, picked: str | None, *values: Any) -> Updates:
        kind, _, page = str(picked).partition(":")
        if kind == "page" and page.removeprefix("-").isdecimal():
            return {self.sheet: shelves.sheet(self.read(language, *values), int(page))}
        return self.ask(language, picked, *values)

    def _fill(self, language: str, *values: Any) -> Updates:
        return {self.sheet: shelves.sheet(self.read(language, *values), 0)}

    def give(self, language: str, *values: Any) -> Carried:
        """The question goes along to the next tab as it is asked: cut out and changed."""
        return Carried(pixels=self.read(language, *values).query)

    def take(self, language: str, carried: Carried, *values: Any) -> Updates:
        """A picture that comes along from another tab becomes the question."""
        scene = self.read(language, *values)
        view = replace(scene.view.plain(), query=carried.photo or OWN, drawn=read_change(carried.drawn), trail=())
        own = carried.own or scene.own
        return {self.own: own, **self.everything(replace(scene, own=own, view=view))}

    # -- between components and values ----------------------------------------------------------------------------

    def read(self, language: str, *values: Any) -> Scene:
        """The inputs as a scene that can be shown at once. Raises LabError where there is none such."""
        return self.checked(self.parsed(language, *values))

    def parsed(
        self, language: str, own: str | None, mine: Mine | None, gallery: str, query: str, crop: str, eye: str,
        trail: str, drawn: str, seed: str, *sliders: Any,
    ) -> Scene:
        """The inputs as a scene, whatever it may ask for. Raises LabError for what no component can send."""
        changes = {knob.name: knob.check(value) for knob, value in zip(CHANGES, sliders, strict=True)}
        view = View(
            gallery=str(gallery), query=str(query), crop=Crop.read(crop), eye=EYE.check(eye), trail=read_trail(trail),
            **changes, seed=int(SEED.check(seed)), drawn=read_change(drawn),
        )
        return Scene(self.lab, view, own, mine, language)

    def checked(self, scene: Scene) -> Scene:
        """The scene, if it can be shown at once. Raises LabError where it cannot, or not at all."""
        if not self.is_ready(scene):
            raise LabError("neighbours.not_open")
        view = scene.view
        if not (is_query(view.query) or (view.query == OWN and scene.own is not None)):
            raise LabError("neighbours.no_picture")
        known = [int(one) for one in (view.query, *view.trail) if one.isdecimal()]
        if known and max(known) >= len(scene.gallery(PIXELS)):
            raise LabError("neighbours.no_picture")
        return scene

    def is_ready(self, scene: Scene) -> bool:
        """Whether both rows can be answered in no time."""
        view = scene.view
        return view.gallery in (*self.lab.galleries(), OWN) and all(
            is_ready(self.lab, scene.own_gallery, view.gallery, encoder)
            for encoder in (PIXELS, encoder_of(view.eye, view.gallery))
        )

    def shown_or_wished(self, scene: Scene) -> Updates:
        """Everything, if it can be shown at once; else the wish for it, and what is there stays."""
        if self.is_ready(scene):
            return self.everything(self.openings.settled(scene))
        return self.wishes.wished(scene.view)

    def _shown(self, scene: Scene) -> Updates:
        """All of the stage that depends on how the question is put."""
        return {self.seen: sight.seen(scene), self.rows: sight.rows(scene), self.view: sight.beacon(scene)}

    def everything(self, scene: Scene) -> Updates:
        """The whole stage, the controls too."""
        view = scene.view
        eyes = options_of("neighbours.eye", eyes_for(self.lab, view.gallery))(scene.language)
        return {
            self.gallery: view.gallery,
            self.query: view.query,
            self.crop: str(view.crop or ""),
            self.eye: view.eye,
            self.trail: ".".join(view.trail),
            self.drawn: view.drawn,
            self.seed: str(view.seed),
            **{self.sliders[knob.name]: getattr(view, knob.name) for knob in CHANGES},
            self.eyes: gr.update(value=view.eye, choices=eyes),
            **self.wishes.stand(scene),
            self.steps: sight.trail(scene),
            self.question: sight.question(scene),
            self.message: "",
            **self._shown(scene),
        }
