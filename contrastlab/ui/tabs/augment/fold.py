"""What the folds under the stage have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ....lab import Lab
from ...widgets import Words
from .scene import Scene

Listen = Callable[..., Any]
ReadScene = Callable[..., tuple[Scene, list[Any]]]


class Fold:
    """A part of the tab that is drawn when it is opened and follows the sliders while it is open.

    A subclass lays out its components in `lay_out`, names those that a redraw needs in `inputs` and those
    that it changes in `outputs`, and draws itself in `show`. Folds hold components and no visitor's anything.
    """

    NAME = ""

    def __init__(self, lab: Lab, words: Words) -> None:
        self.lab, self.words = lab, words
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        with words.on(
            gr.Accordion(open=False, elem_id=f"fold-{self.NAME}", elem_classes=["fold", f"control-{self.NAME}"]),
            label=f"augment.{self.NAME}",
        ) as accordion:
            self.lay_out()
        # Open or not is kept in the browser; its change is what draws the contents.
        self.is_open = gr.Checkbox(False, visible="hidden")
        accordion.expand(None, None, [self.is_open], js="() => true")
        accordion.collapse(None, None, [self.is_open], js="() => false")

    def lay_out(self) -> None:
        """Make the components."""
        raise NotImplementedError

    def show(self, scene: Scene, *values: Any) -> dict[Any, Any]:
        """The fold as it looks for this scene; `values` are those of `inputs`."""
        raise NotImplementedError

    def wire(self, tab: Any) -> None:
        """Events of the fold's own, beside being redrawn with the tab."""
