"""What can be said of one generated picture: what it shows, how real it looks, and whether it is a copy.

The training pictures stay at home. Kept beside a generator's weights are their embeddings by the first encoder of
`quality.ENCODERS`, compact (see `compact`), and the spread of a few distances and logits. For gan-cifar10, 50,000
pictures of 256 numbers take 2.75 MB; what the rounding does to a picture's place among the unseen ones is measured at
each making and kept with the rest (`Reference.points`): there 2.7 points of 100 on average. The 48 main axes alone, a
byte each, would have moved it by 6.2 points, and found the same nearest picture in 42 % of the cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as pack_safetensors

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..core.images import Image
from ..data.datasets import Dataset, is_here, load
from ..gallery import build
from ..metrics.generative import nearest_distances
from ..metrics.retrieval import weighted_votes
from ..models.encoder.inference import Embedder
from ..models.gan.inference import Generator
from ..nn.decoding import Decoder
from .compact import BUDGET, CompactRows, compact, unpack
from .quality import at_side

#: The file with what is known of the training pictures, in a generator's checkpoint's folder.
REFERENCE = "sample_card.safetensors"
#: Neighbours that vote, and those that are shown.
VOTERS, SHOWN = 20, 5
#: Generated pictures that the discriminator compares with, the classes in turn.
MADE = 1000
#: A picture nearer to a training picture than so large a share of the unseen ones counts as a possible copy.
COPY = 0.99
#: Where the spread of a number is kept: each per cent.
_LEVELS = np.linspace(0, 1, 101)
#: A class with fewer real pictures has no spread of its own.
_LEAST = 20
#: Test pictures that the rounding is judged by.
_JUDGED = 1000
_CHUNK = 64

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How a number is spread, 0 % to 100 %: of all pictures, and of each class.

    Attributes:
        quantiles: float32 (1 + classes, 101), all pictures first.
    """

    quantiles: Rows = field(repr=False)

    def below(self, value: float, kind: int | None = None) -> float:
        """The share of the pictures (of that class) with a smaller number, 0 to 1."""
        return float(np.interp(value, self.quantiles[0 if kind is None else kind + 1], _LEVELS))

    def at(self, share: float, kind: int | None = None) -> float:
        """The number below which that share of the pictures (of that class) lies."""
        return float(np.interp(share, _LEVELS, self.quantiles[0 if kind is None else kind + 1]))


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a generator's pictures are compared with.

    Attributes:
        generator: the key of the generator that it belongs to.
        encoder, encoder_key: by which the training pictures were embedded.
        data: the data set; its training split in its order.
        rows: of the training pictures.
        labels: uint8 (M,), their classes.
        unseen: distances of the test pictures to the training picture nearest to each.
        made, real: the discriminator's logits of generated and of test pictures, for their classes; None without one.
        test: how many test pictures that were.
        points: by how many points of 100 the rounding moves a picture's place among the unseen ones, on average.
    """

    generator: str
    encoder: str
    encoder_key: str
    data: str
    rows: CompactRows
    labels: npt.NDArray[np.uint8] = field(repr=False)
    unseen: Spread
    made: Spread | None
    real: Spread | None
    test: int
    points: float


@dataclass(frozen=True, slots=True, eq=False)
class SampleCard:
    """What is said of one picture. Shares are 0 to 1.

    Attributes:
        shares: float32 (classes,), what the training pictures most alike vote that it shows.
        nearest, distances: (`SHOWN`,) places in the training split, and how far in the encoder's eyes (0 the same,
            2 the opposite).
        farther, farther_of_kind: share of the unseen real pictures that are farther from any training picture than
            this one, of all and of the class that was asked for.
        above_made, above_real: share of generated and of real pictures that the discriminator takes for less real, of
            all and of that class; None without a discriminator.
    """

    shares: Rows
    nearest: npt.NDArray[np.int64]
    distances: Rows
    farther: float
    farther_of_kind: float
    above_made: tuple[float, float] | None
    above_real: tuple[float, float] | None

    @property
    def may_be_copy(self) -> bool:
        """Whether it is nearer to a training picture than nearly all real pictures that are none."""
        return self.farther >= COPY


def sample_card(reference: Reference, generator: Decoder, encoder: Embedder, picture: Image, kind: int) -> SampleCard:
    """The card of a picture uint8 (S, S, 3) that was asked for as class `kind`.

    Raises LabError ``sample_card.stale`` where generator or encoder are others than the reference was made for.
    """
    if (generator.key, encoder.key) != (reference.generator, reference.encoder_key):
        raise LabError("sample_card.stale", name=generator.name)
    distances, places = (found[0] for found in reference.rows.nearest(encoder.embed([picture]), VOTERS))
    alike = 1 - np.square(distances) / 2  # of unit rows
    shares = weighted_votes(alike[None], reference.labels[places][None].astype(np.int64), len(generator.classes))[0]
    nearest = float(distances[0])
    above: list[tuple[float, float] | None] = [None, None]
    if reference.made is not None and reference.real is not None and isinstance(generator, Generator):
        logit = float(generator.realness([picture], [kind])[0])
        above = [(one.below(logit), one.below(logit, kind)) for one in (reference.made, reference.real)]
    return SampleCard(
        shares, places[:SHOWN], distances[:SHOWN], 1 - reference.unseen.below(nearest),
        1 - reference.unseen.below(nearest, kind), above[0], above[1],
    )


def training_pictures(data: str, side: int) -> Dataset | None:
    """The training split of a data set as a generator of that side would paint it; None where it is not here.

    The first call may take a minute. Raises what `datasets.load` raises.
    """
    return _training_pictures(data, side) if is_here(data) else None


@lru_cache(maxsize=2)  # up to 200 MB each
def _training_pictures(data: str, side: int) -> Dataset:
    return at_side(load(data, "train"), side)


def make_reference(
    generator: Decoder, encoder: Embedder, train: Dataset, test: Dataset, *, budget: int = BUDGET,
    on_progress: Callable[[float], None] = lambda share: None,
) -> tuple[Reference, bytes]:
    """The reference and its packed codes, for `write_reference`.

    `on_progress` hears the share done, 0 to 1. Raises LabError ``quality.other_classes`` where the data's classes are
    not the generator's, ``metric.too_few`` without pictures.
    """
    if train.classes != generator.classes:
        raise LabError("quality.other_classes", name=generator.name, data=train.name)
    train, test = (at_side(split, generator.side) for split in (train, test))
    seen, unseen = (
        _embedded(encoder, split, lambda share, part=part: on_progress((part + share) * 0.4))  # type: ignore[misc]
        for part, split in enumerate((train, test))
    )
    rows, packed = compact(seen, budget=budget)
    distances = rows.nearest(unseen, 1)[0][:, 0]
    on_progress(0.9)
    judged = np.random.default_rng(0).permutation(len(unseen))[:_JUDGED]
    exact = nearest_distances(seen, unseen[judged])
    moved = np.abs(_ranks(exact) - _ranks(distances[judged])).mean()
    classes = len(generator.classes)
    spreads: list[Spread | None] = [None, None]
    if isinstance(generator, Generator):
        kinds = np.arange(MADE) % classes
        made = _logits(generator, lambda part: generator.generate(part, kinds[part.start : part.stop].tolist()), kinds)
        real = _logits(generator, lambda part: test.pictures[part.start : part.stop], test.labels)
        spreads = [_spread(made, kinds, classes), _spread(real, test.labels, classes)]
    on_progress(1.0)
    return Reference(
        generator.key, encoder.name, encoder.key, train.name, rows, train.labels.astype(np.uint8),
        _spread(distances, test.labels, classes), spreads[0], spreads[1], len(test), round(100 * float(moved), 1),
    ), packed


def write_reference(folder: Path, reference: Reference, packed: bytes) -> Path:
    """Keep the reference in a checkpoint's folder; returns the file."""
    about: dict[str, Any] = {
        name: getattr(reference, name)
        for name in ("generator", "encoder", "encoder_key", "data", "test", "points")
    }
    about |= {"count": len(reference.rows), "step": reference.rows.step}
    tensors: dict[str, npt.NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8), "codes": np.frombuffer(packed, np.uint8),
        "axes": reference.rows.axes.astype(np.float16), "centre": reference.rows.centre, "labels": reference.labels,
    }
    for name in ("unseen", "made", "real"):
        spread = getattr(reference, name)
        if spread is not None:
            tensors[name] = spread.quantiles
    write_atomically(folder / REFERENCE, pack_safetensors(tensors))
    return folder / REFERENCE


