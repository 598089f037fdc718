"""Which setting of each classical repair is best for which strength of damage? Tried on photographs for training.

`python -m docs.tuning --data FOLDER [--pictures 12]`: about ten minutes on one core. Prints, for each method, what
belongs into its `settings` in contrastlab/models/restorer/classical.py. The photographs that results are reported on
take no part.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from contrastlab.core.images import Image
from contrastlab.data.datasets import load
from contrastlab.data.degrade import degrade
from contrastlab.metrics.fidelity import psnr
from contrastlab.models.restorer.classical import METHODS, Method
from contrastlab.models.restorer.inference import Findings

#: Of each method: the damage's knob, strengths, and the settings tried, as factors of `scale` of the strength.
TRIED = {
    "nlm": ("noise", (5, 15, 25, 50, 75), (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)),
    "bilateral": ("noise", (5, 15, 25, 50, 75), (1.5, 2, 2.5, 3, 4, 5, 7)),
    "tv": ("noise", (5, 15, 25, 50, 75), (0.002, 0.003, 0.004, 0.005, 0.006, 0.008)),
}
SALT = (0.01, 0.05, 0.1, 0.2, 0.4)
BLURS = (0.6, 1, 1.5, 2, 3)
BALANCES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
ROUNDS = (3, 5, 10, 15, 20, 30, 50)


def best(method: Method, clean: Sequence[Image], damages: Sequence[Image], found: Findings,
         settings: Sequence[float]) -> float:
    """The setting of the highest mean decibels."""
    scores = [
        np.mean([psnr(method.run(one, setting, found, None), truth) for one, truth in zip(damages, clean, strict=True)])
        for setting in settings
    ]
    place = int(np.argmax(scores))
    end = "  (at the end)" if place in (0, len(settings) - 1) else ""
    print(f"  {found} -> {settings[place]:g}: {scores[place]:.2f} dB{end}", flush=True)
    return settings[place]


def tune(pictures: Sequence[Image]) -> None:
    """Print the settings of every method that has any."""
    for name, (knob, strengths, factors) in TRIED.items():
        print(name)
        settings = []
        for strength in strengths:
            damaged = [degrade(one, [(knob, {knob: strength})], seed).image for seed, one in enumerate(pictures)]
            tried = [factor * strength for factor in factors]
            settings.append((strength, best(METHODS[name], pictures, damaged, Findings(strength, 100, 0), tried)))
        print(f"  {settings}")
    print("median")
    for share in SALT:
        damaged = [degrade(one, [("salt", {"salt": share})], seed).image for seed, one in enumerate(pictures)]
        errors = [np.square(one.astype(float) - truth).mean() for one, truth in zip(damaged, pictures, strict=True)]
        noise = float(np.mean(errors)) ** 0.5
        best(METHODS["median"], pictures, damaged, Findings(noise, 100, 0), (1, 3, 5, 7))
    for name, settings_tried in (("wiener", BALANCES), ("lucy", ROUNDS)):
        print(name)
        for blur in BLURS:
            damaged = [degrade(one, [("blur", {"blur": blur}), ("noise", {"noise": 1})], 0).image for one in pictures]
            best(METHODS[name], pictures, damaged, Findings(1, 100, blur), settings_tried)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--pictures", type=int, default=12)
    given = parser.parse_args()
    everything = load("bsd", "train", given.data).pictures
    step = len(everything) // given.pictures
    tune([everything[place * step] for place in range(given.pictures)])
