"""The card that a visitor may keep: drawn in the browser from what is on the screen; only the QR code is made here."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr
import segno

from ..text import say
from .drawing import tag, text
from .safely import listen
from .widgets import Words, panel

#: Letters of an address that a code on a card can still be read from.
_LONGEST = 1400

_KEEPING = """window.contrastlab.keeping((address) => trigger('select', {value: address, index: 0}));
watch('value', () => window.contrastlab.kept(element));"""


def keeping(words: Words, language: gr.Radio) -> None:
    """What makes the code. The card's pictures never come here: a visitor's own stays in the browser."""
    asked = gr.Textbox("", visible="hidden")
    code = panel(value="", visible="hidden", js_on_load=_KEEPING)
    message = panel(value="", visible="hidden")

    def make(_: str, address: str) -> dict[Any, Any]:
        return {code: drawn(str(address))}

    listen(
        code.select, make, language=language, inputs=[asked], outputs=[code], message=message,
        js="(language) => [language, window.contrastlab.toKeep]",
    )


def drawn(address: str) -> str:
    """The address with its QR code as rows of 0 and 1; without a code where it is too long to be read."""
    rows = ""
    if len(address) <= _LONGEST:
        made = segno.make(address, error="l", boost_error=False, micro=False)
        rows = ",".join("".join(map(str, row)) for row in made.matrix)
    # A card asked for twice is news twice.
    return tag("i", data_address=address, data_code=rows, data_time=secrets.token_hex(4), hidden=True)


def keep_button(language: str, *, inside: bool = False) -> str:
    """The button for it, with all that the card says beside what is on the screen; `inside` a tab it says its verb."""
    keep = say("page.keep", language)
    idle = tag("span", text(keep), class_="idle")
    done = tag("span", text(say("page.keep.done", language)), class_="done")
    return tag(
        "button", _ICON, idle, done, type="button", class_=f"tool {'keep-here' if inside else 'control-keep'}",
        data_do="keep", data_scan=say("page.keep.scan", language), data_own=say("page.keep.own", language),
        title=keep, aria_label=keep,
    )


_ICON = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><rect x="3" y="4" width="18" height="16" rx="2"/>'
    '<path d="M7 15l3-4 3 3 2-2 2 3"/></svg>'
)
