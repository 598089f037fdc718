"""Moments for a class: a link that sets everything up, a question, and an answer that is measured on the spot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from ..core.errors import LabError
from ..lab import Lab
from ..text import explain, say
from .address import Address, write
from .drawing import number, tag, text
from .kinds import kind_word
from .safely import listen
from .widgets import PICKING, panel

Facts = Mapping[str, float | str]

#: The panel is drawn by the server and belongs to one tab; page.js shows it there and nowhere else.
_ASKING = PICKING + "\nwatch('value', () => window.contrastlab.asking());\nsetTimeout(window.contrastlab.asking);"


@dataclass(frozen=True)
class Moment:
    """A question for a class, on one tab. Its words are the texts ``moment.<name>.*``.

    Attributes:
        name: what the address calls it.
        tab: where it is asked.
        views: choice -> what the address says of the view; it opens with the first one.
        facts: what the answer says, measured by a lab: numbers, and names of classes.
        digits: behind the point, of those numbers that are not whole.
    """

    name: str
    tab: str
    views: Mapping[str, Mapping[str, object]]
    facts: Callable[[Lab], Facts] = field(repr=False)
    digits: int = 2

    def query(self, language: str, choice: str = "") -> str:
        """The address, without its question mark, with the answer hidden."""
        view = self.views[choice or next(iter(self.views))]
        return write(tab=self.tab, language=language, values={**view, "moment": self.name, "guess": 1})

    def title(self, language: str) -> str:
        return say(f"moment.{self.name}.title", language)

    def question(self, language: str) -> str:
        return say(f"moment.{self.name}.question", language)

    def link(self, language: str) -> str:
        """The way there, as HTML."""
        return tag("a", text(self.title(language)), href=f"?{self.query(language)}")

    def answer(self, facts: Facts, language: str) -> str:
        """What was found, in a sentence or three."""
        return say(f"moment.{self.name}.answer", language, **{
            name: kind_word(fact, language) if isinstance(fact, str)
            else fact if isinstance(fact, int) else number(fact, self.digits)
            for name, fact in facts.items()
        })


class Asking:
    """Where a moment's question stands: above the tabs, and only while its tab is open."""

    def __init__(self, lab: Lab, moments: Sequence[Moment]) -> None:
        self.lab, self.moments = lab, {moment.name: moment for moment in moments}
        self._facts: dict[str, Facts] = {}
        #: Which moment, and which of its choices: "cup:closer".
        self.asked = gr.Textbox("", visible="hidden")
        self.panel = panel(value="", elem_id="moment", js_on_load=_ASKING)
        self.message = panel(value="", elem_classes=["message"])

    @property
    def outputs(self) -> list[Any]:
        return [self.asked, self.panel]

    def open(self, address: Address, language: str) -> dict[Any, Any]:
        """The question that the address asks for, if it does."""
        moment = self.moments.get(address.text("moment"))
        if moment is None or moment.tab != address.tab:
            return {self.asked: "", self.panel: ""}
        return self._shown(moment, next(iter(moment.views)), language)

    def wire(self, language: gr.Radio, tabs: Mapping[str, Any]) -> None:
        """`tabs`: name -> what the tab has handed to the page (`tabs.built.Built`)."""

        def choose(spoken: str, said: str) -> dict[Any, Any]:
            moment, choice = self._read(said)
            if moment is None:
                return {}
            asked = Address(dict(parse_qsl(moment.query(spoken, choice))))
            return {**tabs[moment.tab].open(asked, spoken), **self._shown(moment, choice, spoken)}

        def retell(spoken: str, said: str) -> dict[Any, Any]:
            moment, choice = self._read(said)
            return {} if moment is None else self._shown(moment, choice, spoken)

        opened = [tabs[name].outputs for name in dict.fromkeys(one.tab for one in self.moments.values())]
        listen(
            self.panel.select, choose, language=language, inputs=[self.asked], message=self.message,
            outputs=[*self.outputs, *(one for outputs in opened for one in outputs)],
            js="(language) => [language, window.contrastlab.picked]",
        )
        listen(
            language.input, retell, language=language, inputs=[self.asked], outputs=self.outputs,
            message=self.message, live=True,
        )

    def _read(self, said: str) -> tuple[Moment | None, str]:
        name, _, choice = str(said).partition(":")
        moment = self.moments.get(name)
        return (moment, choice) if moment is not None and choice in moment.views else (None, "")

    def _shown(self, moment: Moment, choice: str, language: str) -> dict[Any, Any]:
        return {self.asked: f"{moment.name}:{choice}", self.panel: self._drawn(moment, choice, language)}

    def _drawn(self, moment: Moment, choice: str, language: str) -> str:
        try:
            if moment.name not in self._facts:
                self._facts[moment.name] = moment.facts(self.lab)
            answer = moment.answer(self._facts[moment.name], language)
        except LabError as error:
            answer = explain(error, language)
        over = tag("p", tag("b", text(say("page.class", language))), text(moment.title(language)), class_="over")
        choices = [
            tag("button", text(say(f"moment.{moment.name}.{one}", language)), type="button", class_="chip",
                data_pick=f"{moment.name}:{one}", aria_pressed=str(one == choice).lower())
            for one in moment.views if len(moment.views) > 1
        ]
        reveal = tag("button", text(say("page.reveal", language)), type="button", data_do="reveal",
                     class_="reveal tool")
        told = tag("div", tag("p", text(answer), class_="answer"), reveal, class_="told")
        asked = tag("p", text(moment.question(language)), class_="ask")
        chips = tag("div", *choices, class_="chips") if choices else ""
        return tag("section", over, tag("div", asked, chips, class_="posed"), told,
                   class_="moment", data_of=moment.tab, data_moment=moment.name, aria_label=moment.title(language))


def listed(moments: Sequence[Moment], language: str) -> str:
    """The moments as links with their questions."""
    entries = [tag("li", moment.link(language), tag("span", text(moment.question(language)))) for moment in moments]
    return tag("ol", *entries, class_="moments")
