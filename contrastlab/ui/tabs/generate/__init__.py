"""The tab "Generate": what does each number change?"""

from __future__ import annotations

from functools import partial

import gradio as gr

from ....lab import Lab
from ...widgets import Words
from ..built import Built, Next, Taking
from .finding import Finding
from .moment import MOMENT
from .tab import Tab
from .taking import take

__all__ = ["MOMENT", "NAME", "build"]

NAME = "generate"


def build(lab: Lab, *, words: Words, language: gr.Radio, view: gr.HTML) -> Built:
    """The tab's contents and what happens in it. The opening result is computed here, before anybody comes."""
    tab = Tab(lab, words, language, view)
    finding = next(fold for fold in tab.folds if isinstance(fold, Finding))
    taking = Taking(tab.inputs, [finding.accordion, finding.target, *finding.outputs], partial(take, tab))
    return Built(
        outputs=tab.outputs, open=tab.open, taking=taking,
        next=Next(tab.next, tab.inputs, tab.give, tab.message),
    )
