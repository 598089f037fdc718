"""Training pictures for the restorer: a piece of a photograph, and the same piece damaged at random."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.images import Image
from ...data import pixels
from ...data.degrade import KIND, holes
from .network import BLUR_UNIT

Floats = npt.NDArray[np.float32]

#: Pixels around a piece that are damaged with it and cut off: what a blur or a JPEG does at an edge stays outside.
MARGIN = 16
#: Share of the samples that get each kind of damage; clean ones teach to leave alone what is well.
KINDS: Mapping[str, float] = {
    "noise": 0.26, "jpeg": 0.26, "blur": 0.12, "small": 0.10, "holes": 0.10, "several": 0.12, "clean": 0.04,
}
#: From the weakest to the strongest damage of each kind: noise in levels, JPEG quality, blur in pixels, how many times
#: smaller, holes as a share of the pixels.
TAUGHT: Mapping[str, tuple[float, float]] = {
    "noise": (0, 55), "jpeg": (8, 95), "blur": (0.4, 3), "small": (2, 4), "holes": (0.02, 0.25),
}


@dataclass(slots=True)
class Piece:
    """One sample on its way.

    Attributes:
        levels: float32 (S, S, 3), 0-255 levels; beyond where noise is not clipped.
        noise, blur: standard deviation of noise (levels), of blur (pixels); jpeg: 1 - quality / 100.
        uneven: (S, S) what the noise is multiplied with where it is not the same everywhere.
    """

    levels: Floats
    noise: float = 0.0
    jpeg: float = 0.0
    blur: float = 0.0
    uneven: Floats | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Batch:
    """N samples.

    Attributes:
        clean, damaged: float32 (N, 3, S, S), about [0, 1]; the damaged one is 0 where something is missing.
        missing: float32 (N, 1, S, S), 1 there.
        maps: float32 (N, 3, S, S), the truth about the damage as `network.MAPS` says.
    """

    clean: Tensor
    damaged: Tensor
    missing: Tensor
    maps: Tensor


def draw_batch(choose: Callable[[np.random.Generator], Image], count: int, side: int, seed: int) -> Batch:
    """`count` samples of side `side` from the pictures that `choose` draws; everything else is drawn from `seed`."""
    chance = np.random.Generator(np.random.PCG64(seed))
    clean = np.empty((count, side, side, 3), np.float32)
    damaged = np.empty_like(clean)
    missing = np.zeros((count, side, side, 1), np.float32)
    maps = np.empty((count, side, side, 3), np.float32)
    kinds = chance.choice(list(KINDS), size=count, p=list(KINDS.values()))
    for place, kind in enumerate(kinds):
        piece = _cut_out(choose(chance), side + 2 * MARGIN, chance)
        after = _damaged(piece, str(kind), chance)
        inner = slice(MARGIN, MARGIN + side)
        clean[place], damaged[place] = piece[inner, inner], after.levels[inner, inner]
        if kind == "holes" or (kind == "several" and chance.random() < 0.3):
            share = chance.uniform(*TAUGHT["holes"])
            lost = holes(side, side, str(chance.choice(KIND.options)), share, int(chance.integers(2**62)))
            missing[place, :, :, 0] = lost
            damaged[place][lost] = 0
        maps[place] = after.noise / 255, after.jpeg, after.blur / BLUR_UNIT
        if after.uneven is not None:
            maps[place, :, :, 0] *= after.uneven[inner, inner]
    return Batch(*(_tensor(one) for one in (clean / np.float32(255), damaged / np.float32(255), missing, maps)))


def told(maps: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """What the network is told in training: the truth, up to a quarter off, so that an estimate will do later.

    One in ten is told of no damage at all: whoever sets a slider to 0 is not punished with a broken picture.
    """
    count = len(maps)
    off = torch.empty(count, maps.shape[1], 1, 1).uniform_(0.8, 1.25, generator=generator)
    silent = torch.rand(count, 1, 1, 1, generator=generator) < 0.1
    return maps * off * (~silent)


def _cut_out(picture: Image, side: int, chance: np.random.Generator) -> Image:
    """A square piece, turned, mirrored and recoloured at random, half of the time from a picture made smaller.

    One data set's colours and one camera's sharpness are not what is to be learned.
    """
    scale = chance.uniform(0.5, 1.0) if chance.random() < 0.5 else 1.0
    taken = min(round(side / scale), *picture.shape[:2])
    top = int(chance.integers(picture.shape[0] - taken + 1))
    left = int(chance.integers(picture.shape[1] - taken + 1))
    cut = picture[top : top + taken, left : left + taken]
    if taken != side:
        cut = pixels.resize(cut, (side, side))
    piece = cut.astype(np.float32)
    if chance.random() < 0.3:
        piece = piece[:, :, chance.permutation(3)]
    if chance.random() < 0.5:
        grey = piece.mean(axis=2, keepdims=True)
        piece = np.clip(grey + (piece - grey) * np.float32(chance.uniform(0.6, 1.5)), 0, 255)
    if chance.random() < 0.3:
        piece = np.float32(255) * np.power(piece / np.float32(255), np.float32(chance.uniform(0.8, 1.25)))
    piece = np.rot90(piece, int(chance.integers(4)))
    if chance.random() < 0.5:
        piece = piece[:, ::-1]
    return np.ascontiguousarray(np.rint(piece).astype(np.uint8))


def _damaged(image: Image, kind: str, chance: np.random.Generator) -> Piece:
    piece = Piece(image.astype(np.float32))
    if kind == "several":
        # In the order in which it happens to photographs: lens, size, sensor, file.
        stages = [stage for stage in ("blur", "small", "noise", "jpeg") if chance.random() < 0.6]
        for stage in stages:
            _STAGES[stage](piece, chance)
    elif kind in _STAGES:
        _STAGES[kind](piece, chance)
        if kind in ("blur", "small") and chance.random() < 0.5:
            _add_noise(piece, chance.uniform(0, 5), chance)
    elif kind == "clean" and chance.random() < 0.5:
        # Hardly anything: a little noise, or a JPEG of good quality.
        if chance.random() < 0.5:
            _add_noise(piece, chance.uniform(0, 3), chance)
        else:
            _compress(piece, int(chance.integers(90, 100)), chance)
    return piece


def _noise(piece: Piece, chance: np.random.Generator) -> None:
    _add_noise(piece, chance.uniform(*TAUGHT["noise"]), chance)


def _add_noise(piece: Piece, sigma: float, chance: np.random.Generator) -> None:
    """White noise, now and then grey, counted, uneven or of salt and pepper; half of the time as a file holds it."""
    levels, kind, field = piece.levels, chance.random(), None
    if kind < 0.05:
        field = chance.standard_normal((*levels.shape[:2], 1), dtype=np.float32)
    elif kind < 0.08 and sigma > 5:
        share = (sigma / 255) ** 2 * 4  # of pixels half a range off, on average: the same error
        seed = int(chance.integers(2**62))
        piece.levels = pixels.salt_and_pepper(pixels.whole(levels), share, seed).astype(np.float32)
        piece.noise = math.hypot(piece.noise, sigma)
        return
    else:
        field = chance.standard_normal(levels.shape, dtype=np.float32)
        if kind < 0.14:
            field *= pixels.brightness_share(levels)
        elif kind < 0.20:
            piece.uneven = pixels.unevenness(levels.shape[0], levels.shape[1], chance.uniform(0, 2 * math.pi))
            field *= piece.uneven[:, :, None]
    piece.levels = levels + np.float32(sigma) * field
    piece.noise = math.hypot(piece.noise, sigma)
    if chance.random() < 0.5:
        piece.levels = pixels.whole(piece.levels).astype(np.float32)


def _jpeg(piece: Piece, chance: np.random.Generator) -> None:
    low, high = TAUGHT["jpeg"]
    _compress(piece, int(chance.integers(int(low), int(high) + 1)), chance)


def _compress(piece: Piece, quality: int, chance: np.random.Generator) -> None:
    chroma = "4:2:0" if chance.random() < 0.7 else "4:4:4"
    # The blocks begin anywhere in a piece that was cut out of a file.
    left, top = (int(one) for one in chance.integers(0, 8, 2))
    image = pixels.whole(piece.levels)
    padded = np.asarray(cv2.copyMakeBorder(image, top, 0, left, 0, cv2.BORDER_REFLECT_101), np.uint8)
    piece.levels = pixels.jpeg(padded, quality, chroma)[top:, left:].astype(np.float32)
    piece.jpeg = 1 - quality / 100


def _blur(piece: Piece, chance: np.random.Generator) -> None:
    image = pixels.whole(piece.levels)
    if chance.random() < 0.7:
        sigma = chance.uniform(*TAUGHT["blur"])
        piece.levels = pixels.gaussian_blur(image, sigma).astype(np.float32)
    else:
        length = chance.uniform(2, 15)
        piece.levels = pixels.motion_blur(image, length, chance.uniform(-180, 180)).astype(np.float32)
        sigma = length / math.sqrt(12)
    piece.blur = math.hypot(piece.blur, sigma)


def _small(piece: Piece, chance: np.random.Generator) -> None:
    factor = float(chance.choice([2, 3, 4]))
    image = pixels.whole(piece.levels)
    size = (image.shape[1], image.shape[0])
    smaller = (round(size[0] / factor), round(size[1] / factor))
    if chance.random() < 0.5:
        piece.levels = pixels.downscale(image, factor).astype(np.float32)
    else:
        interpolation = cv2.INTER_LINEAR if chance.random() < 0.5 else cv2.INTER_LANCZOS4
        less = cv2.resize(pixels.resize(image, smaller), size, interpolation=interpolation)
        piece.levels = less.astype(np.float32)
    # Every pixel is a mean over `factor` of them, spread by the enlarging.
    piece.blur = math.hypot(piece.blur, 0.45 * factor)


_STAGES: Mapping[str, Callable[[Piece, np.random.Generator], None]] = {
    "blur": _blur, "small": _small, "noise": _noise, "jpeg": _jpeg,
}


def _tensor(rows: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(rows.transpose(0, 3, 1, 2)))
