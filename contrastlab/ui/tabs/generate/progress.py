"""How far a search has come, and what is left to say when it is stopped there."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ....text import say
from ...drawing import tag, text
from ...safely import QUIETLY
from ...widgets import panel

Updates = dict[Any, Any]


class Progress:
    """A line over a search: the step it is at, then what came of it, or at which step it was stopped."""

    def __init__(self, key: str) -> None:
        """`key` begins the names of two texts: ``.step`` and ``.stopped``, each with the facts `step` and `steps`."""
        self._key = key
        self.line = panel(value="")
        # The step that is in sight: who presses Stop has that one, however far the search itself had come.
        self._at = gr.Textbox("", visible="hidden")

    @property
    def outputs(self) -> list[Any]:
        return [self.line, self._at]

    def at(self, step: int, steps: int, language: str) -> Updates:
        """On the way."""
        said = say(f"{self._key}.step", language, step=step, steps=steps)
        return {self.line: tag("p", text(said), class_="says"), self._at: f"{step} {steps}"}

    def over(self, said: str = "") -> Updates:
        """What there is to say in the end, as HTML."""
        return {self.line: said, self._at: ""}

    def stopping(self, stop: gr.Button, run: Any, language: gr.Radio, idle: Updates, found: Updates) -> None:
        """Pressing `stop` ends `run` and sets `idle`; `found` too, once there is a first step in sight."""

        def halt(spoken: str, at: str) -> Updates:
            step, _, steps = str(at).partition(" ")
            if not (step.isdecimal() and steps.isdecimal()):
                return {**idle, **self.over()}
            said = say(f"{self._key}.stopped", spoken, step=int(step), steps=int(steps))
            return {**idle, **found, **self.over(tag("p", text(said), class_="says"))}

        outputs = list(dict.fromkeys([*idle, *found, *self.outputs]))
        stop.click(halt, [language, self._at], outputs, cancels=[run], **QUIETLY)
