"""What the tabs have in common: a stage of components, one way to answer their events, and folds under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ..lab import Lab
from ..text import say
from .drawing import tag, text
from .fold import Fold
from .moments import Moment
from .safely import HEAVY, LIGHT, Lane, listen
from .widgets import Words

Updates = dict[Any, Any]


class Stage:
    """A tab's components by name. What a visitor sees lives in the components' values, never in here.

    A subclass has `inputs`, what every handler gets, and `outputs`, what a handler may set; makes of the inputs
    what is shown in `read`; and has a `message` panel for complaints.
    """

    FOLDS: tuple[type[Fold], ...] = ()

    message: gr.HTML

    def __init__(self, lab: Lab, words: Words, language: gr.Radio, view: gr.HTML) -> None:
        self.lab, self.words, self.language, self.view = lab, words, language, view

    @property
    def inputs(self) -> list[Any]:
        """What every handler gets, in this order; `read` makes a scene of it."""
        raise NotImplementedError

    @property
    def outputs(self) -> list[Any]:
        """What a handler may set unless it says otherwise."""
        raise NotImplementedError

    def read(self, language: str, *values: Any) -> Any:
        """The inputs as a scene. Raises LabError for what none of the components can send."""
        raise NotImplementedError

    def on(
        self, triggers: Any, handler: Callable[..., Any], *, first: list[Any] | None = None,
        last: list[Any] | None = None, outputs: list[Any] | None = None, message: Any = None,
        lane: Lane = LIGHT, **settings: Any,
    ) -> Any:
        """`listen` with the tab's inputs between `first` and `last`, and all its outputs unless said otherwise."""
        return listen(
            triggers, handler, language=self.language, inputs=[*(first or []), *self.inputs, *(last or [])],
            outputs=self.outputs if outputs is None else outputs, message=message or self.message,
            lane=lane, lab=self.lab, **settings,
        )

    def heavily(self, trigger: Any, handler: Callable[..., Any], **settings: Any) -> Any:
        """`on` for work of seconds, in the lane that never blocks a slider."""
        return self.on(trigger, handler, lane=HEAVY, **settings)

    def lay_out_folds(self) -> None:
        """Make the folds, below what has been laid out so far."""
        self.folds = [kind(self.lab, self.words) for kind in self.FOLDS]

    def wire_folds(self) -> None:
        """Let every fold follow the stage, and have the events of its own."""
        for fold in self.folds:
            if not fold.triggers:
                continue  # one that draws itself in the lane of long work
            self.on(
                fold.triggers, self._follow(fold), last=fold.inputs, outputs=fold.outputs, message=fold.complaint,
                live=True,
            )
        for fold in self.folds:
            fold.wire(self)

    def _follow(self, fold: Fold) -> Callable[..., Updates]:
        def follow(language: str, *values: Any) -> Updates:
            count = len(self.inputs)
            return fold.show(self.read(language, *values[:count]), *values[count:])

        return follow


def headline(tab: str, dare: str = "", *, moment: Moment) -> Callable[[str], str]:
    """Language -> the tab's question, its dare (the text `dare`, or the tab's only one), and what it is about.

    With the last stands the way to the tab's moment for a class.
    """

    def drawn(language: str) -> str:
        lesson = tag("b", text(say("page.class", language))) + moment.link(language)
        about = tag("details", tag("summary", text(say("page.what", language))),
                    tag("p", text(say(f"{tab}.about", language))), tag("p", lesson, class_="lesson"), class_="about")
        overline = tag("p", text(say(f"{tab}.tab", language)), class_="overline")
        dared = tag("p", text(say(dare or f"{tab}.dare", language)), class_="dare")
        return overline + tag("h2", text(say(f"{tab}.question", language))) + dared + about

    return drawn
