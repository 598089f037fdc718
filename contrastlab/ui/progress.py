"""How far a search has come, and where it was when it was stopped."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..text import say
from .drawing import tag, text
from .safely import QUIETLY
from .widgets import panel

Updates = dict[Any, Any]

_HALTED = tag("i", class_="halt", hidden=True)


class Progress:
    """A line over a search: the step it is at, then what came of it, or at which step it was stopped.

    A step that was on its way when Stop was pressed still arrives, after the answer to the press. So each brings both
    sentences along, and the style sheet shows one of them by a mark that only the press and the next search set.
    """

    def __init__(self, key: str) -> None:
        """`key` begins the names of two texts: ``.step`` and ``.stopped``, each with the facts `step` and `steps`."""
        self._key = key
        with gr.Column(elem_classes=["progress-line"]):
            self._mark = panel(value="", visible="hidden")
            self.line = panel(value="")

    @property
    def outputs(self) -> list[Any]:
        return [self.line, self._mark]

    def begun(self) -> Updates:
        """Before the first step."""
        return {self.line: "", self._mark: ""}

    def at(self, step: int, steps: int, language: str) -> Updates:
        """On the way."""
        both = [tag("span", text(say(f"{self._key}.{which}", language, step=step, steps=steps)), class_=which)
                for which in ("step", "stopped")]
        return {self.line: tag("p", *both, class_="says")}

    def over(self, said: str) -> Updates:
        """What there is to say in the end, as HTML."""
        return {self.line: said}

    def stopping(self, stop: gr.Button, run: Any, idle: Updates) -> None:
        """Pressing `stop` ends `run`, sets `idle`, and leaves what is in sight where it is."""
        halted = {**idle, self._mark: _HALTED}
        stop.click(lambda: halted, None, list(halted), cancels=[run], **QUIETLY)
