"""The room "Many at once": files or a zip of damaged pictures in, a zip of repaired ones out."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....core.images import Image, Picture, encode_png
from ....gallery import Bounds, Refused, read_each
from ....models.restorer.inference import MOST, Findings
from ....text import explain, say
from ...drawing import number, share, tag, text
from ...fold import Part, Steps
from ...offering import file_place, offered
from ...safely import QUIETLY
from ...widgets import button, panel
from .scene import Scene

#: What is taken in at once: minutes of work on two cores.
BOUNDS = Bounds(pictures=50, files=500, megabytes=100, megapixels=60)
#: Lines that are shown of a list.
_SHOWN = 50


class Batch(Part):
    """Each picture is repaired for what the network finds wrong with it, in its full size. Nothing of it stays."""

    NAME = "batch"

    def lay_out(self) -> None:
        words = self.words
        panel(words, _what, elem_classes=["note"])
        with gr.Row(elem_classes=["actions", "left"]):
            self.files = words.on(
                gr.UploadButton(file_count="multiple", elem_id="restore-batch-files", size="md"),
                label="restore.batch.files",
            )
            self.stop = button(words, "page.stop", name="stop-batch", visible=False)
            self.file = gr.DownloadButton(visible=False, elem_id="restore-batch-file")
        self.progress = panel(value="", elem_id="restore-batch-progress", elem_classes=["note", "working"])
        self.message = panel(value="", elem_classes=["message"])
        self.result = panel(value="", elem_id="restore-batch")

    def wire(self, tab: Any) -> None:
        def bring(language: str, paths: list[str] | None, *values: Any) -> Steps:
            try:
                scene = tab.read(language, *values)
                yield {self.stop: gr.update(visible=True), self.file: gr.update(visible=False), self.result: ""}
                return (yield from self._repair(scene, paths or []))
            finally:
                for path in paths or []:
                    Path(path).unlink(missing_ok=True)

        idle = {self.progress: "", self.stop: gr.update(visible=False), self.files: None}
        run = tab.heavily(self.files.upload, bring, first=[self.files], outputs=[self.file, self.result],
                          message=self.message, finally_=idle)
        self.stop.click(lambda: idle, None, list(idle), cancels=[run], **QUIETLY)

    def show(self, scene: Scene, *_: Any) -> dict[Any, Any]:
        """It is not about the picture on the stage."""
        return {}

    def _repair(self, scene: Scene, paths: list[str]) -> Steps:
        repairer, language = scene.repairer, scene.language
        place = file_place(self.file, "repaired.zip")
        done: dict[str, Findings] = {}
        refused: list[Refused] = []
        finished = False
        try:
            # Stored: a PNG is packed already.
            with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as archive:
                for now in read_each(paths, bounds=BOUNDS):
                    refused += now.refused
                    if now.picture is None:
                        yield {self.progress: _progress(now.done, now.total, now.parts, language)}
                        continue
                    found, image = repairer.estimate(now.picture.pixels), None
                    try:
                        for step in repairer.restoring(now.picture.pixels, told=found):
                            image = step.image
                            at = now.done + step.done / step.total
                            yield {self.progress: _progress(at, now.total, now.parts, language)}
                    except LabError as error:
                        refused.append(Refused("/".join(now.parts), error))
                        continue
                    assert image is not None
                    name = file_name(now.parts, done)
                    archive.writestr(name, _encoded(image, now.picture))
                    done[name] = found
            if not done:
                return {self.result: _refused(refused, language) or tag("p", text(say("restore.batch.none", language)))}
            finished = True
            return {**offered(self.file, place, language), self.result: _list(done, refused, language)}
        finally:
            if not finished:  # stopped, or nothing came of it
                place.unlink(missing_ok=True)


def file_name(parts: Iterable[str], taken: Iterable[str]) -> str:
    """What a picture is called in the zip: its folders and name as .png, with a number where that is taken."""
    path = PurePosixPath(*parts)
    used = {one.lower() for one in taken}  # many machines do not tell A from a
    name, count = str(path.with_suffix(".png")), 1
    while name.lower() in used:
        count += 1
        name = str(path.with_name(f"{path.stem}-{count}.png"))
    return name


def _encoded(image: Image, source: Picture) -> bytes:
    return encode_png(image, source.alpha, icc_profile=source.icc_profile, exif=source.exif)


def _what(language: str) -> str:
    said = say("restore.batch.what", language, pictures=BOUNDS.pictures, megapixels=BOUNDS.megapixels,
               most=MOST // 1_000_000)
    return tag("p", text(said))


def _progress(done: float, total: int, parts: tuple[str, ...], language: str) -> str:
    fraction = done / total if total else 1.0
    bar = tag("span", tag("span", class_="done", style=f"width:{share(fraction)}%"), class_="progress")
    said = say("restore.batch.progress", language, done=int(done), total=total, name=parts[-1] if parts else "")
    return bar + tag("span", text(said), role="status")


def _list(done: dict[str, Findings], refused: list[Refused], language: str) -> str:
    """What was found wrong with each, and what could not be used."""
    title = say("restore.batch.done", language, count=len(done))
    heads = [tag("th", text(say(f"restore.{one}", language)), scope="col")
             for one in ("batch.name", "estimate.noise.is", "estimate.quality.is", "estimate.blur.is")]
    rows = [tag("tr", tag("th", text(name), scope="row"), tag("td", number(found.noise, 0)),
                tag("td", number(found.quality, 0)), tag("td", number(found.blur, 1)))
            for name, found in list(done.items())[:_SHOWN]]
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="findings")
    return (tag("p", tag("b", text(title)), class_="says")
            + tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=title)
            + _refused(refused, language))


def _refused(refused: list[Refused], language: str) -> str:
    """The files that could not be used, each with its reason; "" if there are none."""
    if not refused:
        return ""
    title = say("restore.batch.refused", language, count=len(refused))
    items = [tag("li", text(say("restore.batch.reason", language, name=one.name, why=explain(one.error, language))))
             for one in refused[:_SHOWN]]
    more = len(refused) - _SHOWN
    if more > 0:
        items.append(tag("li", text(f"+ {more}")))
    return tag("p", tag("b", text(title)), class_="says") + tag("ul", *items, class_="note left-out")
