"""What can be said of one generated picture: what it shows, how real it looks, and whether it is a copy.

Two things are compared with: what an encoder knows of the training pictures (see `known`, kept beside the first
encoder of `quality.ENCODERS`), and the spread of the discriminator's logits (kept beside the generator).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as pack_safetensors

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..core.images import Image
from ..data.datasets import Dataset, is_here, load
from ..metrics.retrieval import weighted_votes
from ..models.encoder.inference import Embedder
from ..models.gan.inference import Generator
from ..nn.decoding import Decoder
from .known import Known, Spread
from .quality import at_side

#: The file in a generator's checkpoint's folder.
REFERENCE = "sample_card.safetensors"
#: Neighbours that vote, and those that are shown.
VOTERS, SHOWN = 20, 5
#: Generated pictures that the discriminator compares with, the classes in turn.
MADE = 1000
#: A picture nearer to a training picture than so large a share of the unseen ones counts as a possible copy.
COPY = 0.99
_CHUNK = 64

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a generator's pictures are compared with.

    Attributes:
        generator: the key of the generator that it belongs to.
        known: of its training pictures.
        made, real: the discriminator's logits of generated and of test pictures, for their classes; None without one.
    """

    generator: str
    known: Known
    made: Spread | None
    real: Spread | None


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
    if (generator.key, encoder.key) != (reference.generator, reference.known.encoder_key):
        raise LabError("sample_card.stale", name=generator.name)
    known = reference.known
    distances, places = (found[0] for found in known.rows.nearest(encoder.embed([picture]), VOTERS))
    alike = 1 - np.square(distances) / 2  # of unit rows
    shares = weighted_votes(alike[None], known.labels[places][None].astype(np.int64), len(generator.classes))[0]
    nearest = float(distances[0])
    above: list[tuple[float, float] | None] = [None, None]
    if reference.made is not None and reference.real is not None and isinstance(generator, Generator):
        logit = float(generator.realness([picture], [kind])[0])
        above = [(one.below(logit), one.below(logit, kind)) for one in (reference.made, reference.real)]
    return SampleCard(
        shares, places[:SHOWN], distances[:SHOWN], 1 - known.unseen.below(nearest),
        1 - known.unseen.below(nearest, kind), above[0], above[1],
    )


def training_pictures(data: str, side: int) -> Dataset | None:
    """The training split of a data set as a generator of that side would paint it; None where it is not here.

    The first call may take a minute. Raises what `datasets.load` raises.
    """
    return _training_pictures(data, side) if is_here(data) else None


@lru_cache(maxsize=2)  # up to 200 MB each
def _training_pictures(data: str, side: int) -> Dataset:
    return at_side(load(data, "train"), side)


def make_reference(generator: Decoder, known: Known, test: Dataset) -> Reference:
    """What the discriminator says of pictures made and real, beside what is known of the data.

    Raises LabError ``quality.other_classes`` where the data's classes are not the generator's.
    """
    if test.classes != generator.classes:
        raise LabError("quality.other_classes", name=generator.name, data=test.name)
    if not isinstance(generator, Generator):
        return Reference(generator.key, known, None, None)
    test = at_side(test, generator.side)
    kinds = np.arange(MADE) % len(generator.classes)
    made = _logits(generator, lambda part: generator.generate(part, kinds[part.start : part.stop].tolist()), kinds)
    real = _logits(generator, lambda part: test.pictures[part.start : part.stop], test.labels)
    classes = len(generator.classes)
    return Reference(generator.key, known, Spread.of(made, kinds, classes), Spread.of(real, test.labels, classes))


def write_reference(folder: Path, reference: Reference) -> Path:
    """Keep the reference in a generator's folder, but for what is known of the data; returns the file."""
    known = reference.known
    about = {"generator": reference.generator, "encoder": known.encoder, "data": known.data, "side": known.side}
    tensors = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)} | {
        name: spread.quantiles
        for name, spread in (("made", reference.made), ("real", reference.real)) if spread is not None
    }
    write_atomically(folder / REFERENCE, pack_safetensors(tensors))
    return folder / REFERENCE


def read_reference(folder: Path, generator: Decoder, known: Callable[[str, str, int], Known | None]) -> Reference:
    """What was kept in a generator's folder; `known(encoder, data, side)` finds what is known of the data.

    Raises LabError ``sample_card.missing``, ``.damaged``, and ``.stale`` for another generator's.
    """
    path = folder / REFERENCE
    try:
        kept = parse_safetensors(path.read_bytes())
        about = json.loads(kept["about"].tobytes())
        made, real = (Spread(kept[name]) if name in kept else None for name in ("made", "real"))
        weights, where = about["generator"], (about["encoder"], about["data"], about["side"])
    except FileNotFoundError:
        raise LabError("sample_card.missing", name=generator.name) from None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        raise LabError("sample_card.damaged", file=f"{folder.name}/{REFERENCE}") from None
    if weights != generator.key:
        raise LabError("sample_card.stale", name=generator.name)
    found = known(*where)
    if found is None:
        raise LabError("sample_card.missing", name=generator.name)
    return Reference(weights, found, made, real)


def _logits(
    generator: Generator, pictures: Callable[[range], Image | Sequence[Image]], kinds: npt.NDArray[np.int64]
) -> Rows:
    parts = []
    for start in range(0, len(kinds), _CHUNK):
        part = range(start, min(start + _CHUNK, len(kinds)))
        parts.append(generator.realness(pictures(part), kinds[part.start : part.stop].tolist()))
    return np.concatenate(parts)
