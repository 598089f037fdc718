"""A gallery laid out flat: by PCA at once, by t-SNE worked out beforehand and kept with the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as pack_safetensors

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..gallery import Gallery, Index
from ..metrics.projection import trustworthiness

#: The file with a gallery's maps, beside the gallery.
MAPS = "maps.safetensors"
#: Neighbours that a map is judged by.
TRUSTED = 12

# Neighbours among which a new picture is put on a t-SNE map, and how steeply their weight falls (as in the vote).
_AMONG = 5
_TEMPERATURE = 0.07
# Rows stored with a map to see whether it is one of what the embedder says now, and how nearly they must agree:
# half precision and another machine cost 1e-6.
_PROBES = 4
_SAME = 1 - 1e-3
# Directions that the search for the main axes carries along, and how often it goes over the rows.
_CARRIED = 10
_PASSES = 16

Places = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """The two directions in which a gallery's embeddings vary most.

    Attributes:
        centre: float32 (D,), their mean.
        directions: float32 (2, D), orthonormal; the largest number of each is positive.
        explained: the shares of the variance along the two, 0 to 1.
    """

    centre: npt.NDArray[np.float32]
    directions: npt.NDArray[np.float32]
    explained: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Map:
    """Where each picture of a gallery lies on a square.

    Attributes:
        kind: "pca" or "tsne".
        places: float32 (M, 2), x to the right and y upward, in [0, 1]; one scale for both.
        axes: what a PCA map shows; None for t-SNE, whose axes mean nothing.
    """

    kind: Literal["pca", "tsne"]
    places: Places = field(repr=False)
    axes: Axes | None = field(repr=False)
    _index: Index = field(repr=False)
    _frame: tuple[Places, float] = field(repr=False)
    _known_trust: float | None = field(default=None, repr=False)

    @cached_property
    def trustworthiness(self) -> float:
        """Whether the 12 nearest on the map are neighbours in truth: 1 is best, 0.5 is chance. Of all pictures.

        NaN for 24 pictures or fewer. See `metrics.projection.trustworthiness`.
        """
        if self._known_trust is not None:
            return self._known_trust
        if len(self._index) <= 2 * TRUSTED:
            return float("nan")
        return trustworthiness(self._index.rows, self.places, k=TRUSTED)

    def place(self, embedding: npt.NDArray[np.floating]) -> Places:
        """(2,) where a new picture of that embedding (D,) belongs; a picture of the gallery lies at its own place.

        By PCA that is exact, and may lie outside the square. t-SNE has no formula for what it has not seen: there it
        is the mean of the places of the five nearest neighbours, the more alike the heavier.
        """
        found = self._index.nearest(embedding, min(_AMONG, len(self._index)))
        if found.itself[0]:
            return self.places[found.indices[0]]
        if self.axes is None:
            weights = np.exp((found.scores - found.scores[0]) / _TEMPERATURE)
            mean: Places = (weights @ self.places[found.indices] / weights.sum()).astype(np.float32)
            return mean
        unit = np.asarray(embedding, np.float32) / np.float32(np.linalg.norm(embedding))
        return _framed((unit - self.axes.centre) @ self.axes.directions.T, self._frame)


def pca_map(gallery: Gallery) -> Map:
    """The gallery along its two main axes: the same every time, and in a fraction of a second.

    Raises LabError ``metric.too_few`` for fewer than two pictures.
    """
    rows = gallery.index.rows
    if len(rows) < 2:
        raise LabError("metric.too_few", got=len(rows), needed=2)
    axes = _main_axes(rows)
    flat = (rows - axes.centre) @ axes.directions.T
    frame = _frame_of(flat)
    return Map("pca", _framed(flat, frame), axes, gallery.index, frame)


def tsne_map(gallery: Gallery, *, perplexity: float = 30.0, seed: int = 0) -> Map:
    """The gallery by t-SNE, by cosine distance and begun at PCA: near pictures stay near, far distances mean nothing.

    Van der Maaten & Hinton 2008, JMLR 9, by scikit-learn; begun at PCA as Kobak & Berens 2019, Nature Communications
    10:5416, advise. In small galleries `perplexity` is at most a third of the pictures. Ten seconds for 2,000 pictures
    on one core, a minute for 10,000; the same every time on one machine.
    Raises LabError ``metric.too_few`` for fewer than 8 pictures.
    """
    rows = gallery.index.rows
    if len(rows) < 8:
        raise LabError("metric.too_few", got=len(rows), needed=8)
    # Takes a second to import, and only this function needs it. It comes without types.
    from sklearn.manifold import TSNE  # type: ignore[import-untyped]

    perplexity = min(perplexity, (len(rows) - 1) / 3)
    flat = TSNE(perplexity=perplexity, metric="cosine", init="pca", random_state=seed).fit_transform(np.array(rows))
    frame = _frame_of(flat)
    return Map("tsne", _framed(flat, frame), None, gallery.index, frame)


def write_maps(path: Path, gallery: Gallery, maps: Mapping[str, Map]) -> None:
    """Keep t-SNE maps of one gallery: `maps` holds one for each embedder, by `Embedder.key`. Replaces the file.

    4 bytes a picture and map, coordinates in steps of 1/65535, with the hash of the pictures and a few embeddings.
    """
    tensors = {"pictures": _bytes_of(gallery.pictures_hash)}
    for key, one in maps.items():
        tensors[f"{key}/places"] = np.rint(one.places * 65535).astype(np.uint16)
        tensors[f"{key}/trustworthiness"] = np.array([one.trustworthiness], np.float32)
        tensors[f"{key}/probes"] = one._index.rows[_probes(len(one.places))].astype(np.float16)
    write_atomically(path, pack_safetensors(tensors))


def read_map(path: Path, gallery: Gallery, key: str) -> Map | None:
    """The kept t-SNE map of `gallery` by the embedder with this key.

    None if there is none, if the file is damaged, or if it is of other pictures or of embeddings that the embedder
    would no longer give: a stale map is not shown.
    """
    try:
        stored = parse_safetensors(path.read_bytes())
        places, probes = stored[f"{key}/places"], stored[f"{key}/probes"].astype(np.float32)
        if not np.array_equal(stored["pictures"], _bytes_of(gallery.pictures_hash)):
            return None
        trust = float(stored[f"{key}/trustworthiness"][0])
    except (OSError, SafetensorError, KeyError, IndexError, ValueError):
        return None
    now = gallery.index.rows[_probes(len(gallery))]
    if places.dtype != np.uint16 or places.shape != (len(gallery), 2) or probes.shape != now.shape:
        return None
    alike = np.einsum("nd,nd->n", probes, now) / np.linalg.norm(probes, axis=1).clip(1e-6)
    if not (alike >= _SAME).all():
        return None
    at = (places / 65535).astype(np.float32)
    return Map("tsne", at, None, gallery.index, _frame_of(at), trust)


def _main_axes(rows: npt.NDArray[np.float32]) -> Axes:
    """By a randomised singular value decomposition with a fixed start (Halko et al. 2011, arXiv:0909.4061, sec. 4.5).

    A full one takes half a minute on 2,000 x 3,072 pixels; this one differs by less than a map can show.
    """
    centre = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = rows - centre
    start = np.random.default_rng(0).standard_normal((rows.shape[1], min(_CARRIED, *rows.shape)), np.float32)
    basis = np.linalg.qr(centred @ start)[0]
    for _ in range(_PASSES):
        basis = np.linalg.qr(centred @ (centred.T @ basis))[0]
    _, lengths, directions = np.linalg.svd(basis.T @ centred, full_matrices=False)
    axes = np.zeros((2, rows.shape[1]), np.float32)
    axes[: len(directions)] = directions[:2]  # one dimension alone has one axis
    axes *= np.where(np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], 1) < 0, -1, 1)
    total = float(np.square(centred, dtype=np.float64).sum())
    along = [float(value) ** 2 / total if total > 0 else 0.0 for value in [*lengths[:2], 0.0][:2]]
    return Axes(centre, axes, (along[0], along[1]))


def _frame_of(flat: npt.NDArray[np.floating]) -> tuple[Places, float]:
    """The middle (2,) of the places and the longer side of the rectangle around them."""
    low, high = flat.min(axis=0), flat.max(axis=0)
    return ((low + high) / 2).astype(np.float32), max(float((high - low).max()), 1e-12)


def _framed(flat: npt.NDArray[np.floating], frame: tuple[Places, float]) -> Places:
    middle, span = frame
    framed: Places = ((flat - middle) / span + 0.5).astype(np.float32)
    return framed


def _probes(count: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, _PROBES).astype(np.int64))


def _bytes_of(digest: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(bytes.fromhex(digest), np.uint8)
