"""Measuring the restorer: damage by damage, strength by strength, on photographs it was not trained on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.checkpoint import Checkpoint
from ...core.device import Device
from ...core.images import Image
from ...data.datasets import Dataset
from ...data.degrade import Damaged, degrade, published_noise
from ...data.pixels import whole
from ...metrics.fidelity import psnr, psnr_y, ssim
from .inference import Findings, Mask, Repairer, load_repairer

#: Strengths that are reported: of noise (levels), of JPEG (quality).
NOISES, QUALITIES = (15, 25, 50), (10, 20, 30, 40)
#: Share of a picture that is missing, for each kind of hole.
HOLES, SHARE = ("scratches", "dots", "text", "blocks"), 0.1

Levels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """One damage at one strength.

    Attributes:
        name, strength: what stands in the table.
        damage: (clean picture, its number) -> what is given to be repaired, levels, and what is missing.
        told: what a method may know of the damage.
        score: (repaired, clean, missing) -> decibels.
    """

    name: str
    strength: float | str
    damage: Callable[[Image, int], tuple[Levels, Mask | None]]
    told: Findings | None
    score: Callable[[Levels, Image, Mask | None], float]


def cases() -> list[Case]:
    """Everything that is measured.

    "published": float noise, neither rounded nor clipped, the same seed for every picture, as the literature has it.
    "noise": as a file holds it. "blind": the same, and the level is estimated. "jpeg": decibels of the brightness.
    "holes": decibels inside the holes. "clean": nothing is wrong with the picture, and nobody says so.
    """
    found = []
    for sigma in NOISES:
        known = Findings(sigma, 100, 0)
        found.append(Case("published", sigma, _published(sigma), known, _everywhere))
        found.append(Case("noise", sigma, _by("noise", noise=sigma), known, _everywhere))
        found.append(Case("blind", sigma, _by("noise", noise=sigma), None, _everywhere))
    for quality in QUALITIES:
        found.append(Case("jpeg", quality, _by("jpeg", quality=quality), Findings(0, quality, 0), _brightness))
    found += [Case("holes", kind, _by("holes", holes=SHARE, kind=kind), Findings(0, 100, 0), _inside) for kind in HOLES]
    found.append(Case("clean", 0, lambda image, _: (image.astype(np.float32), None), None, _everywhere))
    return found


def evaluate(
    checkpoint: Checkpoint,
    train: Dataset,
    test: Dataset,
    device: Device,
    *,
    baselines: bool = True,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Over the pictures of `test`, each damaged by its own number as seed. Keys:

    ``restoration`` {data, pictures, cases}: a list of {damage, strength, input, restored, worst, ssim, seconds}: mean
    decibels over pictures before and after (see `cases`), the least of any picture, and means of SSIM and of the
    seconds a picture. ``estimates`` {noise: {level: [mean, spread]}}: what the estimator says of noise it is not told.
    `train` and `baselines` are not used. `on_progress` hears the share done, 0 to 1.
    """
    repairer = load_repairer(checkpoint, device)
    rows, estimates = [], {}
    listed = cases()
    for place, case in enumerate(listed):
        rows.append(measure(case, test.pictures, _restored(repairer, case)))
        if case.name == "blind":
            said = [
                repairer.estimate(case.damage(picture, seed)[0].astype(np.uint8)).noise
                for seed, picture in enumerate(test.pictures)
            ]
            estimates[str(case.strength)] = [round(float(np.mean(said)), 2), round(float(np.std(said)), 2)]
        on_progress((place + 1) / len(listed))
    return {
        "restoration": {"data": test.name, "pictures": len(test), "cases": rows}, "estimates": {"noise": estimates},
    }


def measure(
    case: Case, pictures: Sequence[Image] | Image, repair: Callable[[Levels, Mask | None], Levels]
) -> dict[str, Any]:
    """One row of `evaluate` for any way to repair: (levels (H, W, 3), missing or None) -> levels, unrounded."""
    before, after, similar, seconds = [], [], [], []
    for seed, clean in enumerate(pictures):
        damaged, missing = case.damage(clean, seed)
        start = time.perf_counter()
        repaired = repair(damaged, missing)
        seconds.append(time.perf_counter() - start)
        # What a file would hold.
        file = whole(repaired).astype(np.float32)
        before.append(case.score(damaged, clean, missing))
        after.append(case.score(file, clean, missing))
        similar.append(ssim(file, clean))
    return {
        "damage": case.name, "strength": case.strength, "input": _mean(before), "restored": _mean(after),
        "worst": round(min(after), 2), "ssim": round(float(np.mean(similar)), 4),
        "seconds": round(float(np.mean(seconds)), 3),
    }


def _restored(repairer: Repairer, case: Case) -> Callable[[Levels, Mask | None], Levels]:
    def repair(levels: Levels, missing: Mask | None) -> Levels:
        told = case.told
        if told is None:
            told = repairer.estimate(np.clip(levels, 0, 255).astype(np.uint8), missing)
        return repairer.repair(levels, missing, told)

    return repair


def _published(sigma: float) -> Callable[[Image, int], tuple[Levels, Mask | None]]:
    return lambda image, _: (published_noise(image, sigma), None)


def _by(name: str, **values: float | str) -> Callable[[Image, int], tuple[Levels, Mask | None]]:
    def damage(image: Image, seed: int) -> tuple[Levels, Mask | None]:
        result: Damaged = degrade(image, [(name, values)], seed)
        return result.image.astype(np.float32), result.missing if result.missing.any() else None

    return damage


def _everywhere(picture: Levels, clean: Image, missing: Mask | None) -> float:
    return psnr(picture, clean)


def _brightness(picture: Levels, clean: Image, missing: Mask | None) -> float:
    return psnr_y(picture, clean)


def _inside(picture: Levels, clean: Image, missing: Mask | None) -> float:
    return psnr(picture, clean, missing)


def _mean(values: Sequence[float]) -> float | None:
    """None where a picture is without any error."""
    mean = float(np.mean(values))
    return round(mean, 2) if np.isfinite(mean) else None

