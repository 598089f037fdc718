"""Are these neighbours there to stay? The same search for many changed versions of one picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.images import Image
from ..data.augment import POLICIES, Policy, apply, draw
from ..gallery import Gallery
from ..metrics.retrieval import rank_stability
from .rolls import Embed

#: Changed versions of a picture: each neighbour's share is known to 9 points (one standard deviation) or better.
VERSIONS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """The k neighbours of a picture and how often they stay.

    Attributes:
        neighbours: int64 (k,), pictures of the gallery, best first.
        similarities: float64 (k,), their cosine similarity with the unchanged picture.
        kept: float64 (k,), for each the share of the versions, 0 to 1, that have it among their k nearest as well.
        seeds: int64 (V,); version i is `apply(picture, draw(policy, seeds[i]))`.
    """

    neighbours: npt.NDArray[np.int64]
    similarities: npt.NDArray[np.float64]
    kept: npt.NDArray[np.float64]
    seeds: npt.NDArray[np.int64]

    @property
    def mean(self) -> float:
        """Share of the neighbours, 0 to 1, that a changed version keeps on average."""
        return float(self.kept.mean())


def stability(
    picture: Image,
    gallery: Gallery,
    embed: Embed,
    *,
    policy: Policy = POLICIES["simclr"],
    k: int = 10,
    versions: int = VERSIONS,
    first_seed: int = 0,
    exclude: int | None = None,
) -> Stability:
    """Change `picture` (H, W, 3) uint8 in `versions` ways and search `gallery` for each; `embed` is its embedder's.

    The same seeds give the same versions, so that two embedders are asked about the same. `exclude` is the
    picture's own row, if it is in the gallery: it and its versions would find it. Raises what `Gallery.nearest` does.
    """
    seeds = np.arange(first_seed, first_seed + versions, dtype=np.int64)
    rows = embed([picture, *(apply(picture, draw(policy, int(seed))) for seed in seeds)])
    left_out = None if exclude is None else np.full(len(rows), exclude, np.int64)
    found = gallery.nearest(rows, k, exclude=left_out)
    kept = rank_stability(found.indices[0], found.indices[1:])
    return Stability(found.indices[0], found.scores[0], kept, seeds)
