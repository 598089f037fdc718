"""The room "Before and after the head": the same question to two layers of one network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from ....gallery import Index
from ....models.encoder.inference import NetworkEmbedder
from ....text import say
from ...drawing import number, tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...safely import QUIETLY
from ...widgets import PICKING, button, panel
from .findings import Findings
from .replies import asking, reply, row
from .scene import ROW, Nearest, Scene

UNTRAINED = "untrained"
# Pictures projected between two reports of progress: a fraction of a second on one core.
_CHUNK = 128


class Layers(Part):
    """Five by the embedding, which is what search uses, over five by the projection, which is what was trained."""

    NAME = "layers"

    def lay_out(self) -> None:
        self.rows = panel(elem_id="neighbours-layers", js_on_load=PICKING)
        with gr.Row(elem_classes=["actions", "left"]):
            self.press = button(self.words, "neighbours.layers.work", name="layers", visible=False)
            self.stop = button(self.words, "page.stop", name="stop-layers", visible=False)
            self.progress = panel(value="", elem_classes=["note"])
        self.message = panel(value="", elem_classes=["message"])
        self.outputs = [self.rows, self.press]
        self._projections = Findings()

    def wire(self, tab: Any) -> None:
        asking(tab, self.rows, self.message)

        def project(language: str, *values: Any) -> Steps:
            scene = tab.read(language, *values)
            yield at_work(self.press, self.stop)
            for done, total in self._project(scene):
                told = say("neighbours.embedding", language, done=f"{done:,}", total=f"{total:,}")
                yield {self.progress: text(told)}
            return self.show(scene)

        idle = {self.progress: "", self.stop: gr.update(visible=False)}
        run = tab.heavily(self.press.click, project, outputs=self.outputs, message=self.message, finally_=idle)
        rest = {self.progress: "", **at_rest(self.press, self.stop)}
        self.stop.click(lambda: rest, None, list(rest), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        eye = scene.eye
        if not isinstance(eye, NetworkEmbedder) or scene.eye_name == UNTRAINED:
            note = tag("p", text(say("neighbours.layers.untrained", scene.language)), class_="note")
            return {self.rows: note, self.press: gr.update(visible=False)}
        projections: Index | None = self._projections.of(scene.gallery())
        shown = _row(scene, "embedding", scene.nearest(eye))
        if projections is not None:
            shown += _row(scene, "projection", nearest_by(projections, eye.project([scene.query])[0], scene))
        shown += "".join(tag("p", text(one), class_="note") for one in self._notes(scene))
        missing = gr.update(visible=projections is None, interactive=True)
        return {self.rows: shown, self.press: missing}

    def _project(self, scene: Scene) -> Iterator[tuple[int, int]]:
        """Project the gallery, a part at a time; kept when it is whole."""
        gallery, eye = scene.gallery(), scene.eye
        assert isinstance(eye, NetworkEmbedder)
        count, parts = len(gallery), []
        for start in range(0, count, _CHUNK):
            yield start, count
            parts.append(eye.project([gallery.pictures[at] for at in range(start, min(start + _CHUNK, count))]))
        self._projections.keep(gallery, Index(np.concatenate(parts)))

    def _notes(self, scene: Scene) -> list[str]:
        """Why search asks the embedding, with what was measured where there is a card."""
        said = [say("neighbours.layers.why", scene.language)]
        card = next((card for card in self.lab.models() if card.name == scene.eye_name), None)
        knn = card.metrics.get("knn") if card else None
        if isinstance(knn, dict) and {"embedding", "projection", "pixels", "k", "train", "test"} <= knn.keys():
            said.insert(0, say(
                "neighbours.layers.measured", scene.language, k=knn["k"], train=f"{knn['train']:,}",
                test=f"{knn['test']:,}", embedding=number(100 * knn["embedding"], 1),
                projection=number(100 * knn["projection"], 1), pixels=number(100 * knn["pixels"], 1),
            ))
        return said


def nearest_by(projections: Index, projection: np.ndarray, scene: Scene) -> Nearest:
    """The row by another layer; what the embedding takes for the question itself is none of the answers here either."""
    itself = scene.nearest(scene.eye).itself
    found = projections.nearest(projection, min(ROW + len(itself), len(projections)))
    others = ~np.isin(found.indices, itself)
    return Nearest(itself, found.indices[others][:ROW], found.scores[others][:ROW])


def _row(scene: Scene, layer: str, found: Nearest) -> str:
    """A row of answers under the name of its layer."""
    tiles = [
        reply(scene, int(place), number(float(score)))
        for place, score in zip(found.indices, found.scores, strict=True)
    ]
    return row(say(f"neighbours.layers.{layer}", scene.language), tiles)
