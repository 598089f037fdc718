"""What a first visit is asked: the question on which the two eyes differ most."""

from __future__ import annotations

import numpy as np

from ....data.datasets import is_here
from ....lab import DEFAULT_ENCODER, GALLERIES, Lab
from .scene import PIXELS, ROW
from .view import EYE, View

#: So many of a gallery's pictures are tried.
_TRIED = 300


def first_view(lab: Lab) -> View:
    """The first gallery that is on this machine, and its opening question."""
    gallery = next(name for name in GALLERIES if is_here(name))
    return View(gallery, str(first_question(lab, gallery)), eye=EYE.default)


def first_question(lab: Lab, name: str) -> int:
    """The place of the picture whose row of five is right most often by what was learned and least by pixels."""
    hits = []
    for encoder in (DEFAULT_ENCODER, PIXELS):
        gallery = lab.gallery(name, encoder=encoder)
        tried = np.linspace(0, len(gallery) - 1, min(_TRIED, len(gallery))).astype(np.int64)
        found = gallery.nearest(gallery.index.rows[tried], min(ROW, len(gallery) - 1), exclude=tried)
        hits.append((gallery.labels[found.indices] == gallery.labels[tried, None]).sum(axis=1))
    return int(tried[np.argmax(hits[0] - hits[1])])
