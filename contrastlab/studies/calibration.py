"""What is a similarity of 0.62 worth? Where it lies among strangers, and among views of one and the same picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from ..data.augment import POLICIES, Policy, apply, draw
from ..gallery import Gallery
from ..metrics.retrieval import BAND_BINS, different_pairs, histogram
from .rolls import Embed

#: Pictures of which two views are made, and random pairs that are compared.
TWINS = 400
PAIRS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Where the cosine similarities of many pairs lie.

    Attributes:
        values: float32 (N,), ascending.
    """

    values: npt.NDArray[np.float32] = field(repr=False)

    def share_below(self, similarity: float) -> float:
        """Share of the pairs, 0 to 1, that are less alike: "more alike than 97 % of random pairs"."""
        return float(np.searchsorted(self.values, similarity, side="left")) / len(self.values)

    def at(self, share: float) -> float:
        """The similarity that this share of the pairs, 0 to 1, stays below."""
        return float(np.quantile(self.values, share))

    def histogram(self, bins: int = BAND_BINS) -> tuple[float, ...]:
        """Shares of the pairs, adding up to 1, in each of so many equal bins from -1 to 1."""
        return histogram(self.values, bins=bins)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Two yardsticks for one similarity.

    Attributes:
        strangers: random pairs of different pictures of the gallery.
        twins: pairs of two changed versions of one picture.
        told_apart: how often a twin pair is more alike than a pair of strangers, 0.5 (never told apart) to 1: the
            area under the ROC curve.
    """

    strangers: Spread
    twins: Spread
    told_apart: float


def calibrate(
    gallery: Gallery,
    embed: Embed,
    *,
    policy: Policy = POLICIES["simclr"],
    twins: int = TWINS,
    pairs: int = PAIRS,
    seed: int = 0,
) -> Calibration:
    """Measure both on a gallery with its embedder's `embed`; keep the result, it is the same for every query.

    Of at most `twins` pictures, chosen by `seed`, two views each are made and embedded. What is usual of views of
    one picture depends on the policy and is best read with the one that the network was trained with.
    Raises LabError ``metric.too_few`` for fewer than two pictures.
    """
    if twins < 1:
        raise LabError("metric.too_few", got=twins, needed=1)
    strangers = different_pairs(gallery.index.rows, pairs=pairs, seed=seed)
    chosen = np.random.default_rng(seed).permutation(len(gallery))[:twins]
    first, second = (
        embed([apply(gallery.pictures[at], draw(policy, seed, picture=int(at), view=view)) for at in chosen])
        for view in (0, 1)
    )
    alike = np.einsum("nd,nd->n", first, second)
    strangers, alike = np.sort(strangers), np.sort(alike)
    below = np.searchsorted(strangers, alike, side="left") + np.searchsorted(strangers, alike, side="right")
    return Calibration(Spread(strangers), Spread(alike), float(below.mean() / (2 * len(strangers))))
