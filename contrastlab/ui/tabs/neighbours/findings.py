"""What is found out about a gallery once and for all its questions: measured when first looked at, then kept."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from ....core.errors import LabError
from ....gallery import Gallery
from ....text import say
from ...drawing import tag, text
from ...safely import told
from ...widgets import panel
from .scene import Scene

F = TypeVar("F")

#: A wish that the server has written down here comes back to it as an event, at once or after so many milliseconds;
#: what has been measured is drawn by the fold of that name.
WISHING = """watch('value', () => {
    const said = element.querySelector('[data-wanted], [data-measured]');
    if (said?.dataset.measured) window.contrastlab.followers[said.dataset.measured]?.();
    if (said?.dataset.wanted) setTimeout(() => said.isConnected && trigger('tick'), Number(said.dataset.after ?? 0));
})"""


class Findings:
    """Kept for as long as the gallery is there: a visitor's own goes with the visitor."""

    def __init__(self) -> None:
        self._kept: weakref.WeakKeyDictionary[Gallery, Any] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def __contains__(self, gallery: Gallery) -> bool:
        with self._lock:
            return gallery in self._kept

    def of(self, gallery: Gallery) -> Any:
        """What is known about this gallery, None if nothing is."""
        with self._lock:
            return self._kept.get(gallery)

    def keep(self, gallery: Gallery, found: F) -> F:
        """Know this from now on."""
        with self._lock:
            self._kept[gallery] = found
        return found


class Measuring:
    """A part's place for something that takes seconds the first time, in the lane that holds up no slider.

    `show` asks `of`, and where that is None puts `wish` into the page: the page asks for the work, and for the part
    again when it is done.
    """

    def __init__(self, fold: str, measure: Callable[[Scene], Any]) -> None:
        """`fold` is the name of the fold in which this lies."""
        self._fold, self._measure = fold, measure
        self._known = Findings()
        self.place = panel(value="", elem_classes=["note", "waiting"], js_on_load=WISHING)

    def of(self, gallery: Gallery) -> Any:
        """What was measured on this gallery, None if nothing was."""
        return self._known.of(gallery)

    def wish(self, gallery: Gallery, language: str) -> dict[Any, Any]:
        """Ask for it, and say so."""
        words = text(say("neighbours.measuring", language, count=f"{len(gallery):,}"))
        return {self.place: tag("i", data_wanted=f"{gallery.name} {gallery.key}", hidden=True) + words}

    def rest(self) -> dict[Any, Any]:
        """Nothing is wished for."""
        return {self.place: ""}

    def wire(self, tab: Any, message: gr.HTML) -> None:
        """`message` is where errors are told."""

        def measure(language: str, *values: Any) -> dict[Any, Any]:
            scene = tab.read(language, *values)
            gallery = scene.gallery()
            if gallery not in self._known:
                try:
                    self._known.keep(gallery, self._measure(scene))
                except LabError as error:
                    return {self.place: "", message: told(error, language)}
            return {self.place: tag("i", data_measured=self._fold, hidden=True)}

        tab.heavily(self.place.tick, measure, outputs=[self.place], message=message)
