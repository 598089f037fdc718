"""What a generator's numbers do: the directions along which its pictures change most, named by what they change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core.checkpoint import write_atomically
from ..core.images import Image
from ..core.knobs import Knob
from ..metrics.appearance import ASPECTS, appearance
from ..nn.decoding import CHUNK, Decoder

#: The file with a generator's directions, in its checkpoint's folder.
DIRECTIONS = "directions.json"
#: How far along a direction, in standard deviations of the latents.
ALONG = Knob("along", -3, 3, 0, 0.1)
#: Directions kept.
KEPT = 10
#: Of these no two have the same name.
DISTINCT = 3
#: Samples that the directions are found from, and those that each is measured on.
SAMPLES, MEASURED = 2048, 100

# The places at which pictures are compared: finer ones add noise and no direction.
_PLACES = 14
# How far to either side an effect is measured, in standard deviations.
_REACH = 2.0
# What may be called an effect: so much of the pictures' own spread, for so many of the samples.
_LEAST, _AGREED = 0.1, 0.75

Latents = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """One way through the latents.

    Attributes:
        vector: float32 (Z,), of length 1: along it a standard normal latent has a standard deviation of 1.
        changes: what it measurably changes, one of `metrics.appearance.ASPECTS`; "" if nothing does so clearly.
        effect: how much more of that a step of one standard deviation makes, above 0, in standard deviations of the
            pictures.
        agreement: share of the pictures, 0 to 1, in which it went that way.
    """

    vector: Latents = field(repr=False)
    changes: str
    effect: float
    agreement: float


@dataclass(frozen=True, slots=True)
class Finding:
    """How far the search has come: pictures painted and altogether; the directions at the end."""

    done: int
    total: int
    directions: tuple[Direction, ...] | None = None


def moved(latents: Latents, directions: tuple[Direction, ...], steps: tuple[float, ...]) -> Latents:
    """Latents (N, Z), each moved along the directions by so many standard deviations."""
    shift = np.zeros(latents.shape[1], np.float32)
    for direction, step in zip(directions, steps, strict=False):
        shift += np.float32(step) * direction.vector
    along: Latents = latents + shift
    return along


def find_directions(decoder: Decoder, *, samples: int = SAMPLES, measured: int = MEASURED) -> Iterator[Finding]:
    """The directions in which the pictures change most on average, whatever the class; the clearest named ones first.

    Pictures (at 14 x 14 places, their class's mean taken off) are regressed on the latents they were painted from;
    the left singular vectors of the regression are directions of the latents, by how far a step along them moves the
    pictures. This is GANSpace for a generator whose latents feed it directly (Harkonen et al. 2020, arXiv:2004.02546,
    sec. 3.2), with the pictures themselves as the layer, so that it needs nothing but a generator's pictures.
    Each direction is then walked by 2 standard deviations either way from `measured` pictures, and named by what
    changes most beside its own spread, if it does so for three in four of them.
    """
    total = samples + 2 * KEPT * measured
    latents = decoder.latents(range(samples))
    classes = np.arange(samples) % len(decoder.classes)
    painted = []
    for start in range(0, samples, CHUNK):
        yield Finding(start, total)
        part = slice(start, start + CHUNK)
        painted.append(decoder.paint(latents[part], classes[part].tolist()))
    pictures = np.concatenate(painted)
    spread = {aspect: float(values.std()) for aspect, values in appearance(pictures).items()}
    found = []
    for number, vector in enumerate(_main_directions(latents, pictures, classes)):
        yield Finding(samples + 2 * number * measured, total)
        found.append(_named(decoder, vector, spread, measured))
    yield Finding(total, total, _ordered(found))


def write_directions(path: Path, decoder: Decoder, directions: tuple[Direction, ...]) -> None:
    """Keep directions beside the hash of the weights they belong to. Replaces the file."""
    told = [
        {"changes": one.changes, "effect": round(one.effect, 3), "agreement": round(one.agreement, 3),
         "vector": [round(float(value), 5) for value in one.vector]}
        for one in directions
    ]
    lines = ",\n".join(json.dumps(one) for one in told)  # a line a direction
    write_atomically(path, f'{{"weights": "{decoder.key}", "directions": [\n{lines}\n]}}\n'.encode())


def read_directions(path: Path, decoder: Decoder) -> tuple[Direction, ...]:
    """The directions kept for this generator; () if there are none, if the file is damaged, or if it is of others."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["weights"] != decoder.key:
            return ()
        return tuple(_read(one, decoder.latent) for one in stored["directions"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def _read(told: dict[str, object], latent: int) -> Direction:
    vector = np.array(told["vector"], np.float32)
    length = float(np.linalg.norm(vector))
    if vector.shape != (latent,) or not abs(length - 1) < 1e-2 or told["changes"] not in (*ASPECTS, ""):
        raise ValueError
    return Direction(vector / np.float32(length), str(told["changes"]), float(str(told["effect"])),
                     float(str(told["agreement"])))


def _main_directions(latents: Latents, pictures: Image, classes: npt.NDArray[np.int64]) -> Latents:
    """(KEPT, Z), orthonormal, those that move the pictures furthest first."""
    seen = _coarse(pictures)
    for number in np.unique(classes):
        seen[classes == number] -= seen[classes == number].mean(axis=0)
    response = np.linalg.lstsq(latents, seen, rcond=None)[0]
    vectors: Latents = np.linalg.svd(response, full_matrices=False)[0].T[:KEPT]
    return vectors


def _coarse(pictures: Image) -> npt.NDArray[np.float32]:
    """Pictures (N, S, S, 3) as means over `_PLACES` x `_PLACES` areas: float32 (N, D)."""
    side = pictures.shape[1]
    edges = np.linspace(0, side, min(_PLACES, side) + 1).astype(int)
    rows = np.add.reduceat(pictures.astype(np.float32), edges[:-1], axis=1)
    areas = np.outer(np.diff(edges), np.diff(edges))[None, :, :, None]
    means: npt.NDArray[np.float32] = np.add.reduceat(rows, edges[:-1], axis=2) / areas / 255
    return means.reshape(len(pictures), -1)


def _named(decoder: Decoder, vector: Latents, spread: dict[str, float], measured: int) -> Direction:
    start = decoder.latents(range(measured))
    classes = [place % len(decoder.classes) for place in range(measured)]
    less, more = (appearance(decoder.paint(start + side * _REACH * vector, classes)) for side in (-1, 1))
    best = Direction(vector, "", 0.0, 0.0)
    for aspect in ASPECTS:
        if spread[aspect] <= 0:
            continue
        change = (more[aspect] - less[aspect]) / (2 * _REACH * spread[aspect])
        mean = float(change.mean())
        agreed = float((change * np.sign(mean) > 0).mean())
        if abs(mean) > max(best.effect, _LEAST) and agreed >= _AGREED:
            best = Direction(vector if mean > 0 else -vector, aspect, abs(mean), agreed)
    return best


def _ordered(found: list[Direction]) -> tuple[Direction, ...]:
    """The strongest ones with names of their own first, the others as they were found."""
    first: list[Direction] = []
    for one in sorted(found, key=lambda one: -one.effect):
        if len(first) < DISTINCT and one.changes and one.changes not in {other.changes for other in first}:
            first.append(one)
    return (*first, *(one for one in found if one not in first))
