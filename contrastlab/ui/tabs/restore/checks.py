"""What can be checked about a repair: does it fit what was given, how sure is it, and what did it take away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ....core.images import Image
from ....data.degrade import DAMAGES, Mask, degrade
from ....data.pixels import gaussian_blur, whole
from ....models.restorer.inference import Floats
from ....models.restorer.trust import (
    Consistency,
    Spread,
    neighbours_alike,
    over_redraws,
    over_turns,
    self_consistency,
)
from .scene import Scene
from .view import MINE

#: Noise that is weaker, in levels, is none that one could draw anew.
_NOISE = 1.0
#: A JPEG of a better quality leaves no traces worth repeating.
_UNTOUCHED = 95
#: What is finer than a blur of so many pixels is detail.
_DETAIL = 2.0
#: How far a difference of levels is enlarged to be seen.
_FACTORS = (16, 8, 4, 2, 1)

Damages = list[tuple[str, dict[str, float]]]


def redone(scene: Scene) -> Damages:
    """The damage, to be done again: as it was done or, where nobody knows, as the network found it to be."""
    if scene.view.damage != MINE:
        return scene.view.damages()
    found = scene.findings
    told: Damages = [("blur", {"blur": min(found.blur, _most("blur"))})]
    if found.noise >= _NOISE:
        told.append(("noise", {"noise": min(found.noise, _most("noise"))}))
    if found.quality <= _UNTOUCHED:
        told.append(("jpeg", {"quality": round(found.quality)}))
    return told


def has_dice(scene: Scene) -> bool:
    """Whether the same damage can be drawn anew, and would come out differently."""
    return any(name == "noise" and values["noise"] >= _NOISE for name, values in redone(scene))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The repair damaged again, against what was given.

    Attributes:
        found: what is left unexplained, and what would be of the original, or of the repair if it were true.
        beyond: float32 (H, W), how much more is left near each pixel than that, in levels. Noise is not the same
            everywhere: near black and white it is cut off.
        again: uint8 (H, W, 3), the repair damaged again, with other dice.
        idle: what the given picture would leave unexplained if it were taken for its own repair, in levels.
    """

    found: Consistency
    beyond: Floats
    again: Image
    idle: float


def fit(scene: Scene) -> Fit:
    """Not for holes: nothing is said of what is missing. Raises what `Scene.repaired` raises."""
    repaired, given, missing = scene.repaired.image, scene.damaged.image, _missing(scene)
    damages = redone(scene)
    # Noise is expected to be left over. What comes after it, as the JPEG of a noisy photograph, is part of that.
    fixed = [one for one in damages if one[0] == "blur"] if has_dice(scene) else damages

    def damage(image: Image) -> Image:
        return degrade(image, fixed).image

    again = degrade(repaired, damages, scene.view.seed + 1).image
    expected, usual = 0.0, np.zeros(given.shape[:2], np.float32)
    if has_dice(scene):
        true = (repaired, again) if scene.clean is None else (scene.clean, given)
        noise = self_consistency(true[0], damage, true[1], missing=missing)
        expected, usual = noise.size, noise.where
    found = self_consistency(repaired, damage, given, noise=expected, missing=missing)
    idle = self_consistency(given, damage, given, missing=missing).size
    return Fit(found, np.maximum(found.where - usual, 0), again, idle)


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """How far several repairs of a scene lie apart, so far.

    Attributes:
        of: of which picture, repaired by whom and how.
        done, total: repairs that are in it, and that will be.
        spreads: over the picture turned and mirrored; then over the damage drawn anew, where it can be.
    """

    of: tuple[Any, ...]
    done: int
    total: int
    spreads: tuple[Spread, ...]

    @property
    def deviation(self) -> Floats:
        """float32 (H, W), levels: the larger one at each pixel."""
        return np.maximum.reduce([spread.deviation for spread in self.spreads])

    def unrecovered(self, missing: Mask | None, beyond: float) -> Mask:
        """bool (H, W): where any of them lies more than `beyond` levels apart, and every hole."""
        return np.logical_or.reduce([spread.unrecovered(missing, beyond=beyond) for spread in self.spreads])


def subject_of(scene: Scene) -> tuple[Any, ...]:
    """What a `Doubt` is about. Raises what `Scene.repairer` raises."""
    return (scene.stamp, scene.repairer.key, scene.amount)


