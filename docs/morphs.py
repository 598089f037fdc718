"""Paint what the page of every generator opens with: sixteen pictures that morph. `python -m docs.morphs [NAME ...]`

Chosen by what looks most real to the discriminator and is surest of its class to the encoder that was taught the
classes: each alone is easily pleased. A minute a generator on one core. Replaces checkpoints/<generator>/morph.webp
and morph.json; to be run again whenever a generator's weights have changed, for the page passes over an opening that
is out of date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contrastlab.core.images import Image
from contrastlab.lab import Lab
from contrastlab.models.gan.inference import Generator
from contrastlab.nn.decoding import Decoder
from contrastlab.studies.morph import Rank, make_morph, write_morph


def rank(lab: Lab, generator: Decoder) -> Rank:
    """Both judges' orders, added up: (pictures, classes) -> marks, the best the highest."""
    encoders = lab.prototypes(generator.name)

    def marks(pictures: Image, classes: list[int]) -> npt.NDArray[np.float32]:
        total = np.zeros(len(pictures), np.float32)
        if isinstance(generator, Generator):
            total += _order(generator.realness(pictures, classes))
        if encoders:
            total += _order(encoders[0].chances(pictures)[np.arange(len(classes)), classes])
        return total

    return marks


def _order(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each one's place, the least 0."""
    return values.argsort().argsort().astype(np.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--checkpoints", type=Path)
    given = parser.parse_args()
    lab = Lab(given.checkpoints)
    for name in given.names or lab.generators():
        generator = lab.generator(name)
        morph = make_morph(generator, rank(lab, generator))
        write_morph(lab.checkpoints / name, morph, generator)
        print(f"{name}: opens with seed {morph.main}, {len(morph.animation) / 1e3:.0f} kB")
