"""The gallery that comes with the package: pictures a generator painted, chosen by its own discriminator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import LabError
from ..core.knobs import Knob
from ..data.datasets import Bundle, write_bundle
from ..models.gan.inference import Generator
from ..nn.decoding import Decoder

PER_CLASS = Knob("per_class", 1, 1000, 200, 1, integer=True)

#: So many candidates are painted for each picture that is kept.
CANDIDATES = 2
FIRST_SEED = 0
_CHUNK = 50


@dataclass(frozen=True, slots=True)
class Bundling:
    """How far the making of a gallery has come: candidates painted and altogether; the result at the end."""

    done: int
    total: int
    bundle: Bundle | None = None


def bundle_gallery(generator: Decoder, folder: Path, *, per_class: int = 200) -> Iterator[Bundling]:
    """Paint the seeds 0, 1, ... for every class, keep the `per_class` most real of twice as many, write the bundle.

    "Most real" is the discriminator's highest logit for the class asked for: no encoder takes part, so that what
    an encoder later finds in the gallery was not put there for it. Kept pictures stand class after class, the most
    real first. The last report holds what was written into `folder`. Closing the iterator writes nothing.
    Discriminator rejection: Azadi et al. 2019, arXiv:1810.06758, here by rank.

    Raises LabError ``knob.out_of_range``, ``gan.no_discriminator`` for a generator without one, ``bundle.no_classes``.
    """
    if not isinstance(generator, Generator):
        raise LabError("gan.no_discriminator", name=generator.name)
    if not generator.classes:
        raise LabError("bundle.no_classes", name=generator.name)
    kept = int(PER_CLASS.check(per_class))
    tried = CANDIDATES * kept
    seeds = range(FIRST_SEED, FIRST_SEED + tried)
    chosen_pictures, chosen_seeds = [], []
    for number in range(len(generator.classes)):
        parts, logits = [], []
        for start in range(0, tried, _CHUNK):
            yield Bundling(number * tried + start, len(generator.classes) * tried)
            asked = [number] * len(seeds[start : start + _CHUNK])
            parts.append(generator.generate(seeds[start : start + _CHUNK], asked))
            logits.append(generator.realness(parts[-1], asked))
        order = np.argsort(-np.concatenate(logits), kind="stable")[:kept]
        chosen_pictures.append(np.concatenate(parts)[order])
        chosen_seeds += [seeds[place] for place in order]
    bundle = write_bundle(
        folder, np.concatenate(chosen_pictures), labels=np.repeat(np.arange(len(generator.classes)), kept),
        classes=generator.classes, seeds=chosen_seeds, generator=generator.name, weights=generator.key,
        rule={
            "kept": "highest discriminator logit for the class asked for", "candidates_per_class": tried,
            "kept_per_class": kept, "first_seed": FIRST_SEED, "truncation": 1.0,
        },
    )
    total = len(generator.classes) * tried
    yield Bundling(total, total, bundle)
