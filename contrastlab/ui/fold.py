"""What the folds under the stage have in common."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import gradio as gr

from ..lab import Lab
from .widgets import Words, panel

#: Milliseconds for which no new picture may have come, and no finger be on a slider, before what takes a tenth of a
#: second is drawn: a knob that moves is not kept waiting by what lies below it.
_REST = 300
#: A heavy job's progress on the way, and what there is in the end.
Steps = Generator[dict[Any, Any], None, dict[Any, Any]]


class Part:
    """A piece of a tab that draws itself for a scene: what that tab's visitor looks at, for one request.

    A subclass makes its components in `lay_out`, names those that a redraw needs in `inputs` and those that
    it changes in `outputs`, the controls that move it in `triggers`, and draws itself in `show`. Parts hold
    components and no visitor's anything.
    """

    NAME = ""

    def __init__(self, lab: Lab, words: Words) -> None:
        self.lab, self.words = lab, words
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.triggers: list[Any] = []
        self.lay_out()

    def lay_out(self) -> None:
        """Make the components."""
        raise NotImplementedError

    def show(self, scene: Any, *values: Any) -> dict[Any, Any]:
        """The part as it looks for this scene; `values` are those of `inputs`."""
        raise NotImplementedError

    def wire(self, tab: Any) -> None:
        """Events of the part's own, beside being redrawn."""


class Fold(Part):
    """A part behind a title. It is drawn when it is opened, and follows the stage while it is open.

    Following is an event of its own: the picture never waits for what lies below it, and nothing is sent for
    a closed fold. page.js fires `pulse` of every open one after each new picture.
    """

    #: The tab's name: a fold's title is the text ``<TAB>.<NAME>``.
    TAB = ""

    def __init__(self, lab: Lab, words: Words) -> None:
        with words.on(
            gr.Accordion(open=False, elem_id=f"fold-{self.NAME}", elem_classes=["fold", f"control-{self.NAME}"]),
            label=f"{self.TAB}.{self.NAME}",
        ) as self.accordion:
            super().__init__(lab, words)
            self.complaint = panel(value="", elem_classes=["message"])
        self.pulse = panel(
            value="", visible="hidden",
            js_on_load=f"window.contrastlab.followers['{self.NAME}'] = () => trigger('tick')",
        )
        self.triggers += [self.accordion.expand, self.pulse.tick]


def following(fold: str, *, at_once: str = "", rested: str) -> str:
    """The script of a fold's `pulse`: which event it fires at each new picture, and which once the knobs rest."""
    now = f"trigger('{at_once}');" if at_once else ""
    return f"""let timer = 0;
const rest = () => {{
    clearTimeout(timer);
    timer = setTimeout(() => document.querySelector('input:active') ? rest() : trigger('{rested}'), {_REST});
}};
window.contrastlab.followers['{fold}'] = () => {{ {now} rest(); }};"""


def at_work(press: gr.Button, stop: gr.Button) -> dict[Any, Any]:
    """While a heavy job runs: its button is off and the one that stops it is there."""
    return {press: gr.update(interactive=False), stop: gr.update(visible=True)}


def at_rest(press: gr.Button, stop: gr.Button) -> dict[Any, Any]:
    """Before and after."""
    return {press: gr.update(interactive=True), stop: gr.update(visible=False)}
