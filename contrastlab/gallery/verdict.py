"""What the neighbours say about one picture: sure, not sure, or unlike anything here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from .gallery import Gallery
from .index import Neighbours

# Pictures looked through first for the nearest of another class; eight times as many when that was not enough.
_FIRST = 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """A vote with the right to abstain; each number beside the one that it is measured by.

    Attributes:
        kind: "sure"; "split" if the winner's share is below `needed`; "far" if nothing in the gallery is as alike
            as its own pictures are to each other.
        winner, runner_up: indices of the two classes in front.
        share, runner_up_share: of the vote, 0 to 1.
        needed: the share from which on votes are right in 95 of 100 cases (`Gallery.sureness`); infinite if none is.
        nearest: cosine similarity of the nearest neighbour.
        usual: what 99 % of the gallery's pictures surpass (`Gallery.usual`).
    """

    kind: Literal["sure", "split", "far"]
    winner: int
    share: float
    runner_up: int
    runner_up_share: float
    needed: float
    nearest: float
    usual: float


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The nearest picture of a query's own class, and the nearest of any other.

    "Near hit" and "near miss" of Kira & Rendell 1992 (Relief), with similarities in place of distances.

    Attributes:
        own, other: pictures of the gallery.
        own_similarity, other_similarity: their cosine similarities.
        share_below: share of the gallery's pictures with a smaller margin, 0 to 1; see `Margins`.
    """

    own: int
    own_similarity: float
    other: int
    other_similarity: float
    share_below: float

    @property
    def margin(self) -> float:
        """How much nearer the own class is; below 0 another class is nearer."""
        return self.own_similarity - self.other_similarity


def verdict(gallery: Gallery, embedding: npt.NDArray[np.floating], *, exclude: int | None = None) -> Verdict:
    """The verdict on one embedding (D,). `exclude` is the query's own row, which must not vote for itself.

    Both thresholds are measured on the gallery (Chow 1970, On optimum recognition error and reject tradeoff, is the
    idea). Raises LabError ``gallery.no_classes`` and what `Gallery.nearest` raises.
    """
    vote = gallery.vote(embedding, exclude=exclude)
    order = np.argsort(-vote.shares, kind="stable")
    winner, runner_up = int(order[0]), int(order[min(1, len(order) - 1)])
    share, needed, nearest = float(vote.shares[winner]), gallery.sureness.share, float(vote.nearest)
    kind: Literal["sure", "split", "far"] = "split" if share < needed else "sure"
    if nearest < gallery.usual:
        kind = "far"
    return Verdict(
        kind, winner, share, runner_up, float(vote.shares[runner_up]), needed, nearest, gallery.usual
    )


def nearest_miss(
    gallery: Gallery, embedding: npt.NDArray[np.floating], label: int, *, exclude: int | None = None
) -> NearestMiss:
    """Who is nearest to one embedding (D,) of class `label` within this class and outside of it.

    `exclude` is the query's own row. Raises LabError ``gallery.no_classes``, and ``metric.too_few`` if the class
    or the rest of the gallery is empty.
    """
    if not gallery.classes:
        raise LabError("gallery.no_classes", name=gallery.name)
    candidates = len(gallery) - (exclude is not None)
    k = min(_FIRST, candidates)
    while True:
        found = gallery.nearest(embedding, max(1, k), exclude=exclude)
        of_class = gallery.labels[found.indices] == label
        if of_class.any() and not of_class.all():
            break
        if k >= candidates:
            raise LabError("metric.too_few", got=0, needed=1)
        k = min(8 * k, candidates)
    hit, miss = int(of_class.argmax()), int((~of_class).argmax())
    scores = found.scores
    below = gallery.margins.share_below(float(scores[hit] - scores[miss]))
    return NearestMiss(
        int(found.indices[hit]), float(scores[hit]), int(found.indices[miss]), float(scores[miss]), below
    )


def is_mutual(gallery: Gallery, found: Neighbours, *, k: int) -> npt.NDArray[np.bool_]:
    """(n,) for each neighbour found for one query whether the query is among its `k` nearest in turn.

    A filter against hubs, who are everybody's neighbours and few are theirs. k is at most the number of others.
    """
    k = min(k, len(gallery) - 1)
    if k < 1:
        return np.ones(len(found.indices), bool)
    rows = gallery.index.rows[found.indices]
    theirs = gallery.nearest(rows, k, exclude=found.indices).scores[:, -1]
    # The query's own row has come from another batch than the one it is compared in; see `ITSELF`.
    mutual: npt.NDArray[np.bool_] = found.scores >= theirs - 5e-7
    return mutual
