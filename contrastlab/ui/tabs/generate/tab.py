"""The tab's layout, its events, and the way between components and values."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....core.knobs import Choice
from ....lab import Lab
from ....nn.decoding import TRUNCATION
from ....studies.directions import ALONG, KEPT
from ...address import Address
from ...safely import SPOKEN, told
from ...stage import Stage, Updates, headline
from ...widgets import FIRST_LANGUAGE, PICKING, Words, button, panel, unit_class
from ..built import Carried
from . import morphing, sight
from .curious import Curious
from .finding import Finding
from .goodness import Goodness
from .latents import unpack
from .learning import Learning
from .models import GROUPS, choices, first_view, group_of, offered, opening
from .moment import MOMENT
from .scene import Scene
from .view import ANY, SLIDERS, View, checked_seed, read_steps, write_steps

#: What was pressed takes the place of the first value and the second is emptied, in the browser: a slider that moves
#: at the same time cannot bring back the old ones.
#: The last of each is the notice, which what was pressed has answered.
_PICKED = "() => [window.contrastlab.picked, '', '']"
_ANOTHER = "() => [String(Math.floor(Math.random() * 1e6)), '', '']"
_CHOSEN = "() => [window.contrastlab.picked, '']"
#: A round trip that took a second is shown only if what it started from is still what is looked at.
_PLAY = """watch('value', () => {
    const film = element.querySelector('[data-film]'), view = document.querySelector('#view [data-query]');
    const picture = document.querySelector('#generate-main img');
    const same = film && view && film.dataset.query === view.dataset.query;
    if (same && picture) picture.src = film.dataset.film;
})"""


class Tab(Stage):
    """The third tab: a generator's picture, three numbers that change it, and sixteen others that change along."""

    FOLDS = (Goodness, Learning, Finding, Curious)

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        super().__init__(lab, words, language, view)
        #: What a first visit begins with.
        self.first = first_view(lab)
        self._first_sight: dict[str, Updates] = {}
        self._lay_out()
        self.lay_out_folds()
        self._wire()
        self.wire_folds()

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        first = Scene(self.lab, self.first, FIRST_LANGUAGE)
        self.headline = panel(value=_headline(first), elem_classes=["headline"])
        self.model, self.seed = (gr.Textbox(one, visible="hidden") for one in (self.first.model, self.first.seed))
        self.base = gr.Textbox("", visible="hidden")
        self.kind = gr.Textbox(self.first.kind, visible="hidden")
        # The numbers that are not in sight, and how far from the middle pictures are drawn.
        self.rest = gr.Textbox("", visible="hidden")
        self.truncation = gr.Textbox(f"{TRUNCATION.default:g}", visible="hidden")
        self.film = panel(value="", visible="hidden", js_on_load=_PLAY)
        drawn, words = sight.drawn(first), self.words
        with gr.Row(elem_classes=["stage", "making"]):
            with gr.Row(elem_classes=["pair"]):
                self.main = panel(value=drawn.main, elem_id="generate-main")
                self.others = panel(value=drawn.others, elem_id="generate-others", js_on_load=PICKING)
            with gr.Column(elem_classes=["below"]):
                self.kinds = panel(
                    value=drawn.kinds, elem_id="generate-kinds", elem_classes=["control-class"], js_on_load=PICKING
                )
                self.about = panel(value=drawn.about, elem_id="generate-about", elem_classes=["note"])
                self.next = button(words, "generate.next", name="next-restore")
            with gr.Column(elem_classes=["controls"]):
                self._lay_out_controls(drawn.sliders)

    def _lay_out_controls(self, sliders: tuple[tuple[str, str], ...]) -> None:
        words = self.words
        self.what = gr.Radio(
            choices(self.lab, FIRST_LANGUAGE), value=group_of(self.first.model), elem_id="knob-what",
            elem_classes=["options", "control-what"],
        )
        words.on(self.what, label="generate.what", choices=lambda language: choices(self.lab, language))
        with gr.Row(elem_classes=["actions", "three"]):
            self.another = button(words, "generate.another", name="another", main=True)
            self.morph = button(words, "generate.morph", name="morph")
            self.reset = button(words, "page.reset", name="reset-numbers")
        self.sliders, self.effects = [], []
        for place, (label, effect) in enumerate(sliders, start=1):
            with gr.Column(elem_classes=["direction", f"control-number-{place}"]):
                self.sliders.append(gr.Slider(
                    ALONG.minimum, ALONG.maximum, ALONG.default, step=ALONG.step, label=label, buttons=[],
                    elem_id=f"knob-number-{place}", elem_classes=["knob", unit_class(ALONG)],
                ))
                self.effects.append(panel(value=effect, elem_classes=["effect-note"]))
        # What is wrong with the address stays until something is chosen: a picture painted meanwhile only empties
        # `message`.
        self.notice = panel(value="", elem_classes=["message"])
        self.message = panel(value="", elem_classes=["message"])

    # -- events ---------------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[Any]:
        """What every handler gets, in this order; `read` makes a scene of it."""
        return [self.model, self.seed, self.base, self.kind, self.rest, self.truncation, *self.sliders]

    @property
    def outputs(self) -> list[Any]:
        """What `everything` sets, and the place of complaints."""
        return [
            *self.inputs, self.headline, self.what, *self.effects, self.main, self.others, self.kinds, self.about,
            self.view, self.notice, self.message,
        ]

    def _wire(self) -> None:
        moving = [one.input for one in self.sliders]
        # The picture and the sixteen are two events: the picture never waits for those beside it.
        self.on(
            [*moving, self.seed.change, self.base.change, self.kind.change], self._paint,
            outputs=[self.main, self.view], live=True, js=SPOKEN,
        )
        self.on([*moving, self.kind.change], self._paint_others, outputs=[self.others], live=True, js=SPOKEN)
        self.others.select(None, None, [self.seed, self.base, self.notice], js=_PICKED)
        self.another.click(None, None, [self.seed, self.base, self.notice], js=_ANOTHER)
        self.kinds.select(None, None, [self.kind, self.notice], js=_CHOSEN)
        self.on(self.what.input, self._choose, first=[self.what], live=True)
        self.on(self.reset.click, self._reset)
        self.on(self.language.input, self._retell, live=True)
        self.heavily(
            self.morph.click, self._morph, outputs=[self.film], finally_={self.morph: gr.update(interactive=True)}
        )

    def open(self, address: Address, language: str) -> Updates:
        """What a visit begins with."""
        try:
            models = tuple(self.lab.generators())
        except LabError:
            models = ()
        view = View.read(address, self.first, models)
        if view != self.first:
            view, complaint = self._paintable(view, language)
            return {**self._everything_safely(Scene(self.lab, view, language)), self.notice: complaint}
        if language not in self._first_sight:
            scene = Scene(self.lab, self.first, language)
            self._first_sight[language] = self._everything_safely(scene)
        drawn = self._first_sight[language]
        # In the first language it is all there already, but for what tells the page so.
        return {self.view: drawn[self.view]} if language == FIRST_LANGUAGE else drawn

    def _paintable(self, view: View, language: str) -> tuple[View, str]:
        """The view without the class and the numbers that its generator does not have, and what is to be said then."""
        try:
            generator = self.lab.generator(view.model)
        except LabError:
            return view, ""  # that is what will be complained of
        said = []
        if view.kind != ANY:
            try:
                view = replace(view, kind=generator.classes[generator.class_number(view.kind)])
            except LabError as error:
                view, said = replace(view, kind=ANY), [told(error, language)]
        if view.base:
            try:
                unpack(view.base, generator.latent)
            except LabError as error:
                view, said = replace(view, base=""), [*said, told(error, language)]
        return view, "".join(said)

    # -- handlers: (language, *inputs) -> {component: value} ------------------------------------------------------

    def _paint(self, language: str, *values: Any) -> Updates:
        scene = self.read(language, *values)
        return {self.main: sight.main(scene), self.view: sight.beacon(scene)}

    def _paint_others(self, language: str, *values: Any) -> Updates:
        return {self.others: sight.others(self.read(language, *values))}

    def _retell(self, language: str, *values: Any) -> Updates:
        return self._everything_safely(self.parsed(language, *values))

    def _reset(self, language: str, *values: Any) -> Updates:
        return self.everything(self._opened(self.parsed(language, *values).view.model, language))

    def _choose(self, language: str, what: str, *_: Any) -> Updates:
        there = offered(self.lab)
        return self.everything(self._opened(there[Choice("what", tuple(there), "").check(what)], language))

    def _morph(self, language: str, *values: Any) -> Any:
        scene = self.read(language, *values)
        yield {self.morph: gr.update(interactive=False)}
        return {self.film: sight.film(scene, morphing.round_trip(scene, secrets.randbelow(2**32)))}

    def give(self, language: str, *values: Any) -> Carried:
        """The picture goes along to the next tab as it is painted."""
        return Carried(pixels=self.read(language, *values).main)

    # -- between components and values ----------------------------------------------------------------------------

    def read(self, language: str, *values: Any) -> Scene:
        """The inputs as a scene that can be painted. Raises LabError for one that cannot."""
        scene = self.parsed(language, *values)
        _ = scene.main_kind, scene.start
        return scene

    def parsed(
        self, language: str, model: str, seed: str, base: str, kind: str, rest: str, truncation: str, *steps: Any
    ) -> Scene:
        """The inputs as a scene. Raises LabError for what no component can send."""
        checked = tuple(ALONG.check(step) for step in steps)
        view = View(
            model=str(model), seed=checked_seed(seed), kind=str(kind) or ANY,
            steps=(*checked, *read_steps(rest))[:KEPT], truncation=TRUNCATION.check(truncation), base=str(base or ""),
        )
        return Scene(self.lab, view, language)

    def _opened(self, model: str, language: str) -> Scene:
        """The scene that a generator opens with."""
        return Scene(self.lab, View(model, str(opening(self.lab, model).main)), language)

    def everything(self, scene: Scene) -> Updates:
        """The whole stage, the controls too. Raises what painting raises."""
        return self._shown(scene, sight.drawn(scene, safely=False))

    def _everything_safely(self, scene: Scene) -> Updates:
        """As `everything`, but what cannot be painted is complained of in its place."""
        return self._shown(scene, sight.drawn(scene))

    def _shown(self, scene: Scene, drawn: sight.Drawn) -> Updates:
        view = scene.view
        sliders: Updates = {}
        for slider, note, step, (label, effect) in zip(
            self.sliders, self.effects, view.steps, drawn.sliders, strict=False
        ):
            sliders |= {slider: gr.update(value=step, label=label), note: effect}
        return {
            self.model: view.model, self.seed: view.seed, self.base: view.base, self.kind: view.kind,
            self.rest: write_steps(view.steps[SLIDERS:]), self.truncation: f"{view.truncation:g}", **sliders,
            self.headline: _headline(scene),
            self.what: gr.update(value=group_of(view.model), choices=choices(self.lab, scene.language)),
            self.main: drawn.main, self.others: drawn.others, self.kinds: drawn.kinds, self.about: drawn.about,
            self.view: sight.beacon(scene), self.notice: "",
        }


def _headline(scene: Scene) -> str:
    group = group_of(scene.view.model)
    dare = f"generate.dare.{group if group in GROUPS else 'other'}"
    return headline(sight.NAME, dare=dare, moment=MOMENT)(scene.language)
