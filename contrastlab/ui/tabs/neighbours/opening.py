"""What is asked where nobody has asked yet: the question on which the two eyes differ most."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np

from ....core.errors import LabError
from ....gallery import Gallery
from ....lab import DEFAULT_ENCODER, Lab
from ....studies.opening import OPENING, read_opening
from . import shelves
from .eyes import encoder_of, eyes_for
from .scene import PIXELS, ROW, Scene
from .view import EYE, OWN, View

#: So many of a gallery's pictures are tried.
_TRIED = 300


class Openings:
    """The opening questions of the galleries, each looked for once."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._found: dict[str, int] = {}

    def first(self) -> View:
        """What a first visit sees: the first gallery that is on this machine. It is opened here."""
        name = next(name for name in self.lab.galleries() if shelves.is_at_hand(name))
        seen = [self.lab.gallery(name, encoder=PIXELS)]
        with suppress(LabError):  # without a checkpoint, the tab says so in the row that is missing
            seen.append(self.lab.gallery(name, encoder=DEFAULT_ENCODER))
        kept = self._kept(seen[-1]) if len(seen) > 1 else None
        self._found[name] = _telling(seen) if kept is None else kept
        return View(name, str(self._found[name]))

    def settled(self, scene: Scene) -> Scene:
        """The scene with an eye that its gallery can be seen with, and with a question that it can answer."""
        view = scene.view
        if view.eye not in eyes_for(self.lab, view.gallery):
            view = replace(view, eye=EYE.default)
        size = len(replace(scene, view=view).gallery(PIXELS))
        if view.query == "" or (view.index is not None and view.index >= size) or (view.query == OWN and not scene.own):
            view = replace(view.plain(), query=str(self._question(replace(scene, view=view))), trail=())
        trail = tuple(one for one in view.trail if not one.isdecimal() or int(one) < size)
        return replace(scene, view=replace(view, trail=trail))

    def _kept(self, learned: Gallery) -> int | None:
        """The question that a script chose with care and kept with the encoder; None if it is out of date."""
        keys = {"encoder": self.lab.encoder(DEFAULT_ENCODER).key, "baseline": self.lab.encoder(PIXELS).key}
        opening = read_opening(self.lab.checkpoints / DEFAULT_ENCODER / OPENING, learned, **keys)
        return None if opening is None else opening.query

    def _question(self, scene: Scene) -> int:
        name = scene.view.gallery
        if name not in self._found or name == OWN:
            encoder = encoder_of(scene.view.eye, name)
            self._found[name] = _telling([scene.gallery(PIXELS), scene.gallery(encoder)])
        return self._found[name]


def _telling(seen: list[Gallery]) -> int:
    """The place of the picture whose row is of its own kind most often by what was learned and least by pixels."""
    plain, learned = seen[0], seen[-1]
    if len(plain) < 2 or not plain.classes or plain is learned:
        return 0
    tried = np.linspace(0, len(plain) - 1, min(_TRIED, len(plain))).astype(np.int64)
    hits = []
    for gallery in (plain, learned):
        found = gallery.nearest(gallery.index.rows[tried], min(ROW, len(gallery) - 1), exclude=tried)
        hits.append((gallery.labels[found.indices] == gallery.labels[tried, None]).sum(axis=1))
    return int(tried[np.argmax(hits[1] - hits[0])])
