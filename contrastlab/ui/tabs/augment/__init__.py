"""The tab "Augment": which changes keep a picture the same?"""

from __future__ import annotations

import gradio as gr

from ....lab import Lab
from ...widgets import Words
from ..built import Built, Next
from .moment import MOMENT
from .tab import Tab

__all__ = ["MOMENT", "NAME", "build"]

NAME = "augment"


def build(lab: Lab, *, words: Words, language: gr.Radio, view: gr.HTML) -> Built:
    """The tab's contents and what happens in it. The opening result is computed here, before anybody comes."""
    tab = Tab(lab, words, language, view)
    return Built(
        outputs=tab.outputs, open=tab.open, next=Next(tab.next, tab.inputs, tab.give, tab.message),
    )
