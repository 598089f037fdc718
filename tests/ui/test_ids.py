"""No two parts of the page have the same name: styles, scripts, labels and links go by it."""

from __future__ import annotations

import re
from collections import Counter

import gradio as gr


def test_no_two_parts_of_the_page_have_the_same_id(page: gr.Blocks) -> None:
    named = Counter(block.elem_id for block in page.blocks.values() if block.elem_id)
    # What we draw ourselves carries names of its own.
    for block in page.blocks.values():
        if isinstance(block, gr.HTML):
            named.update(re.findall(r"<[^>]*\sid=\"([^\"]+)\"", str(block.value)))
    assert len(named) > 60
    assert [name for name, count in named.items() if count > 1] == []
