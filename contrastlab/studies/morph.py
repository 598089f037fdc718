"""What the generator's page opens with: sixteen pictures that morph, painted beforehand and kept with the weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..core.images import Image, encode_animation, open_image
from ..core.seeds import seed_of
from ..metrics.appearance import appearance
from ..nn.decoding import Decoder
from .walk import loop

#: The animation, and the file that says what is on it, in a generator's checkpoint's folder.
MORPH, ABOUT = "morph.webp", "morph.json"
#: Pictures that morph, and a row of them.
SIXTEEN, ROW = 16, 4
#: Seeds that the opening is chosen from.
CANDIDATES = 256

FRAMES, MILLISECONDS = 36, 110
_QUALITY = 62

Rank = Callable[[Image, list[int]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Morph:
    """An opening.

    Attributes:
        main: the seed of the picture beside the sixteen.
        seeds: of the sixteen, row after row, as the animation begins with them.
        animation: an animated WebP, (4 S, 4 S) pixels; b"" where none is kept.
    """

    main: int
    seeds: tuple[int, ...]
    animation: bytes = field(repr=False)


def own_class(seed: int, classes: int) -> int:
    """The class that goes with a seed where none is asked for."""
    return seed % classes


def mosaic(pictures: Image) -> Image:
    """Sixteen pictures (16, S, S, 3) as one square of four rows."""
    side = pictures.shape[1]
    rows = pictures.reshape(ROW, ROW, side, side, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(rows.reshape(ROW * side, ROW * side, 3))


def make_morph(decoder: Decoder, rank: Rank | None = None) -> Morph:
    """An opening of seeds below `CANDIDATES`, every class in its turn.

    `rank` says how good pictures with their classes are: the best of each class are taken, and of each class's very
    best the one of the strongest contrast is the main one. Without it the seeds come as they are. Each picture goes
    on a round trip past another latent of its own.
    """
    count = len(decoder.classes)
    chosen = _chosen(decoder, rank)
    main, seeds = chosen[0], tuple(chosen[1 : SIXTEEN + 1])
    starts = decoder.latents(seeds)
    ways = loop(starts, decoder.latents([seed_of(f"{seed} and back") for seed in seeds]), FRAMES)
    kinds = [own_class(seed, count) for seed in seeds]
    frames = [mosaic(decoder.paint(at, kinds)) for at in ways]
    return Morph(main, seeds, encode_animation(frames, MILLISECONDS, quality=_QUALITY))


def plain_morph() -> Morph:
    """The opening of a generator that has none: the first seeds, at rest."""
    return Morph(0, tuple(range(1, SIXTEEN + 1)), b"")


def write_morph(folder: Path, morph: Morph, decoder: Decoder) -> None:
    """Keep an opening beside the hash of the weights that painted it. Replaces both files."""
    about = {"weights": decoder.key, "main": morph.main, "seeds": morph.seeds}
    write_atomically(folder / MORPH, morph.animation)
    write_atomically(folder / ABOUT, (json.dumps(about) + "\n").encode())


def read_morph(folder: Path, decoder: Decoder) -> Morph:
    """The opening kept for these weights; `plain_morph` if there is none, if it is damaged, or if it is of others."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        animation = (folder / MORPH).read_bytes()
        seeds = (about["main"], *about["seeds"])
        side = open_image(animation).pixels.shape[0]  # its first frame
        fits = about["weights"] == decoder.key and len(seeds) == SIXTEEN + 1 and side == ROW * decoder.side
        if not fits or any(type(seed) is not int or seed < 0 for seed in seeds):
            return plain_morph()
    except (OSError, ValueError, KeyError, TypeError, LabError):
        return plain_morph()
    return Morph(seeds[0], seeds[1:], animation)


def _chosen(decoder: Decoder, rank: Rank | None) -> list[int]:
    """Seeds, the main one first, then class after class in turn, each time the best that is left."""
    count = len(decoder.classes)
    seeds = list(range(CANDIDATES))
    if rank is None:
        return seeds
    kinds = [own_class(seed, count) for seed in seeds]
    pictures = decoder.generate(seeds, kinds)
    marks, contrast = rank(pictures, kinds), appearance(pictures)["contrast"]
    # A class's own marks are compared with each other only: judges are harder on some classes than on others.
    classes = [sorted((seed for seed in seeds if kinds[seed] == number), key=lambda seed: -marks[seed])
               for number in range(count)]
    main = max((members[0] for members in classes), key=lambda seed: float(contrast[seed]))
    turns = [(place, -float(marks[seed]), seed) for members in classes for place, seed in enumerate(members)]
    return [main, *(seed for _, _, seed in sorted(turns) if seed != main)]
