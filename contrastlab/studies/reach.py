"""How near a generator comes to a picture: its own, those it was to learn from, and those it never heard of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..core.images import Image
from ..core.knobs import Knob
from ..data.datasets import PHOTOS, Dataset, photo
from ..models.encoder.inference import Embedder
from ..nn.decoding import Decoder
from .inversion import RESTARTS, STEPS, invert

#: The file with what was measured, in a generator's checkpoint folder.
REACH = "inversion.json"
#: By what a generator learned from, the encoder whose features are compared: one that was not taught to look away
#: from what makes two pictures of a class differ, where there is one of that side.
FEATURES: Mapping[str, str] = {
    "cifar10": "encoder-simclr-cifar10", "mnist": "encoder-supcon-digits", "glyphs": "encoder-supcon-digits",
    "flowers": "encoder-supcon-flowers",
}
#: Pictures searched for, of each kind.
COUNT = Knob("count", 2, 1000, 40, 1, integer=True)
KINDS = ("own", "real", "foreign")

# Seeds of the pictures of its own: not those that the page opens with.
_FIRST_SEED = 1_000_000
# The smallest square cut out of a photograph, as a share of its shorter side.
_SMALLEST = 0.3
# So many of its own pictures, or of the real ones, come as near as the limit.
_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Reach:
    """The smallest losses that searches ended with.

    Attributes:
        weights, encoder: keys of the generator and of the encoder ("" if the losses are those of pixels alone).
        steps, restarts: of each search.
        own, real, foreign: losses, ascending, for pictures that the generator painted itself, for real ones that it
            has not seen of the kind that it learned from, and for squares cut out of photographs of anything.
    """

    weights: str
    encoder: str
    steps: int
    restarts: int
    own: tuple[float, ...]
    real: tuple[float, ...]
    foreign: tuple[float, ...]

    @property
    def limits(self) -> tuple[float, float]:
        """The losses that 95 % of its own and 95 % of the real pictures stay below; the second at least the first."""
        own, real = (float(np.quantile(losses, _SHARE)) for losses in (self.own, self.real))
        return own, max(own, real)

    @property
    def told(self) -> float:
        """Share of the foreign pictures, 0 to 1, that are told from the real ones: nothing came near to them."""
        return float((np.array(self.foreign) > self.limits[1]).mean())

    def verdict(self, loss: float) -> str:
        """Where a search ended: "own", as near as to its own pictures; "real", as to those it learned from; "outside".

        NaN is outside.
        """
        own, real = self.limits
        return "own" if loss <= own else "real" if loss <= real else "outside"

    def nearer(self, kind: str, loss: float) -> float:
        """Share of the pictures of a kind, 0 to 1, to which the generator came nearer than this."""
        return float((np.array(getattr(self, kind)) < loss).mean())


@dataclass(frozen=True, slots=True)
class Measuring:
    """How far the measurement has come: pictures searched for and altogether; the result at the end."""

    done: int
    total: int
    reach: Reach | None = None


def measure_reach(
    decoder: Decoder,
    encoder: Embedder | None,
    real: Dataset,
    *,
    count: int = int(COUNT.default),
    steps: int = int(STEPS.default),
    restarts: int = int(RESTARTS.default),
) -> Iterator[Measuring]:
    """Search for `count` pictures of each kind, with no class given. `real` is a test split.

    Raises what `invert`, `COUNT` and `photo` raise, and LabError ``metric.too_few`` for less than two real pictures.
    """
    count = int(COUNT.check(count))
    if len(real) < 2:
        raise LabError("metric.too_few", got=len(real), needed=2)
    classes = len(decoder.classes)
    chosen = np.random.default_rng(0).permutation(len(real))[:count]
    pictures = {
        "own": list(decoder.generate(range(_FIRST_SEED, _FIRST_SEED + count), [at % classes for at in range(count)])),
        "real": [real.pictures[at] for at in chosen],
        "foreign": foreign(count),
    }
    total = sum(map(len, pictures.values()))
    done, losses = 0, dict[str, tuple[float, ...]]()
    for kind, those in pictures.items():
        found = []
        for picture in those:
            yield Measuring(done, total)
            *_, last = invert(decoder, picture, encoder=encoder, steps=steps, restarts=restarts)
            found.append(round(last.loss, 5))
            done += 1
        losses[kind] = tuple(sorted(found))
    key = "" if encoder is None else encoder.key
    yield Measuring(done, total, Reach(decoder.key, key, steps, restarts, **losses))


def foreign(count: int) -> list[Image]:
    """Squares cut out of the sample photographs by chance, the same ones each time.

    Raises what `photo` raises.
    """
    cut = []
    for number in range(count):
        picture = photo(PHOTOS[number % len(PHOTOS)])
        chance = np.random.default_rng(number)
        height, width = picture.shape[:2]
        side = int(min(height, width) * chance.uniform(_SMALLEST, 1))
        top, left = (int(chance.integers(0, room - side + 1)) for room in (height, width))
        cut.append(picture[top : top + side, left : left + side])
    return cut


def write_reach(path: Path, reach: Reach) -> None:
    """Keep what was measured. Replaces the file."""
    write_atomically(path, (json.dumps(asdict(reach)) + "\n").encode())


def read_reach(path: Path, decoder: Decoder, encoder: Embedder | None) -> Reach | None:
    """What is kept for this generator and this encoder; None if nothing is, or a damaged file, or one of others."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        reach = Reach(**{**stored, **{kind: tuple(map(float, stored[kind])) for kind in KINDS}})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    of_these = reach.weights == decoder.key and reach.encoder == ("" if encoder is None else encoder.key)
    return reach if of_these and all(len(getattr(reach, kind)) for kind in KINDS) else None
