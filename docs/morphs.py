"""Paint what the page of every generator opens with: sixteen pictures that morph. `python -m docs.morphs [NAME ...]`

A minute a generator on one core. Replaces checkpoints/<generator>/morph.webp and morph.json; to be run again whenever
a generator's weights have changed, for the page passes over an opening that is out of date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from contrastlab.lab import Lab
from contrastlab.models.gan.inference import Generator
from contrastlab.studies.morph import make_morph, write_morph

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--checkpoints", type=Path)
    given = parser.parse_args()
    lab = Lab(given.checkpoints)
    for name in given.names or lab.generators():
        generator = lab.generator(name)
        rank = generator.realness if isinstance(generator, Generator) else None
        morph = make_morph(generator, rank)
        write_morph(lab.checkpoints / name, morph, generator)
        print(f"{name}: opens with seed {morph.main}, {len(morph.animation) / 1e3:.0f} kB")
