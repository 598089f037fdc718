"""One request's view with its pictures, embeddings and neighbours: what is drawn on the page is drawn from this."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ....core.errors import LabError
from ....core.images import Image
from ....data.augment import Drawn, apply
from ....data.pixels import centre_square
from ....gallery import Gallery
from ....lab import Lab
from ....models.encoder.inference import Embedder
from ....models.encoder.inference import view as seen_by
from ... import shelf
from .eyes import encoder_of
from .mine import Mine
from .view import OWN, View

#: What the lab calls the eye that has learned nothing.
PIXELS = "pixels"
#: Neighbours in a row.
ROW = 5


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """What an eye finds most alike.

    Attributes:
        itself: places in the gallery of the question itself and of exact duplicates; () if there are none.
        indices: int64 (k,), places of the others, best first.
        scores: float64 (k,), their cosine similarities.
    """

    itself: tuple[int, ...]
    indices: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scene:
    """What a visitor looks at, for the length of one request.

    Attributes:
        lab: where encoders and galleries are.
        view: the settings.
        own: path of the visitor's own picture, if they brought one.
        own_gallery: the visitor's own pictures, if they brought any.
        language: of the words.
    """

    lab: Lab
    view: View
    own: str | None
    own_gallery: Mine | None
    language: str
    _found: dict[tuple[str, int], Nearest] = field(default_factory=dict, init=False, repr=False, compare=False)

    # -- who looks ------------------------------------------------------------------------------------------------

    @cached_property
    def eye(self) -> Embedder:
        """The embedder of the second row."""
        return self.lab.encoder(self.eye_name)

    @cached_property
    def pixels(self) -> Embedder:
        """The embedder of the first row: the pixels themselves."""
        return self.lab.encoder(PIXELS)

    @cached_property
    def eye_name(self) -> str:
        """What the lab calls the eye."""
        return encoder_of(self.view.eye, self.view.gallery)

    def gallery(self, encoder: str | None = None) -> Gallery:
        """The gallery as the encoder of this name (the eye, if not said) sees it; built on the spot if it never was.

        Raises LabError ``neighbours.no_own`` if it is the visitor's own and they have brought none.
        """
        encoder = encoder or self.eye_name
        if self.view.gallery != OWN:
            return self.lab.gallery(self.view.gallery, encoder=encoder)
        if self.own_gallery is None:
            raise LabError("neighbours.no_own")
        return self.own_gallery.gallery(self.lab, encoder)

    # -- what is asked --------------------------------------------------------------------------------------------

    @property
    def query_index(self) -> int | None:
        """The question's place in the gallery; None if it is not from there."""
        return self.view.index

    @property
    def is_foreign(self) -> bool:
        """Whether the question is a picture from elsewhere, about which no class word is said."""
        return self.query_index is None

    @property
    def query_class(self) -> str:
        """The question's class; "" for a foreign one and where the gallery has no classes."""
        return "" if self.query_index is None else self.gallery(PIXELS).class_of(self.query_index)

    @cached_property
    def whole(self) -> Image:
        """The question's picture before crop and sliders, (H, W, 3) uint8, read-only; photographs at preview size."""
        if self.query_index is not None:
            return self.gallery(PIXELS).pictures[self.query_index]
        before = shelf.preview(self.own if self.view.query == OWN else None, self.view.photo)
        return apply(before, Drawn.from_json(self.view.drawn)) if self.view.drawn else before

    @cached_property
    def query(self) -> Image:
        """What is embedded: the crop, changed as the sliders say, (S, S, 3) uint8."""
        whole = self.whole
        if self.view.crop is None:
            square = centre_square(whole)
        else:
            left, top, side = self.view.crop.within(whole.shape[1], whole.shape[0])
            square = np.ascontiguousarray(whole[top : top + side, left : left + side])
        return apply(square, self.view.change) if self.view.is_changed else square

    @cached_property
    def seen(self) -> Image:
        """The question as the eye gets it, or the pixels where the eye is missing, (side, side, 3) uint8."""
        try:
            return seen_by(self.query, self.eye.side)
        except LabError:
            return seen_by(self.query, self.pixels.side)

    # -- what is found --------------------------------------------------------------------------------------------

    def embedding(self, embedder: Embedder) -> npt.NDArray[np.float32]:
        """(D,) of unit length: the question as this embedder sees it."""
        if self.query_index is not None and not self.view.is_changed:
            row: npt.NDArray[np.float32] = self.gallery(embedder.name).index.rows[self.query_index]
            return row
        return embedder.embed([self.query])[0]

    def nearest(self, embedder: Embedder, k: int = ROW) -> Nearest:
        """The k pictures most alike (all there are, if fewer), the question itself apart."""
        if (embedder.name, k) not in self._found:
            self._found[embedder.name, k] = self._search(embedder, k)
        return self._found[embedder.name, k]

    def _search(self, embedder: Embedder, k: int) -> Nearest:
        gallery, embedding = self.gallery(embedder.name), self.embedding(embedder)
        ask = k + 1
        while True:
            found = gallery.nearest(embedding, min(ask, len(gallery)))
            others = ~found.itself
            if others.sum() >= k or ask >= len(gallery):
                break
            ask *= 2  # more exact duplicates than expected
        itself = tuple(int(place) for place in found.indices[found.itself])
        return Nearest(itself, found.indices[others][:k], found.scores[others][:k])
