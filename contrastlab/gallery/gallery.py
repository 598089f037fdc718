"""Pictures with their embeddings, ready to be searched. Knows no encoder: it is handed a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from ..core.images import Image
from ..data.datasets import Dataset
from ..metrics.retrieval import Band, different_pair_band, weighted_votes
from . import cache
from .index import Index, Neighbours
from .survey import Hubs, Margins, Sureness, Survey, hubs_of, margins_of, sureness_of, survey

Embed = Callable[[Sequence[Image]], npt.NDArray[np.float32]]

#: Neighbours that vote, and how steeply their weight falls with similarity (Wu et al. 2018, arXiv:1805.01978).
VOTERS = 20
TEMPERATURE = 0.07

# Pictures embedded between two reports of progress, and before a cancel is heard: a fraction of a second on one core.
_CHUNK = 64
# Pictures embedded anew to see whether stored rows still are what the embedder says, and how nearly they must be.
_PROBES = 4
_SAME = 1 - 1e-4
# Pictures asked for their nearest neighbour to learn what is usual.
_SAMPLE = 1000
# Pairs compared to learn where different pictures lie: percentiles to about 0.01.
_PAIRS = 2000


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures and what an embedder made of them. Never changed after it is built; threads may share it.

    Attributes:
        name: of the data set, the folder, or what a visitor brought.
        pictures: M pictures uint8 (H, W, 3).
        labels: int64 (M,), indices into `classes`; -1 everywhere if there are no classes.
        classes: their names; () if the pictures have none.
        captions: M lines saying what each picture is (a file's name, what a generator was asked for), or ().
        key: of the embedder that made the embeddings.
        index: their search; `index.rows` are the embeddings, float32 (M, D) of unit length.
    """

    name: str
    pictures: Image | Sequence[Image] = field(repr=False)
    labels: npt.NDArray[np.int64] = field(repr=False)
    classes: tuple[str, ...]
    captions: tuple[str, ...] = field(repr=False)
    key: str
    index: Index = field(repr=False)

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def band(self) -> Band | None:
        """Where the similarities of two different pictures of this gallery lie; None if there is only one."""
        return different_pair_band(self.index.rows, pairs=_PAIRS) if len(self) > 1 else None

    def nearest(
        self, embedding: npt.NDArray[np.floating], k: int, *, exclude: int | npt.NDArray[np.int64] | None = None
    ) -> Neighbours:
        """The k pictures most alike; see `Index.nearest`."""
        return self.index.nearest(embedding, k, exclude=exclude)

    def class_of(self, picture: int) -> str:
        """The name of a picture's class, "" if it has none."""
        label = int(self.labels[picture])
        return self.classes[label] if label >= 0 else ""

    def vote(
        self,
        embedding: npt.NDArray[np.floating],
        *,
        k: int = VOTERS,
        temperature: float = TEMPERATURE,
        exclude: int | npt.NDArray[np.int64] | None = None,
    ) -> Vote:
        """What the k nearest (all there are, if fewer) say a picture is; for one embedding (D,) or for Q (Q, D).

        Raises LabError ``gallery.no_classes``, and what `nearest` raises.
        """
        if not self.classes:
            raise LabError("gallery.no_classes", name=self.name)
        found = self.nearest(embedding, min(k, max(1, len(self) - (exclude is not None))), exclude=exclude)
        scores, labels = np.atleast_2d(found.scores), self.labels[np.atleast_2d(found.indices)]
        shares = weighted_votes(scores, labels, len(self.classes), temperature=temperature)
        single = found.scores.ndim == 1
        return Vote(shares[0] if single else shares, scores[0, 0] if single else scores[:, 0])

    @cached_property
    def usual(self) -> float:
        """The similarity that 99 % of the gallery's pictures surpass to their nearest other picture.

        A query whose nearest neighbour is less alike than that is unlike anything here: one-class nearest
        neighbours (Tax 2001, One-class classification, sec. 3.4.3), at 1 % false alarms by construction. The
        similarity of random pairs would be no yardstick: the best of many is far above it even for noise.
        Of a sample of 1,000 pictures; -1 if there is only one.
        """
        if len(self) < 2:
            return -1.0
        chosen = np.random.default_rng(0).permutation(len(self))[:_SAMPLE]
        best = self.index.nearest(self.index.rows[chosen], 1, exclude=chosen).scores[:, 0]
        return float(np.quantile(best, 0.01))

    @cached_property
    def survey(self) -> Survey:
        """The `VOTERS` nearest others of each picture, asked for once: about a second for 10,000 pictures."""
        return survey(self.index.rows, self.labels, k=VOTERS)

    @cached_property
    def hubs(self) -> Hubs:
        """How often each picture is among the ten nearest of another."""
        return hubs_of(self.survey, len(self))

    @cached_property
    def margins(self) -> Margins:
        """By how much the pictures are nearer to their own class than to any other; none without classes."""
        return margins_of(self.survey)

    @cached_property
    def sureness(self) -> Sureness:
        """The share of the vote from which on 95 % of the gallery's own pictures are voted right by the others.

        Raises LabError ``gallery.no_classes``.
        """
        if not self.classes:
            raise LabError("gallery.no_classes", name=self.name)
        return sureness_of(self.survey, self.labels, len(self.classes), temperature=TEMPERATURE)

    @property
    def is_measured(self) -> bool:
        """Whether `measure` has nothing left to do."""
        return {"survey", "usual"} <= vars(self).keys()

    def measure(self) -> None:
        """Find out what a vote is worth, which takes a second or more; the gallery remembers it.

        Raises LabError ``gallery.no_classes``.
        """
        _ = self.sureness, self.margins, self.usual

    @cached_property
    def pictures_hash(self) -> str:
        """Changes whenever a pixel or the order of the pictures does: what kept results are filed under."""
        return cache.pictures_hash(self.pictures)


