"""Every picture of a gallery asked for its neighbours, once: what hubs, margins and confidence are read from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from ..metrics.retrieval import histogram, hubness, weighted_votes
from .index import Rows

#: Pictures asked; of a larger gallery a sample, so that the work stays within seconds on one core.
MOST = 10_000
#: Neighbours that make a hub (Radovanovic et al. 2010 use 10), and the share of votes that has to be right.
HUB_K = 10
RIGHT = 0.95

# Pictures asked at a time: 256 x 10,000 similarities are 10 MB.
_CHUNK = 256
# Above the mean by so many standard deviations a picture is a hub.
_HUB = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The nearest others of a gallery's pictures. Neighbours that are equally near come in any order.

    Attributes:
        asked: int64 (Q,), the pictures asked, ascending: all, or a sample of `MOST`.
        nearest: int64 (Q, k), their nearest other pictures, best first.
        similarity: float32 (Q, k), cosine similarity with these.
        own, other: float32 (Q,), similarity of the nearest other picture of its own class and of the nearest of
            any other class; NaN where there is none.
    """

    asked: npt.NDArray[np.int64]
    nearest: npt.NDArray[np.int64]
    similarity: npt.NDArray[np.float32]
    own: npt.NDArray[np.float32]
    other: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Hubs:
    """How often each picture is among the `k` nearest of another. Radovanovic et al. 2010, JMLR 11.

    Attributes:
        k: neighbours that count.
        asked: pictures that were asked; each is asked for its k nearest others.
        counts: int64 (M,), how many of them name this picture: "among the ten nearest of 214 others".
    """

    k: int
    asked: int
    counts: npt.NDArray[np.int64] = field(repr=False)

    @property
    def usual(self) -> float:
        """The mean of `counts`: k if all pictures were asked."""
        return float(self.counts.mean())

    @property
    def skewness(self) -> float:
        """Of `counts`: 0 where all are named equally often, above 1 where a few are named by many."""
        return hubness(self.counts)

    @property
    def least(self) -> float:
        """A picture named more often than this is a hub: two standard deviations above the mean (their sec. 5)."""
        return self.usual + _HUB * float(self.counts.std())

    @property
    def never(self) -> float:
        """Share of pictures, 0 to 1, that no other names: no search finds them ("anti-hubs")."""
        return float((self.counts == 0).mean())

    def is_hub(self, picture: int) -> bool:
        """Whether this picture is among the nearest of unusually many."""
        return bool(self.counts[picture] > self.least)

    def biggest(self, count: int) -> npt.NDArray[np.int64]:
        """(count,) the pictures named most often, first the most; equal ones in the order of the gallery."""
        return np.argsort(-self.counts, kind="stable")[:count]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """By how much the pictures of a gallery are nearer to their own class than to any other.

    Attributes:
        values: float32 (Q,), ascending: similarity of the nearest other picture of its class, less that of the
            nearest of another class. Below 0 the nearest picture is of a wrong class. Empty without classes.
    """

    values: npt.NDArray[np.float32] = field(repr=False)

    @property
    def wrong(self) -> float:
        """Share of the pictures, 0 to 1, whose nearest is of another class."""
        return self.share_below(0.0)

    def share_below(self, margin: float) -> float:
        """Share of the pictures, 0 to 1, with a smaller margin than this one; NaN if there is none at all."""
        return float((self.values < margin).mean()) if len(self.values) else math.nan

    def histogram(self, bins: int) -> tuple[float, ...]:
        """Shares of the pictures in each of so many equal bins from -1 to 1; () if there is none."""
        return histogram(self.values, bins=bins) if len(self.values) else ()


@dataclass(frozen=True, slots=True)
class Sureness:
    """From which share of the vote on a winner can be believed, as measured on the gallery's own pictures.

    Attributes:
        share: the smallest with which at least 95 % of the votes are right; infinite if none is large enough.
        right: share of the votes that were right among those with at least `share`, 0 to 1; NaN if there were none.
        reach: share of the gallery's pictures, 0 to 1, whose vote was as clear as that.
        asked: pictures that were asked.
    """

    share: float
    right: float
    reach: float
    asked: int


def survey(rows: Rows, labels: npt.NDArray[np.int64], *, k: int) -> Survey:
    """Ask each of `rows` (M, D), of unit length, for its `k` nearest others (fewer if there are fewer).

    `labels` (M,) are classes; where all are equal there is no other class.
    """
    count = len(rows)
    asked = np.arange(count) if count <= MOST else np.sort(np.random.default_rng(0).permutation(count)[:MOST])
    bank, classes = torch.from_numpy(np.array(rows, np.float32)), torch.from_numpy(np.array(labels))
    k = min(k, count - 1)
    parts = []
    for part in torch.from_numpy(asked).split(_CHUNK):
        similarity = bank[part] @ bank.T
        similarity[torch.arange(len(part)), part] = -torch.inf
        best = similarity.topk(k, dim=1)
        same = classes[part, None] == classes
        own = similarity.where(same, -torch.inf).amax(1)
        other = similarity.where(~same, -torch.inf).amax(1)
        parts.append((best.indices, best.values.clamp(-1, 1), own, other))
    nearest, scores, own, other = (torch.cat(column) for column in zip(*parts, strict=True))
    near = [side.where(side > -torch.inf, torch.nan).clamp(-1, 1).numpy() for side in (own, other)]
    return Survey(asked, nearest.numpy(), scores.numpy(), *near)


def hubs_of(survey: Survey, count: int, *, k: int = HUB_K) -> Hubs:
    """The hubs of a gallery of `count` pictures; with fewer neighbours than k, of as many as there are."""
    k = min(k, survey.nearest.shape[1])
    counts = np.bincount(survey.nearest[:, :k].ravel(), minlength=count)
    return Hubs(k, len(survey.asked), counts)


def margins_of(survey: Survey) -> Margins:
    """The margins of the pictures that have both another one of their class and one of another class."""
    margins = survey.own - survey.other
    return Margins(np.sort(margins[np.isfinite(margins)]))


def sureness_of(
    survey: Survey, labels: npt.NDArray[np.int64], classes: int, *, temperature: float, right: float = RIGHT
) -> Sureness:
    """Let each picture be voted on by the others and see from which share on `right` of the votes are right.

    Selective classification: the largest set of the clearest votes that is right as often as that (El-Yaniv & Wiener
    2010, JMLR 11; Geifman & El-Yaniv 2017, arXiv:1705.08500). It holds for pictures like the gallery's own.
    """
    count = len(survey.asked)
    if survey.nearest.shape[1] == 0:
        return Sureness(math.inf, math.nan, 0.0, count)
    shares = weighted_votes(survey.similarity, labels[survey.nearest], classes, temperature=temperature)
    top = shares.max(axis=1)
    order = np.argsort(-top, kind="stable")
    so_far = np.cumsum(shares.argmax(axis=1)[order] == labels[survey.asked][order]) / np.arange(1, count + 1)
    # A threshold takes all votes of the same share or none of them.
    last = np.append(np.diff(top[order]) < 0, True)
    enough = np.flatnonzero(last & (so_far >= right))
    if not enough.size:
        return Sureness(math.inf, math.nan, 0.0, count)
    at = int(enough[-1])
    return Sureness(float(top[order[at]]), float(so_far[at]), (at + 1) / count, count)
