"""The page: header, tabs, footer, and what a visit begins with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import gradio as gr

from ..core.memory import few_arenas
from ..lab import Lab
from ..text import choose_language, say
from . import api, theme
from .address import Address
from .card import keep_button, keeping
from .drawing import tag, text
from .footer import footer
from .guard import GuardedBlocks
from .hosting import Hosting, health_route, hosting
from .line import stand_in_line
from .moments import Asking
from .safely import LIGHT, QUIETLY, listen
from .tabs import TABS
from .tabs.built import Next, Taking
from .widgets import FIRST_LANGUAGE, Words, merged, panel

#: Seconds between sweeps of the temporary files, and the age at which one goes.
_SWEEP = (600, 3600)

_LINK = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linecap="round"><path d="M10 14a5 5 0 0 0 7 0l3-3a5 5 0 0 0-7-7l-1 1"/>'
    '<path d="M14 10a5 5 0 0 0-7 0l-3 3a5 5 0 0 0 7 7l1-1"/></svg>'
)


def build(lab: Lab, allowed: Hosting | None = None) -> gr.Blocks:
    """The whole page, ready to launch with `launch_kwargs()`. The first results are computed here, once.

    `allowed` is what visitors may ask of this machine; by default what `hosting()` finds.
    """
    few_arenas()
    words = Words()
    with GuardedBlocks(title="contrastlab", analytics_enabled=False, delete_cache=_SWEEP, fill_width=True) as page:
        language = _header(words)
        # What page.js knows of the open tab's view: address, language, title. It puts there what that tab's
        # server side has written down last.
        panel(elem_id="view", visible="hidden", value="")
        views = {
            tab.NAME: panel(
                visible="hidden", value="",
                js_on_load="watch('value', () => window.contrastlab.arrived(element))",
            )
            for tab in TABS
        }
        moments = [tab.MOMENT for tab in TABS]
        asking = Asking(lab, moments)
        built = []
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            for tab in TABS:
                # Outside of its tab, for the contents of a tab that was never opened are not there.
                with words.on(gr.Tab(id=tab.NAME), label=f"{tab.NAME}.tab") as door:
                    built.append(tab.build(lab, words=words, language=language, view=views[tab.NAME]))
                door.select(None, None, None, js="() => window.contrastlab.opened()", **QUIETLY)
        footer(lab, words, moments)
        keeping(words, language)
        asking.wire(language, {tab.NAME: one for tab, one in zip(TABS, built, strict=True)})
        for place, (one, following) in enumerate(pairwise(built), start=1):
            if one.next is not None and following.taking is not None:
                _go_on(one.next, following.taking, language=language, tabs=tabs, name=TABS[place].NAME)

        opened = (one for tab in built for one in tab.outputs)
        outputs = _distinct([language, tabs, *asking.outputs, *words.components, *opened])

        def open_page(request: gr.Request) -> dict[Any, Any]:
            """A visit begins: in the visitor's language, at the view that the address names."""
            address = Address(dict(request.query_params))
            spoken = choose_language(address.language, request.headers.get("accept-language"))
            updates: list[dict[Any, Any]] = [{language: spoken}, words.in_language(spoken)]
            if address.tab in {tab.NAME for tab in TABS}:
                updates.append({tabs: gr.update(selected=address.tab)})
            with LIGHT.gate:
                # A link speaks of one tab, in that tab's words: to the others it says nothing.
                asked = address.tab or TABS[0].NAME
                updates.append(asking.open(address, spoken))
                updates += [
                    one.open(address if asked == tab.NAME else Address({}), spoken)
                    for tab, one in zip(TABS, built, strict=True)
                ]
            return merged(*updates)

        def reword(spoken: str) -> dict[Any, Any]:
            return dict(words.in_language(spoken))

        page.load(open_page, outputs=outputs, concurrency_id=LIGHT.name, concurrency_limit=LIGHT.width, **QUIETLY)
        api.register(lab)
        language.input(reword, [language], _distinct(words.components), trigger_mode="always_last", **QUIETLY)
    stand_in_line(page, (allowed or hosting()).waiting, at_once=4)
    return page


def _go_on(step: Next, taking: Taking, *, language: gr.Radio, tabs: gr.Tabs, name: str) -> None:
    """The button that carries a tab's picture on to the tab called `name`."""

    def go(spoken: str, *values: Any) -> dict[Any, Any]:
        count = len(step.inputs)
        carried = step.give(spoken, *values[:count])
        return {tabs: gr.update(selected=name), **taking.take(spoken, carried, *values[count:])}

    outputs: list[Any] = [tabs, *taking.outputs]
    listen(
        step.button.click, go, language=language, inputs=[*step.inputs, *taking.inputs], outputs=outputs,
        message=step.message,
    )


def launch_kwargs(lab: Lab, allowed: Hosting | None = None) -> dict[str, Any]:
    """What `launch` is called with, by app.py, the command line and the tests alike; for `allowed` see `build`."""
    allowed = allowed or hosting()
    return {
        "theme": theme.theme(),
        "css": theme.style_sheet(),
        "head": theme.head(),
        "favicon_path": theme.icon(),
        "footer_links": [],
        "run_history": False,  # it would keep what a visitor did in the browser of a shared machine
        "ssr_mode": False,
        "show_error": False,
        "enable_monitoring": False,
        "share": False,
        "mcp_server": allowed.tools,
        "strict_cors": True,
        "allowed_paths": [],
        "max_file_size": allowed.file_bytes,
        "state_session_capacity": allowed.sessions,
        # Gradio's own pages come after: one of them answers to every name.
        "app_kwargs": {"routes": [health_route(lab)]},
    }


def _header(words: Words) -> gr.Radio:
    with gr.Row(elem_id="top"):
        panel(words, _brand, elem_id="brand")
        language = gr.Radio(
            [("EN", "en"), ("中文", "zh")], value=FIRST_LANGUAGE, elem_id="language",
            elem_classes=["options", "control-language"],
        )
        words.on(language, label="page.language")
        panel(words, _tools, elem_id="tools")
    return language


def _brand(language: str) -> str:
    return tag("h1", "contrastlab") + tag("p", text(say("page.question", language)))


def _tools(language: str) -> str:
    theme_words, copy = say("page.theme", language), say("page.copy", language)
    light = tag(
        "button", tag("span", class_="moon", aria_hidden="true"), type="button", class_="tool icon control-theme",
        data_do="theme", aria_label=theme_words, title=theme_words,
    )
    idle, done = tag("span", text(copy), class_="idle"), tag("span", text(say("page.copied", language)), class_="done")
    link = tag(
        "button", _LINK, idle, done, type="button", class_="tool control-copy", data_do="copy",
        data_manual=say("page.copy.manual", language), title=copy, aria_label=copy,
    )
    return light + link + keep_button(language)


def _distinct(components: Any) -> list[Any]:
    return list(dict.fromkeys(components))
