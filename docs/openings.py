"""Choose each encoder's opening anew: the picture where its rows and the pixels' differ most, and that is no fluke.

`python -m docs.openings [--gallery generated]`: some seconds an encoder. Replaces checkpoints/<encoder>/opening.json;
to be run again whenever the gallery or a checkpoint has changed, for the page passes over one that is out of date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from contrastlab.lab import BASELINES, Lab
from contrastlab.studies.opening import OPENING, openings, write_opening

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gallery", default="generated")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--checkpoints", type=Path)
    given = parser.parse_args()
    lab = Lab(given.checkpoints)
    baseline = lab.encoder("pixels")
    pixels = lab.gallery(given.gallery, encoder=baseline.name, data=given.data)
    for name in lab.encoders():
        if name in BASELINES:
            continue
        embedder = lab.encoder(name)
        learned = lab.gallery(given.gallery, encoder=name, data=given.data)
        best, *others = openings(learned, pixels, embedder.embed) or [None]
        if best is None:
            print(f"{name}: no picture is fit")
            continue
        print(f"{name}: {best}, before {len(others)} others")
        write_opening(
            lab.checkpoints / name / OPENING, best, learned, encoder=embedder.key, baseline=baseline.key
        )
