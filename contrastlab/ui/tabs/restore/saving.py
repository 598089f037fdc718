"""The button "Full size, save": the whole picture, piece by piece, with all that its file had beside the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....core.images import Image, Picture, encode_jpeg, encode_png
from ....core.knobs import Choice
from ....data.degrade import Mask, degrade
from ....models.restorer.inference import MOST, Step
from ....text import say
from ...drawing import share, tag, text
from ...fold import Part, Steps, at_rest, at_work
from ...lent import borrowing, steps_of
from ...offering import kept, offered
from ...safely import QUIETLY
from ...widgets import button, options, panel
from .scene import Scene

FORM = Choice("form", ("png", "jpeg"), "png")
#: Of a JPEG that is saved: what was repaired is not to be damaged again.
_QUALITY = 95


class Saving(Part):
    """Makes the file and offers it."""

    def lay_out(self) -> None:
        words = self.words
        self.borrowed = borrowing(self.lab)
        with gr.Row(elem_classes=["actions", "saving", "control-save"]):
            self.press = button(words, "restore.save", name="save-repaired", main=True)
            self.form = options(words, FORM, "restore.form", name="form-repaired")
        with gr.Row(elem_classes=["actions", "control-save"]):
            self.stop = button(words, "page.stop", name="stop-repair", visible=False)
            self.file = gr.DownloadButton(visible=False, elem_id="restore-file")
        self.progress = panel(value="", elem_id="restore-progress", elem_classes=["working"])
        self.notes = panel(value="", elem_id="restore-notes", elem_classes=["note"])

    def wire(self, tab: Any) -> None:
        def save(language: str, form: str, *values: Any) -> Steps:
            scene, chosen = tab.read(language, *values), FORM.check(form)
            yield {**at_work(self.press, self.stop), self.file: gr.update(visible=False), self.notes: ""}
            return (yield from self._save(scene, chosen))

        idle = {self.progress: "", **at_rest(self.press, self.stop)}
        run = tab.heavily(self.press.click, save, first=[self.form], outputs=[self.file, self.notes], finally_=idle)
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def _save(self, scene: Scene, form: str) -> Steps:
        picture, language = scene.whole(), scene.language
        height, width = picture.pixels.shape[:2]
        if height * width > MOST:
            raise LabError("restore.too_large", width=width, height=height, limit=MOST // 1_000_000)
        damaged = degrade(picture.pixels, scene.view.damages(), scene.view.seed)
        missing = damaged.missing if damaged.missing.any() else None
        image, said = None, notes(picture, form, language)

        def own(image: Image, missing: Mask | None, strength: float) -> Iterator[Step]:
            return scene.repairer.restoring(image, missing, strength=strength)

        for now in steps_of(self.borrowed, own, damaged.image, missing, scene.amount):
            if now is None:
                said = " ".join(filter(None, (text(say("restore.note.lent", language)), said)))
                continue
            image = now.image
            yield {self.progress: progress_bar(now.done, now.total, language)}
        assert image is not None
        path = kept(f"{scene.stem}.{'png' if form == 'png' else 'jpg'}", encoded(image, picture, form))
        return {**offered(self.file, path, language), self.notes: said}


def encoded(image: Image, source: Picture, form: str) -> bytes:
    """With the source's colour profile and EXIF, upright as the pixels are, and in a PNG its transparency."""
    if form == "png":
        return encode_png(image, source.alpha, icc_profile=source.icc_profile, exif=source.exif)
    return encode_jpeg(image, _QUALITY, icc_profile=source.icc_profile, exif=source.exif)


def notes(source: Picture, form: str, language: str) -> str:
    """What of the file did not come along."""
    lost = {
        "bits": source.bit_depth > 8, "frames": source.animated, "alpha": source.alpha is not None and form != "png",
    }
    return " ".join(text(say(f"restore.note.{name}", language)) for name, holds in lost.items() if holds)


def progress_bar(done: int, total: int, language: str) -> str:
    bar = tag("span", tag("span", class_="done", style=f"width:{share(done / total)}%"), class_="progress")
    return bar + tag("span", text(say("restore.saving", language, done=done, total=total)), role="status")
