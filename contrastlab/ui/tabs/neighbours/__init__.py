"""The tab "Neighbours": what does the network find alike?"""

from __future__ import annotations

import gradio as gr

from ....lab import Lab
from ...widgets import Words
from ..built import Built, Next, Taking
from .moment import MOMENT
from .tab import Tab

__all__ = ["MOMENT", "NAME", "build"]

NAME = "neighbours"


def build(lab: Lab, *, words: Words, language: gr.Radio, view: gr.HTML) -> Built:
    """The tab's contents and what happens in it. The opening result is computed here, before anybody comes."""
    tab = Tab(lab, words, language, view)
    return Built(
        outputs=tab.outputs, open=tab.open, next=Next(tab.next, tab.inputs, tab.give, tab.message),
        taking=Taking(tab.inputs, [*tab.outputs, tab.own], tab.take),
    )
