"""Measuring the restorer: damage by damage, strength by strength, on photographs it was not trained on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from .classical import METHODS
from .classical import repair as repair_by
from .inference import Findings, Mask, Repairer, load_repairer

#: Strengths that are reported: of noise (levels), JPEG (quality), blur (pixels), of being made small (times), of salt
#: and pepper (share of the pixels).
NOISES, QUALITIES, BLURS, FACTORS, SALTS = (15, 25, 50), (10, 20, 30, 40), (1, 2), (2, 3, 4), (0.05, 0.2)
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
        published: as `damage`, the way the literature damages: its numbers stand in a column of their own.
    """

    name: str
    strength: float | str
    damage: Callable[[Image, int], tuple[Levels, Mask | None]]
    told: Findings | None
    score: Callable[[Levels, Image, Mask | None], float]
    published: Callable[[Image, int], tuple[Levels, Mask | None]] | None = None


def cases() -> list[Case]:
    """Everything that is measured.

    "noise": rounded and clipped, as a file holds it; published: float noise, neither rounded nor clipped, the same seed
    for every picture. "blind": as "noise", and the level is estimated. "jpeg": decibels of the brightness. "blur",
    "small", "salt". "holes": decibels inside the holes. "clean": nothing is wrong with the picture, and nobody says so.
    """
    found = []
    for sigma in NOISES:
        noisy = _by("noise", noise=sigma)
        found.append(Case("noise", sigma, noisy, Findings(sigma, 100, 0), _everywhere, _published(sigma)))
        found.append(Case("blind", sigma, noisy, None, _everywhere))
    for quality in QUALITIES:
        found.append(Case("jpeg", quality, _by("jpeg", quality=quality), Findings(0, quality, 0), _brightness))
    found += [Case("blur", blur, _by("blur", blur=blur), Findings(0, 100, blur), _everywhere) for blur in BLURS]
    # What the network is taught that being made small and salt amount to.
    found += [Case("small", n, _by("small", factor=n), Findings(0, 100, 0.45 * n), _everywhere) for n in FACTORS]
    found += [
        Case("salt", share, _by("salt", salt=share), Findings(255 * math.sqrt(share) / 2, 100, 0), _everywhere)
        for share in SALTS
    ]
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

    ``restoration`` {data, pictures, cases}: a row for each damage, strength and method, as `measure` has it, and of the
    network under noise besides published_input, published: mean decibels before and after by the literature's protocol.
    The method is the checkpoint's name or, with `baselines`, a classical one that is meant for the damage.
    ``estimates`` {noise, quality, blur: {strength: [mean, spread]}}: what the estimator says of damage it is not told.
    `train` is not used. `on_progress` hears the share done, 0 to 1.
    """
    repairer = load_repairer(checkpoint, device)
    rows: list[dict[str, Any]] = []
    listed = cases()
    for place, case in enumerate(listed):
        row = {"method": checkpoint.name, **measure(case, test.pictures, _restored(repairer, case))}
        if case.published is not None:
            literal = replace(case, damage=case.published)
            other = measure(literal, test.pictures, _restored(repairer, literal))
            row |= {"published_input": other["input"], "published": other["restored"]}
        rows.append(row)
        if baselines and case.told is not None:
            rows += [
                {"method": name, **measure(case, test.pictures, _classical(name, case.told))}
                for name, method in METHODS.items() if case.name in method.against
            ]
        on_progress((place + 1) / len(listed))
    estimates = {
        part: {str(case.strength): _estimated(repairer, case, part, test.pictures) for case in listed
               if case.name == damage}
        for damage, part in _ESTIMATED.items()
    }
    return {
        "restoration": {"data": test.name, "pictures": len(test), "cases": rows}, "estimates": estimates,
    }


def measure(
    case: Case, pictures: Sequence[Image] | Image, repair: Callable[[Levels, Mask | None], Levels]
) -> dict[str, Any]:
    """One row of `evaluate` for any way to repair: (levels (H, W, 3), missing or None) -> levels, unrounded.

    {damage, strength, input, restored, worst, worst_picture, ssim, seconds, shift}: mean decibels over pictures before
    and after (None if infinite), the least of any picture and that picture's number, means of SSIM and of the seconds a
    picture, and the largest change of a picture's mean colour, in levels.
    """
    before, after, similar, seconds, shifts = [], [], [], [], []
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
        shifts.append(float(np.abs((file - clean).mean(axis=(0, 1))).max()))
    worst = int(np.argmin(after))
    return {
        "damage": case.name, "strength": case.strength, "input": _mean(before), "restored": _mean(after),
        "worst": None if math.isinf(after[worst]) else round(after[worst], 2), "worst_picture": worst,
        "ssim": round(float(np.mean(similar)), 4), "seconds": round(float(np.mean(seconds)), 3),
        "shift": round(max(shifts), 2),
    }


def _restored(repairer: Repairer, case: Case) -> Callable[[Levels, Mask | None], Levels]:
    def repair(levels: Levels, missing: Mask | None) -> Levels:
        told = case.told
        if told is None:
            told = repairer.estimate(np.clip(levels, 0, 255).astype(np.uint8), missing)
        return repairer.repair(levels, missing, told)

    return repair


#: Damages whose strength is estimated, and as what.
_ESTIMATED: Mapping[str, str] = {"blind": "noise", "jpeg": "quality", "blur": "blur"}


def _estimated(repairer: Repairer, case: Case, part: str, pictures: Sequence[Image] | Image) -> list[float]:
    said = [
        getattr(repairer.estimate(case.damage(picture, seed)[0].astype(np.uint8)), part)
        for seed, picture in enumerate(pictures)
    ]
    return [round(float(np.mean(said)), 2), round(float(np.std(said)), 2)]


def _classical(name: str, told: Findings) -> Callable[[Levels, Mask | None], Levels]:
    return lambda levels, missing: repair_by(name, whole(levels), told, missing).astype(np.float32)


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

