"""The room "Label my pictures": the neighbours' vote on many files at once, with the right to say "not sure"."""

from __future__ import annotations

import base64
import math
import time
from pathlib import Path
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....gallery import SURE, VISITOR, Gallery, Label, Own, label, read_own, to_csv
from ....text import say
from ...drawing import number, tag, text
from ...fold import Part, Steps
from ...safely import QUIETLY, told
from ...widgets import button, panel, slider
from . import shelves
from .scene import Scene
from .sight import class_word
from .tiles import tile_picture
from .view import OWN

#: Rows shown; the table to take along has all.
_SHOWN = 60
# Seconds between two reports of progress.
_PAUSE = 0.2


class Labels(Part):
    """Nothing of it stays: files are read into memory and deleted, and the table is in the page itself."""

    NAME = "labels"

    def lay_out(self) -> None:
        words = self.words
        self.about = panel(elem_id="neighbours-labels-about")
        self.sure = slider(words, SURE, "neighbours.labels.sure", name="label-sure")
        with gr.Row(elem_classes=["actions", "left"]):
            self.files = words.on(
                gr.UploadButton(file_count="multiple", elem_id="neighbours-label-files", size="md"),
                label="neighbours.labels.files",
            )
            self.stop = button(words, "page.stop", name="stop-labels", visible=False)
            self.progress = panel(value="", elem_classes=["note", "working"])
        self.message = panel(value="", elem_classes=["message"])
        self.result = panel(value="", elem_id="neighbours-labels")
        self.outputs = [self.about]

    def wire(self, tab: Any) -> None:
        def bring(language: str, paths: list[str] | None, sure: float, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield {self.stop: gr.update(visible=True)}
            return (yield from self._label(scene, paths or [], SURE.check(sure)))

        idle = {self.progress: "", self.stop: gr.update(visible=False), self.files: None}
        run = tab.heavily(self.files.upload, bring, first=[self.files, self.sure], outputs=[self.result],
                          message=self.message, finally_=idle)
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        gallery, language = scene.gallery(), scene.language
        if not gallery.classes:
            return {self.about: tag("p", text(say("neighbours.labels.no_classes", language)), class_="note")}
        words = [class_word(one, gallery.name, language) for one in gallery.classes]
        known = say("neighbours.list", language).join(words)
        said = [say("neighbours.labels.about", language, count=len(words), known=known),
                say("neighbours.labels.private", language, pictures=f"{VISITOR.pictures:,}")]
        return {self.about: tag("p", text(said[0]), class_="says") + tag("p", text(said[1]), class_="note")}

    def _label(self, scene: Scene, paths: list[str], sure: float) -> Steps:
        gallery, language = scene.gallery(), scene.language
        own, mine, last = None, None, 0.0
        try:
            if not gallery.classes:
                raise LabError("gallery.no_classes", name=gallery.name)
            for read in read_own(paths, name=OWN):
                own = read.own
                if time.monotonic() - last > _PAUSE:
                    last = time.monotonic()
                    yield {self.progress: shelves.reading(read.done, read.total, language)}
        finally:
            for path in paths:
                Path(path).unlink(missing_ok=True)
        assert own is not None
        left_out = shelves.refused(own, language)
        if len(own.data) == 0:
            return {self.result: left_out, self.message: told(LabError("neighbours.nothing_read"), language)}
        for now in self.lab.build_gallery(own, encoder=scene.eye_name):
            mine = now.gallery
            if mine is None:
                yield {self.progress: shelves.embedding(now, language)}
        assert mine is not None
        labels = label(gallery, mine.index.rows, sure=sure)
        return {self.result: table(own, labels, gallery, scene) + left_out}


def table(own: Own, labels: list[Label], gallery: Gallery, scene: Scene) -> str:
    """The labels beside their pictures, and all of them to take along."""
    language = scene.language
    given = sum(1 for one in labels if one.word)
    title = say("neighbours.labels.title", language, given=given, count=len(labels))
    # Beginning with a byte order mark, without which Excel takes UTF-8 for something else.
    packed = base64.b64encode(("\ufeff" + to_csv(own.names, labels)).encode()).decode()
    take = tag("a", text(say("neighbours.labels.csv", language)), class_="tool", download="labels.csv",
               href=f"data:text/csv;charset=utf-8;base64,{packed}")
    heads = [tag("th", text(say(f"neighbours.labels.{one}", language)), scope="col")
             for one in ("picture", "file", "label", "share", "similarity")]
    rows = [
        _line(own, at, one, gallery, language) for at, one in enumerate(labels[:_SHOWN])
    ]
    more = len(labels) - _SHOWN
    rest = tag("p", text(say("neighbours.labels.more", language, count=more)), class_="note") if more > 0 else ""
    grid = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="labels")
    notes = [say("neighbours.labels.usual", language, usual=number(gallery.usual))]
    if math.isfinite(gallery.sureness.share):
        known = gallery.sureness
        notes.append(say("neighbours.labels.sureness", language, needed=number(known.share),
                         right=round(100 * known.right), reach=round(100 * known.reach)))
    return (tag("div", tag("h3", text(title)), take, class_="title-line")
            + tag("div", grid, class_="scroll", tabindex="0", role="region", aria_label=title)
            + rest + "".join(tag("p", text(one), class_="note") for one in notes))


def _line(own: Own, at: int, one: Label, gallery: Gallery, language: str) -> str:
    if one.word:
        said = tag("b", text(class_word(one.word, gallery.name, language)))
    else:
        said = tag("span", text(say(f"neighbours.labels.{one.note}", language)), class_="soft")
    cells = [tile_picture(own.data.pictures[at], ""), text(own.names[at]), said, text(number(one.share)),
             text(number(one.similarity))]
    return tag("tr", *(tag("td", cell) for cell in cells))