def doubting(scene: Scene) -> Iterator[Doubt]:
    """Repair it again and again, by ways that make no difference to the truth. Raises what `Scene.repaired` raises.

    Of a picture whose original nobody knows, the repair is damaged anew instead.
    """
    damages, start, missing = redone(scene), scene.view.seed + 1, _missing(scene)
    origin = scene.repaired.image if scene.clean is None else scene.clean

    def repair(image: Image, lost: Mask | None) -> Image:
        return scene.repairer.restore(image, lost, scene.findings, strength=scene.amount)

    def redraw(place: int) -> tuple[Image, Mask | None]:
        return degrade(origin, damages, start + place).image, missing

    rounds = [over_turns(scene.damaged.image, missing, repair)]
    if has_dice(scene):
        rounds.append(over_redraws(redraw, repair))
    spreads: tuple[Spread, ...] = ()
    before = 0
    for one in rounds:
        for spread in one:
            yield Doubt(subject_of(scene), before + spread.done, spread.total * len(rounds), (*spreads, spread))
        spreads, before = (*spreads, spread), before + spread.total


@dataclass(frozen=True, slots=True)
class Tested:
    """Whether the map of what was made up is right about it.

    Attributes:
        inside, outside: error of the repair where it is hatched and where not, root mean square in levels; None where
            there is no such place.
    """

    inside: float | None
    outside: float | None


def tested(scene: Scene, hatched: Mask) -> Tested | None:
    """None where nobody knows the truth."""
    wrong = error(scene)
    if wrong is None:
        return None
    inside, outside = (
        float(np.sqrt(np.square(wrong[area]).mean())) if area.any() else None for area in (hatched, ~hatched)
    )
    return Tested(inside, outside)


def error(scene: Scene) -> Floats | None:
    """float32 (H, W): how wrong the repair is, root mean square of the colours in levels; None where nobody knows."""
    if scene.clean is None:
        return None
    difference = scene.repaired.image.astype(np.float32) - scene.clean
    return np.asarray(np.sqrt(np.square(difference).mean(axis=2)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What the repair took away, beside what should have been.

    Attributes:
        picture, truth: uint8 (H, W, 3), about mid-grey and `factor` times enlarged; `truth` where it is known.
        structure: how alike neighbouring pixels of it are, -1 to 1; noise has 0, even with weak detail in it.
        agreement: correlation of both, -1 to 1; None where nobody knows or there is nothing.
        detail: share of the original's fine detail that is gone, 1 for all of it; None where nobody knows the original
            or it has none.
    """

    picture: Image
    truth: Image | None
    factor: int
    structure: float
    agreement: float | None
    detail: float | None


def taken(scene: Scene) -> Taken:
    """Raises what `Scene.repaired` raises."""
    given = scene.damaged.image.astype(np.float32)
    away = given - scene.repaired.image
    due = None if scene.clean is None else given - scene.clean
    reach = float(np.percentile(np.abs(away if due is None else np.concatenate([away, due])), 99))
    factor = next((one for one in _FACTORS if one * reach <= 110), 1)
    agreement = None
    if due is not None and away.std() > 0 and due.std() > 0:
        agreement = float(np.corrcoef(away.ravel(), due.ravel())[0, 1])
    return Taken(
        _about_grey(away, factor), None if due is None else _about_grey(due, factor), factor,
        neighbours_alike(away), agreement, _detail_lost(scene),
    )


def _detail_lost(scene: Scene) -> float | None:
    """A projection: 1 less the coefficient of the original's fine detail in that of the repair.

    Noise that was left, or made up, has nothing to do with the original and hardly counts.
    """
    if scene.clean is None:
        return None
    original = _detail(scene.clean)
    energy = float(np.square(original).sum())
    return 1 - float((original * _detail(scene.repaired.image)).sum()) / energy if energy else None


def _detail(image: Image) -> Floats:
    return image.astype(np.float32) - gaussian_blur(image, _DETAIL)


def _about_grey(levels: npt.NDArray[np.float32], factor: int) -> Image:
    return whole(128 + factor * levels)


def _missing(scene: Scene) -> Mask | None:
    return scene.damaged.missing if scene.damaged.missing.any() else None


def _most(damage: str) -> float:
    return float(DAMAGES[damage].knobs[0].maximum)  # type: ignore[union-attr]
