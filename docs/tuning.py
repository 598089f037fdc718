"""Which setting of each classical repair is best for which strength of damage? Tried on photographs for training.

`python -m docs.tuning --data FOLDER [--pictures 6] [--side 224] [METHOD ...]`: some minutes on one core. Prints, for
each method, what belongs into its `settings` in contrastlab/models/restorer/classical.py. The photographs that results
are reported on take no part.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contrastlab.core.images import Image
from contrastlab.data.datasets import load
from contrastlab.data.degrade import degrade
from contrastlab.metrics.fidelity import psnr, psnr_y
from contrastlab.models.restorer.classical import METHODS
from contrastlab.models.restorer.inference import Findings


@dataclass(frozen=True)
class Trial:
    """One strength of a damage (or of several in turn), what a method is told of it, and the settings to try."""

    strength: float
    damage: list[tuple[str, Mapping[str, object]]]
    found: Findings
    settings: Sequence[float]


def by_noise(factors: Sequence[float]) -> list[Trial]:
    """Settings as factors of the level."""
    return [
        Trial(level, [("noise", {"noise": level})], Findings(level, 100, 0), [factor * level for factor in factors])
        for level in (5, 15, 25, 50, 75)
    ]


def by_blur(settings: Sequence[float]) -> list[Trial]:
    """The same settings for every blur."""
    return [Trial(blur, [("blur", {"blur": blur})], Findings(0, 100, blur), settings) for blur in (0.6, 1, 1.5, 2, 3)]


def by_noise_after_blur(settings: Sequence[float]) -> list[Trial]:
    """What noise does to sharpening: the level as the strength, each over two blurs together."""
    return [
        Trial(level, [("blur", {"blur": blur}), ("noise", {"noise": level})], Findings(level, 100, blur), settings)
        for level in (1, 3, 6, 12) for blur in (1, 2)
    ]


def by_salt() -> list[Trial]:
    """As strong as the noise that the network takes it for."""
    return [
        Trial(round(level, 1), [("salt", {"salt": share})], Findings(level, 100, 0), (1, 3, 5, 7))
        for share in (0.005, 0.01, 0.05, 0.1, 0.2, 0.4) for level in (255 * math.sqrt(share) / 2,)
    ]


def by_quality() -> list[Trial]:
    """Encoded anew as finely as before, coarser or finer."""
    return [
        Trial(100 - quality, [("jpeg", {"quality": quality})], Findings(0, quality, 0),
              [round(factor * quality) for factor in (0.6, 0.8, 1, 1.25, 1.5, 2)])
        for quality in (40, 30, 20, 10)
    ]


def in_holes() -> list[Trial]:
    """One radius for all kinds of holes together."""
    kinds = ("scratches", "dots", "text", "blocks")
    return [Trial(0, [("holes", {"holes": 0.1, "kind": kind})], Findings(0, 100, 0), (1, 2, 3, 5, 8)) for kind in kinds]


TRIALS: Mapping[str, list[Trial]] = {
    "nlm": by_noise((0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)),
    "bilateral": by_noise((1.5, 2, 2.5, 3, 4, 5, 7)),
    "tv": by_noise((0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008)),
    "median": by_salt(),
    "shifts": by_quality(),
    "wiener": by_blur((1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
    "lucy": by_blur((3, 5, 10, 15, 20, 30, 50)),
    "telea": in_holes(),
    "navier-stokes": in_holes(),
}
#: What belongs into `noisy`.
NOISY: Mapping[str, list[Trial]] = {
    "wiener": by_noise_after_blur((1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)),
    "lucy": by_noise_after_blur((1, 2, 3, 5, 8, 12)),
}


def scores(name: str, trial: Trial, pictures: Sequence[Image]) -> list[float]:
    """Mean decibels of each setting: of the brightness for JPEG, inside the holes for holes."""
    found = []
    for setting in trial.settings:
        each = []
        for seed, clean in enumerate(pictures):
            damaged = degrade(clean, trial.damage, seed)
            missing = damaged.missing if damaged.missing.any() else None
            repaired = METHODS[name].run(damaged.image, setting, trial.found, missing)
            each.append(psnr_y(repaired, clean) if trial.damage[0][0] == "jpeg" else psnr(repaired, clean, missing))
        found.append(float(np.mean(each)))
    return found


def tune(name: str, trials: Sequence[Trial], pictures: Sequence[Image]) -> None:
    """Print the best setting of a method for each strength; strengths that are the same are taken together."""
    together: dict[float, list[tuple[Trial, list[float]]]] = {}
    for trial in trials:
        together.setdefault(trial.strength, []).append((trial, scores(name, trial, pictures)))
    print(name, flush=True)
    for strength, each in together.items():
        mean = np.mean([found for _, found in each], axis=0)
        tried = ", ".join(f"{one:g}: {score:.2f}" for one, score in zip(each[0][0].settings, mean, strict=True))
        print(f"  ({strength:g}, {each[0][0].settings[int(mean.argmax())]:g})    {tried}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="*", choices=[*TRIALS, []], default=[])
    parser.add_argument("--data", required=True)
    parser.add_argument("--pictures", type=int, default=6)
    parser.add_argument("--side", type=int, default=224)
    given = parser.parse_args()
    everything = load("bsd", "train", given.data).pictures
    chosen = [everything[place * (len(everything) // given.pictures)] for place in range(given.pictures)]
    pieces = [np.ascontiguousarray(one[: given.side, : given.side]) for one in chosen]
    for method in given.methods or TRIALS:
        tune(method, TRIALS[method], pieces)
        if method in NOISY:
            tune(method, NOISY[method], pieces)
