"""Lay a gallery out by t-SNE as every encoder sees it, and keep the maps beside the gallery.

`python -m docs.maps FOLDER [--gallery generated]`: ten seconds an encoder for 2,000 pictures on one core.

FOLDER is where the gallery's files lie, as checkpoints/gan-cifar10. Replaces FOLDER/maps.safetensors; to be run again
whenever the gallery or a checkpoint has changed, for the page shows no map that is out of date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from contrastlab.lab import Lab
from contrastlab.studies.maps import MAPS, pca_map, tsne_map, write_maps

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gallery", default="generated")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--checkpoints", type=Path)
    given = parser.parse_args()
    lab, maps = Lab(given.checkpoints), {}
    for name in lab.encoders():
        gallery = lab.gallery(given.gallery, encoder=name, data=given.data)
        maps[lab.encoder(name).key] = made = tsne_map(gallery)
        print(f"{name}: trustworthiness {made.trustworthiness:.3f}, by PCA {pca_map(gallery).trustworthiness:.3f}")
    write_maps(given.folder / MAPS, gallery, maps)
    print(f"{MAPS}: {(given.folder / MAPS).stat().st_size / 1e3:.0f} kB")
