"""The tab "Restore": what came back, and what was made up?"""

from __future__ import annotations

import gradio as gr

from ....lab import Lab
from ...widgets import Words
from ..built import Built, Taking
from .moment import MOMENT
from .tab import Tab

__all__ = ["MOMENT", "NAME", "build"]

NAME = "restore"


def build(lab: Lab, *, words: Words, language: gr.Radio, view: gr.HTML) -> Built:
    """The tab's contents and what happens in it. The opening result is computed here, before anybody comes."""
    tab = Tab(lab, words, language, view)
    return Built(
        outputs=tab.outputs, open=tab.open, taking=Taking(tab.inputs, [*tab.outputs, tab.own], tab.take),
    )