@dataclass(frozen=True, slots=True, eq=False)
class Vote:
    """A weighted vote of the nearest neighbours.

    Attributes:
        shares: float32, (classes,) for one query or (Q, classes): adding up to 1.
        nearest: float64, () or (Q,): similarity of the nearest neighbour.
    """

    shares: npt.NDArray[np.float32]
    nearest: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Building:
    """How far the building of a gallery has come.

    Attributes:
        done, total: pictures embedded and altogether.
        gallery: the result, in the last report only.
        stored: whether the embeddings were found on disk.
    """

    done: int
    total: int
    gallery: Gallery | None = None
    stored: bool = False

    @property
    def fraction(self) -> float:
        """Share that is done, 0 to 1."""
        return self.done / self.total


def build(
    data: Dataset, embed: Embed, key: str, *, captions: Sequence[str] = (), keep: bool = True
) -> Iterator[Building]:
    """Embed the pictures of `data`, telling how far it is; the last report holds the gallery.

    `embed` turns N pictures into (N, D) rows of unit length, and `key` changes whenever its answers would: the
    hash of its weights and of its preprocessing. With `keep` the rows are stored on disk under (key, hash of the
    pictures) and found there next time. Should a stored row differ from what `embed` says of that picture now,
    nothing of them is used: a stale answer is never given, even if the key was careless.
    Closing the iterator stops the work and stores nothing.

    Raises LabError ``gallery.empty``, ``gallery.wrong_captions``, and what `embed` raises.
    """
    count = len(data)
    if count == 0:
        raise LabError("gallery.empty")
    if captions and len(captions) != count:
        raise LabError("gallery.wrong_captions", got=len(captions), count=count)
    identity = f"{key}\0{cache.pictures_hash(data.pictures)}" if keep else ""
    rows = cache.read(identity) if keep else None
    stored = rows is not None and _is_current(rows, data.pictures, embed)
    if rows is None or not stored:
        parts = []
        for start in range(0, count, _CHUNK):
            yield Building(start, count)
            parts.append(embed([data.pictures[at] for at in range(start, min(start + _CHUNK, count))]))
        rows = np.concatenate(parts)
    index = Index(rows)
    if len(index) != count:
        raise LabError("gallery.wrong_embedding", got=f"{rows.shape}", expected=f"({count}, D)")
    if keep and not stored:
        cache.write(identity, index.rows)
    yield Building(
        count, count,
        Gallery(data.name, data.pictures, data.labels, data.classes, tuple(captions), key, index), stored,
    )


def built(progress: Iterator[Building]) -> Gallery:
    """The gallery at the end of `build`, for those who watch no progress."""
    *_, last = progress
    assert last.gallery is not None
    return last.gallery


def _is_current(rows: npt.NDArray[np.float32], pictures: Image | Sequence[Image], embed: Embed) -> bool:
    """Whether stored rows are what `embed` makes of the pictures, judged by a few of them."""
    if rows.ndim != 2 or len(rows) != len(pictures):
        return False
    chosen = np.unique(np.linspace(0, len(rows) - 1, _PROBES).astype(int))
    now = embed([pictures[at] for at in chosen])
    if now.shape != (len(chosen), rows.shape[1]):
        return False
    alike = np.einsum("nd,nd->n", now, rows[chosen])
    return bool((alike >= _SAME).all())