def read_reference(folder: Path, generator: Decoder) -> Reference:
    """What was kept. Raises LabError ``sample_card.missing``, ``.damaged``, and ``.stale`` for another generator's."""
    path = folder / REFERENCE
    try:
        kept = parse_safetensors(path.read_bytes())
        about = json.loads(kept["about"].tobytes())
        rows = CompactRows(
            unpack(kept["codes"].tobytes(), about["count"]), kept["axes"].astype(np.float32), kept["centre"],
            about["step"],
        )
        spreads = {name: Spread(kept[name]) if name in kept else None for name in ("unseen", "made", "real")}
        if spreads["unseen"] is None or len(kept["labels"]) != len(rows):
            raise ValueError(path.name)
        found = Reference(
            about["generator"], about["encoder"], about["encoder_key"], about["data"], rows, kept["labels"],
            spreads["unseen"], spreads["made"], spreads["real"], about["test"], about["points"],
        )
    except FileNotFoundError:
        raise LabError("sample_card.missing", name=generator.name) from None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        raise LabError("sample_card.damaged", file=f"{folder.name}/{REFERENCE}") from None
    if found.generator != generator.key:
        raise LabError("sample_card.stale", name=generator.name)
    return found


def _embedded(encoder: Embedder, data: Dataset, tell: Callable[[float], None]) -> Rows:
    for now in build(data, encoder.embed, f"{encoder.key} for quality"):
        tell(now.fraction)
    assert now.gallery is not None
    return now.gallery.index.rows


def _logits(
    generator: Generator, pictures: Callable[[range], Image | Sequence[Image]], kinds: npt.NDArray[np.int64]
) -> Rows:
    parts = []
    for start in range(0, len(kinds), _CHUNK):
        part = range(start, min(start + _CHUNK, len(kinds)))
        parts.append(generator.realness(pictures(part), kinds[part.start : part.stop].tolist()))
    return np.concatenate(parts)


def _spread(values: npt.NDArray[np.floating], kinds: npt.NDArray[np.int64], classes: int) -> Spread:
    everything = np.quantile(values, _LEVELS)
    rows = [everything]
    for number in range(classes):
        own = values[kinds == number]
        rows.append(np.quantile(own, _LEVELS) if len(own) >= _LEAST else everything)
    return Spread(np.stack(rows).astype(np.float32))


def _ranks(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Each number's place among all of them, 0 to 1."""
    places = np.empty(len(values))
    places[np.argsort(values, kind="stable")] = np.arange(len(values)) / max(1, len(values) - 1)
    return places
