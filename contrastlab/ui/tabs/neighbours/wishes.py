"""What takes a while: fetching a gallery, looking at it for the first time, reading a visitor's own files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....data.datasets import prepare
from ....gallery import VISITOR, read_own
from ....text import say
from ...drawing import tag, text
from ...fold import Steps
from ...safely import QUIETLY, told
from ...widgets import FIRST_LANGUAGE, button, panel
from . import shelves
from .eyes import encoder_of, is_ready
from .mine import Mine
from .scene import PIXELS, Scene
from .view import EYE, OWN, View, read_wish, wish

Updates = dict[Any, Any]

#: Seconds between two reports of progress.
_PAUSE = 0.4
#: A wish is on the page as text that page.js sends back: so it also works for the one that a link has made.
_WISHING = """const ask = () => {
    const wish = element.querySelector('[data-wish]');
    if (!wish) return;
    window.contrastlab.wish = wish.dataset.wish;
    trigger('tick');
};
watch('value', ask);
setTimeout(ask);"""
_ASKED = "(language, _, ...rest) => [language, window.contrastlab.wish, ...rest]"


class Wishes:
    """The choice of a gallery, the visitor's files, and the progress of what they ask for.

    A wish that can be granted in no time is; any other is granted in the heavy lane, and until it is, or for
    good if it is stopped, everything stays as it was. Progress goes to few components, for each costs the
    browser time at every report; what is granted is then shown by an event of its own.
    """

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        words = tab.words
        self.wish, self.granted = (panel(value="", visible="hidden", js_on_load=_WISHING) for _ in range(2))
        with gr.Row(elem_classes=["shelves", "control-gallery"]):
            self.choice = gr.Radio(
                shelves.choices(tab.lab, FIRST_LANGUAGE, None), value=tab.first.gallery, elem_id="knob-gallery",
                elem_classes=["options"],
            )
            words.on(self.choice, label="neighbours.gallery")
            self.files = words.on(
                gr.UploadButton(file_count="multiple", elem_id="neighbours-files", size="md"), label="neighbours.files"
            )
            self.stop = button(words, "page.stop", name="stop-gallery", visible=False)
            self.progress = panel(value="", elem_classes=["working"], elem_id="neighbours-progress")
            panel(words, _files_note, elem_classes=["note"])
            self.refused = panel(value="", elem_id="neighbours-refused")
            self.message = panel(value="", elem_classes=["message"])

    @property
    def outputs(self) -> list[Any]:
        """What `stand` sets."""
        return [self.choice, self.wish, self.granted]

    def stand(self, scene: Scene) -> Updates:
        """The choice as the scene has it, and no wish."""
        offered = shelves.choices(scene.lab, scene.language, scene.own_gallery)
        return {self.choice: gr.update(value=scene.view.gallery, choices=offered), self.wish: "", self.granted: ""}

    def wished(self, view: View) -> Updates:
        """The wish for a view that cannot be shown at once."""
        return {self.wish: _written(view)}

    def wire(self) -> None:
        """The events."""
        tab = self.tab
        idle = {self.progress: "", self.stop: gr.update(visible=False)}
        tab.on(self.choice.input, self._choose, first=[self.choice], message=self.message, live=True)
        tab.on(self.granted.tick, self._show, first=[self.granted], js=_ASKED)
        told_to = [self.choice, tab.eyes, self.wish, self.granted]
        runs = [
            tab.heavily(
                self.wish.tick, self._grant, first=[self.wish], outputs=told_to, message=self.message, finally_=idle,
                js=_ASKED,
            ),
            tab.heavily(
                self.files.upload, self._bring, first=[self.files], outputs=[*told_to, tab.mine, self.refused],
                message=self.message, finally_={**idle, self.files: None},
            ),
        ]
        self.stop.click(
            lambda gallery, eye: {self.choice: gallery, tab.eyes: eye, self.wish: "", **idle},
            [tab.gallery, tab.eye], [self.choice, tab.eyes, self.wish, *idle], cancels=runs, **QUIETLY,
        )

    def _choose(self, language: str, gallery: str, *values: Any) -> Updates:
        scene = self.tab.parsed(language, *values)
        return dict(self.tab.shown_or_wished(replace(scene, view=scene.view.moved(gallery))))

    def _show(self, language: str, asked: str, *values: Any) -> Updates:
        """What has been granted, in full."""
        scene = self.tab.parsed(language, *values)
        return dict(self.tab.shown_or_wished(replace(scene, view=self._read(asked))))

    def _grant(self, language: str, asked: str, *values: Any) -> Steps:
        scene = self.tab.parsed(language, *values)
        wanted = replace(scene, view=self._read(asked))
        yield {self.stop: gr.update(visible=True)}
        try:
            yield from self._fetched(wanted)
            yield from self._looked_at(wanted)
            return {self.granted: _written(wanted.view), self.wish: ""}
        except LabError as error:
            stands = {self.tab.eyes: scene.view.eye, self.choice: scene.view.gallery, self.wish: ""}
            return {**stands, self.message: told(error, language)}

    def _bring(self, language: str, paths: list[str] | None, *values: Any) -> Steps:
        """The visitor's files as a gallery. They are read into memory, and their copies on disk go at once."""
        scene = self.tab.parsed(language, *values)
        own = None
        yield {self.stop: gr.update(visible=True), self.refused: ""}
        try:
            for now in _now_and_then(read_own(paths or [], name=OWN)):
                own = now.own
                yield {self.progress: shelves.reading(now.done, now.total, language)}
        finally:
            for path in paths or []:
                Path(path).unlink(missing_ok=True)
        assert own is not None
        left_out = {self.refused: shelves.refused(own, language)}
        if len(own.data) == 0:
            return {**left_out, self.message: told(LabError("neighbours.nothing_read"), language)}
        # Another set of one's own pictures is another gallery, where no place means what it did.
        view = replace(scene.view, gallery="").moved(OWN)
        wanted = replace(scene, own_gallery=Mine(own), view=replace(view, eye=EYE.default))
        yield from self._looked_at(wanted)
        return {**left_out, self.tab.mine: wanted.own_gallery, self.granted: _written(wanted.view)}

    def _read(self, asked: str) -> View:
        return read_wish(asked, self.tab.first, self.tab.lab.galleries())

    def _fetched(self, scene: Scene) -> Iterator[Updates]:
        """The gallery's pictures on this machine, fetched if they are not."""
        if shelves.is_prepared(scene.view.gallery):
            return
        for now in _now_and_then(prepare(scene.view.gallery)):
            yield {self.progress: shelves.fetching(now, scene.language)}

    def _looked_at(self, scene: Scene) -> Iterator[Updates]:
        """Everything embedded that the two rows need."""
        gallery, mine = scene.view.gallery, scene.own_gallery
        for encoder in (PIXELS, encoder_of(scene.view.eye, gallery)):
            if is_ready(scene.lab, mine, gallery, encoder):
                continue
            steps = scene.lab.open_gallery(gallery, encoder=encoder) if mine is None or gallery != OWN else mine.look(
                scene.lab, encoder)
            for now in _now_and_then(steps):
                yield {self.progress: shelves.embedding(now, scene.language)}


def _written(view: View) -> str:
    return tag("i", data_wish=wish(view), hidden=True)


def _now_and_then(steps: Iterator[Any]) -> Iterator[Any]:
    """The last step, and those before it a moment apart: nobody reads hundreds a second."""
    told_at, last = 0.0, None
    for last in steps:
        if time.monotonic() - told_at > _PAUSE:
            told_at = time.monotonic()
            yield last
            last = None
    if last is not None:
        yield last


def _files_note(language: str) -> str:
    return text(say("neighbours.files.note", language, pictures=f"{VISITOR.pictures:,}"))


