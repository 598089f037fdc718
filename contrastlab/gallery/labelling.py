"""Labelling pictures by their neighbours, with the right to say "not sure"."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.knobs import Knob
from .gallery import VOTERS, Gallery

#: Share of the vote that a class needs.
SURE = Knob("sure", 0, 1, 0.6, 0.05)

COLUMNS = ("file", "label", "share", "similarity", "note")

# A cell that begins like this is run as a formula by spreadsheets (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Label:
    """What the neighbours of one picture say.

    Attributes:
        word: the class, "" where we abstain.
        share: of the vote for the class in front, 0 to 1, whether it was given or not.
        similarity: cosine similarity of the nearest neighbour.
        note: "" if the label was given; "far" if nothing in the gallery is as alike as its own pictures are to
            each other; "split" if the neighbours disagree.
    """

    word: str
    share: float
    similarity: float
    note: str


def label(
    gallery: Gallery, embeddings: npt.NDArray[np.float32], *, sure: float = SURE.default, k: int = VOTERS
) -> list[Label]:
    """A label or an abstention for each of (Q, D) embeddings.

    A vote always has a winner, even on noise; so a picture is labelled only if its nearest neighbour is as alike
    as is usual in the gallery (`Gallery.usual`), and if the winner has a share of at least `sure`.
    Raises LabError ``gallery.no_classes``, the errors of `SURE`, and those of `Index.nearest`.
    """
    least = SURE.check(sure)
    vote = gallery.vote(embeddings, k=k)
    labels = []
    for shares, similarity in zip(vote.shares, vote.nearest, strict=True):
        winner = int(shares.argmax())
        share = float(shares[winner])
        note = "far" if similarity < gallery.usual else "split" if share < least else ""
        labels.append(Label("" if note else gallery.classes[winner], share, float(similarity), note))
    return labels


def to_csv(names: Sequence[str], labels: Iterable[Label]) -> str:
    """A table with the columns `COLUMNS`; a name that a spreadsheet would run as a formula gets a ' before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for name, one in zip(names, labels, strict=True):
        numbers = (f"{one.share:.4f}", f"{one.similarity:.4f}")
        writer.writerow([_plain(name), _plain(one.word), *numbers, one.note])
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
