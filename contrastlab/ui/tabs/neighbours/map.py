"""The fold "Map of everything": the whole gallery laid flat, with the question on it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ....core.errors import LabError
from ....core.knobs import Choice
from ....data.datasets import GENERATED
from ....gallery import Gallery
from ....lab import DEFAULT_GENERATOR, Lab
from ....studies.apart import TsneJob
from ....studies.maps import MAPS, TRUSTED, Map, pca_map, read_map
from ....text import say
from ...drawing import number, tag, text
from ...fold import Fold
from ...widgets import button, options, panel
from . import plane
from .findings import WISHING, Findings, Measuring
from .replies import PICKED, asking
from .scene import Scene

WAY = Choice("way", ("pca", "tsne"), "pca")
#: Pictures around the question on the map whose kinds are told.
_AROUND = 50
#: Thumbnails that a browser may ask for at once: 300 kB.
_MOST_ASKED = 1000

_MAP = """window.contrastlab.map(element, {
    renewed: (look) => watch('value', look), peek: () => trigger('input'),
    ask: (dot) => trigger('select', {value: dot, index: 0}),
})"""
_ARRIVED = "watch('value', () => window.contrastlab.map.arrived(element))"


class WholeMap(Fold):
    """PCA at once; t-SNE if it was kept, else worked out when asked for."""

    TAB = "neighbours"
    NAME = "map"

    def lay_out(self) -> None:
        self.way = options(self.words, WAY, "neighbours.map.way", name="map-way")
        with gr.Row(elem_classes=["actions", "left"]):
            self.press = button(self.words, "neighbours.map.work", name="map", visible=False)
            self.stop = button(self.words, "page.stop", name="stop-map", visible=False)
            self.progress = panel(value="", elem_classes=["note"], js_on_load=WISHING)
        self.message = panel(value="", elem_classes=["message"])
        # What the browser has already: ten thousand dots are not sent again for every question.
        self.drawn = gr.Textbox("", visible="hidden")
        self.dots = panel(value="", elem_id="neighbours-map", js_on_load=_MAP)
        self.marks = panel(value="", visible="hidden", js_on_load=_ARRIVED)
        self.thumbs = panel(value="", visible="hidden", js_on_load=_ARRIVED)
        self.trust = Measuring(self.NAME, lambda scene: self._flat(scene.gallery()).trustworthiness)
        self.says = panel(value="", elem_id="neighbours-map-says")
        self.inputs = [self.way, self.drawn]
        self.outputs = [
            self.way, self.drawn, self.dots, self.marks, self.says, self.press, self.stop, self.progress,
            self.trust.place,
        ]
        self.triggers = [self.way.input]
        self._flat_maps, self._near_maps = Findings(), Findings()
        self._jobs = _Jobs()

    def wire(self, tab: Any) -> None:
        asking(tab, self.dots, self.message)

        def peek(language: str, wanted: str | None, *values: Any) -> dict[Any, Any]:
            return self._peek(tab.read(language, *values).gallery(), wanted)

        def begin(language: str, *values: Any) -> dict[Any, Any]:
            scene = tab.read(language, *values)
            self._jobs.begin(scene.gallery())
            return self._work(scene)

        def ask(language: str, *values: Any) -> dict[Any, Any]:
            return self._work(tab.read(language, *values))

        def stop(language: str, *values: Any) -> dict[Any, Any]:
            self._jobs.stop(tab.read(language, *values).gallery())
            return self._idle(is_missing=True)

        tab.on(self.dots.input, peek, first=[tab.query], js=PICKED, outputs=[self.thumbs], live=True,
               message=self.message)
        for trigger, handler in ((self.press.click, begin), (self.progress.tick, ask), (self.stop.click, stop)):
            tab.on(trigger, handler, outputs=[self.press, self.stop, self.progress], message=self.message)
        self.trust.wire(tab, self.message)

    # -- the map --------------------------------------------------------------------------------------------------

    def show(self, scene: Scene, way: str, drawn: str, *_: Any) -> dict[Any, Any]:
        way = WAY.check(way)
        gallery = scene.gallery()
        if not drawn and self._near(scene, gallery) is not None:
            way = "tsne"  # at first sight the better one, if it is at hand
        found = self._near(scene, gallery) if way == "tsne" else self._flat(gallery)
        stamp = plane.stamp(gallery, way, scene.language, is_there=found is not None)
        updates: dict[Any, Any] = {self.way: way, self.drawn: stamp, **self._idle(is_missing=found is None)}
        if drawn != stamp:
            updates[self.dots] = plane.cloud(gallery, found, way, scene.language)
        if found is None:
            return {**updates, self.marks: "", self.says: self._note(scene, None), **self.trust.rest()}
        at = found.place(scene.embedding(scene.eye))
        around = plane.around(found, at, plane.SHEET)
        nearest = scene.nearest(scene.eye)
        wanted = np.unique(np.concatenate([nearest.indices, around]))
        updates[self.marks] = plane.marks(scene, found, nearest, plane.thumbnails(gallery, wanted))
        updates[self.says] = self._around(scene, gallery, around[:_AROUND]) + self._note(scene, found)
        wish = self.trust.of(gallery) is None and len(gallery) > 2 * TRUSTED
        return {**updates, **(self.trust.wish(gallery, scene.language) if wish else self.trust.rest())}

    def _flat(self, gallery: Gallery) -> Map:
        known: Map | None = self._flat_maps.of(gallery)
        return known or self._flat_maps.keep(gallery, pca_map(gallery))

    def _near(self, scene: Scene, gallery: Gallery) -> Map | None:
        """The t-SNE map that was worked out here, or beforehand and kept; None if there is none that is current."""
        known: Map | None = self._near_maps.of(gallery)
        if known is None:
            for path in kept_maps(self.lab, gallery.name, scene.eye_name):
                found = read_map(path, gallery, scene.eye.key)
                if found is not None:
                    return self._near_maps.keep(gallery, found)
        return known

    def _peek(self, gallery: Gallery, wanted: str | None) -> dict[Any, Any]:
        """The pictures that somebody points at and those around it."""
        said = str(wanted).split(",")[:_MOST_ASKED]
        places = [int(one) for one in said if one.isdecimal() and len(one) < 8 and int(one) < len(gallery)]
        return {self.thumbs: plane.thumbnails(gallery, np.array(places))} if places else {}

    # -- t-SNE ----------------------------------------------------------------------------------------------------

    def _idle(self, *, is_missing: bool) -> dict[Any, Any]:
        shown = gr.update(visible=is_missing, interactive=True)
        return {self.press: shown, self.stop: gr.update(visible=False), self.progress: ""}

    def _work(self, scene: Scene) -> dict[Any, Any]:
        """How long the work has taken so far, or, once it is done, the wish to see it."""
        gallery = scene.gallery()
        job = self._jobs.of(gallery)
        found = self._near(scene, gallery) or (job and job.ask(gallery))
        if found is not None:
            self._near_maps.keep(gallery, found)
            return {**self._idle(is_missing=False), self.progress: tag("i", data_measured=self.NAME, hidden=True)}
        if job is None:
            return self._idle(is_missing=True)
        words = say("neighbours.map.working", scene.language, seconds=round(job.seconds), count=f"{len(gallery):,}")
        return {
            self.press: gr.update(interactive=False), self.stop: gr.update(visible=True),
            self.progress: tag("i", data_wanted=f"{job.seconds:.2f}", data_after=1000, hidden=True) + text(words),
        }

    # -- what there is to say -------------------------------------------------------------------------------------

    def _around(self, scene: Scene, gallery: Gallery, around: np.ndarray) -> str:
        """Which kinds lie around the question: the map in words."""
        if not gallery.classes or scene.is_foreign:
            return ""
        counts = np.bincount(gallery.labels[around], minlength=len(gallery.classes))
        order = [int(at) for at in np.argsort(-counts, kind="stable")[:3] if counts[at]]
        words = [plane.class_word(gallery.classes[at], gallery.name, scene.language) for at in order]
        told = say("neighbours.list", scene.language).join(
            say("neighbours.map.kind", scene.language, word=word, count=int(counts[at]))
            for word, at in zip(words, order, strict=True)
        )
        said = say("neighbours.map.around", scene.language, count=len(around), kinds=told)
        return tag("p", text(said), class_="says")

    def _note(self, scene: Scene, found: Map | None) -> str:
        """How far the map may be believed."""
        gallery, language = scene.gallery(), scene.language
        if found is None:
            return ""
        said = []
        flat, near = self.trust.of(gallery), self._near_maps.of(gallery)
        if flat is not None:
            kind = "both" if near is not None else "pca"
            said.append(say(f"neighbours.map.trust.{kind}", language, pca=number(flat), k=TRUSTED,
                            tsne=number(near.trustworthiness) if near is not None else ""))
        if found.axes is not None:
            said.append(say("neighbours.map.pca", language, share=round(100 * sum(found.axes.explained))))
        else:
            said.append(say("neighbours.map.tsne", language))
            if scene.query_index is None or scene.view.is_changed:
                said.append(say("neighbours.map.guessed", language))
        return "".join(tag("p", text(one), class_="note") for one in said)


class _Jobs:
    """At most one t-SNE at a time, shared by all who wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: TsneJob | None = None
        self._gallery: Callable[[], Gallery | None] = lambda: None

    def begin(self, gallery: Gallery) -> None:
        """Start, unless this one is under way already. Raises LabError ``neighbours.map_busy`` if another one is."""
        with self._lock:
            if self._job is not None and not self._job.is_over:
                if self._gallery() is not gallery:
                    raise LabError("neighbours.map_busy")
                return
            self._job, self._gallery = TsneJob(gallery), weakref.ref(gallery)

    def of(self, gallery: Gallery) -> TsneJob | None:
        """The job begun last, if it was for this gallery."""
        with self._lock:
            return self._job if self._gallery() is gallery else None

    def stop(self, gallery: Gallery) -> None:
        """Give it up."""
        with self._lock:
            if self._job is not None and self._gallery() is gallery:
                self._job.stop()
                self._job = None


def kept_maps(lab: Lab, gallery: str, encoder: str) -> tuple[Path, ...]:
    """Where t-SNE maps of a named gallery may have been kept: beside the pictures, or beside the encoder."""
    beside = (lab.checkpoints / DEFAULT_GENERATOR / MAPS,) if gallery == GENERATED else ()
    return *beside, lab.checkpoints / encoder / f"{gallery}-{MAPS}"
