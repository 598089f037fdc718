"""One visitor of a tab, without a server or a browser: events are fired as Gradio fires them."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

import gradio as gr

from contrastlab.ui.tabs.augment.tab import Tab
from contrastlab.ui.tabs.generate.tab import Tab as MakingTab
from contrastlab.ui.tabs.neighbours.tab import Tab as SearchTab
from contrastlab.ui.tabs.restore.tab import Tab as MendingTab
from contrastlab.ui.widgets import Words, panel

Updates = dict[Any, Any]


class Built:
    """A tab on a page of its own. It holds no visitor's anything, so that one serves all tests."""

    KIND: Any = Tab

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        with gr.Blocks() as self.page:
            self.language = gr.Radio(["en", "zh"], value="en")
            self.tab = self.KIND(lab, Words(), self.language, panel())


class BuiltSearch(Built):
    """The tab Neighbours, likewise."""

    KIND = SearchTab


class BuiltMaking(Built):
    """The tab Generate, likewise."""

    KIND = MakingTab


class BuiltMending(Built):
    """The tab Restore, likewise."""

    KIND = MendingTab


class AnyVisit:
    """One visitor: what the components hold, and what an answer changes in them."""

    def __init__(self, built: Built) -> None:
        self.lab, self.page, self.tab = built.lab, built.page, built.tab
        self.language = "en"
        self.switch = built.language
        #: What the components hold that are no longer as they were drawn.
        self.now: dict[Any, Any] = {}

    def fold(self, name: str) -> Any:
        return next(fold for fold in self.tab.folds if name == fold.NAME)

    def holds(self, component: Any) -> Any:
        return self.now.get(component, component.value)

    def happens(self, component: Any, kind: str, *first: Any) -> Updates:
        """Fire an event and put the answer into place. `first` stand for the event's first inputs."""
        return list(self.stream(component, kind, *first))[-1]

    def stream(self, component: Any, kind: str, *first: Any) -> Any:
        event = next(
            one for one in self.page.fns.values()
            if one.fn is not None and (component._id, kind) in one.targets
        )
        rest = [self.holds(one) for one in event.inputs[1 + len(first):]]
        answer = event.fn(self.language, *first, *rest) if event.inputs else event.fn()
        for updates in [answer] if isinstance(answer, dict) else answer:
            assert set(updates) <= set(event.outputs), "an answer for a component that is not an output"
            for one, update in updates.items():
                self.now[one] = update.get("value", self.holds(one)) if isinstance(update, dict) else update
            yield updates

    def follow(self, fold: Any) -> Updates:
        """What page.js asks for after a new picture, while the fold is open."""
        return self.happens(fold.pulse, "tick")


class SearchVisit(AnyVisit):
    """A visitor of the tab Neighbours."""

    def waits(self, component: Any, kind: str, *first: Any) -> list[Updates]:
        """All answers to what takes a while, and in the end to what page.js then asks for."""
        granted = self.tab.wishes.granted
        answers = list(self.stream(component, kind, *first))
        asked = re.search(r'data-wish="([^"]*)"', answers[-1].get(granted, ""))
        if asked:
            answers += self.stream(granted, "tick", html.unescape(asked[1]))
        return answers


class MakingVisit(AnyVisit):
    """A visitor of the tab Generate."""

    def set(self, **values: Any) -> MakingVisit:
        tab = self.tab
        named = {"model": tab.model, "seed": tab.seed, "base": tab.base, "kind": tab.kind, "rest": tab.rest,
                 "truncation": tab.truncation, **{f"step{place}": one for place, one in enumerate(tab.sliders, 1)}}
        for name, value in values.items():
            self.now[named[name]] = value
        return self


class MendingVisit(AnyVisit):
    """A visitor of the tab Restore."""

    def set(self, **values: Any) -> MendingVisit:
        tab = self.tab
        named = {"own": tab.own, "photo": tab.photo, "carried": tab.carried, "seed": tab.seed, "place": tab.place,
                 "damage": tab.damage, **tab.strengths}
        for name, value in values.items():
            self.now[named[name]] = value
        return self

    def damaged(self, damage: str, strength: float | None = None) -> Updates:
        """Choose a damage, and how much of it if that is said."""
        self.set(damage=damage)
        if strength is None:
            return self.happens(self.tab.damage, "input")
        self.set(**{damage: strength})
        return self.happens(self.tab.strengths[damage], "input")


class Visit(AnyVisit):
    """A visitor of the tab Augment."""

    def __init__(self, built: Built) -> None:
        super().__init__(built)
        self.lab.asked.clear()

    def set(self, **values: Any) -> Visit:
        named = {"turn": self.tab.sliders["turn"], "cut": self.tab.sliders["cut"],
                 "colours": self.tab.sliders["colours"], "ready": self.tab.ready, "draws": self.tab.draws,
                 "photo": self.tab.photo, "own": self.tab.own, "keep_turn": self.tab.keeps["turn"]}
        for name, value in values.items():
            self.now[named[name]] = value
        return self


def ask(visit: SearchVisit, picked: str) -> Updates:
    """Press a picture of a row."""
    return visit.happens(visit.tab.rows, "select", picked)


def jpeg(page: str) -> bytes:
    found = re.search(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", page)
    assert found
    return base64.b64decode(found[1])


def query(updates: Updates, tab: Any) -> str:
    return str(re.search(r'data-query="([^"]*)"', updates[tab.view])[1])  # type: ignore[index]
