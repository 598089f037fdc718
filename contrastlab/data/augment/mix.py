"""Mixup and CutMix: pictures and labels of a batch mixed in pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...core.errors import LabError
from ...core.knobs import Knob

ALPHA = Knob("alpha", 0.01, 10, 1, 0.05)
SHARE = Knob("share", 0, 1, 0.5, 0.01)


@dataclass(frozen=True)
class Mixed:
    """A mixed batch.

    Attributes:
        pictures: (N, 3, H, W), as given.
        labels: (N, K), each row adding up to what the two labels add up to.
        partners: (N,) int64, whom each picture was mixed with.
        shares: (N,) float32, how much of each picture is its own; 1 minus the partner's part.
        boxes: (N, 4) int64 left, top, right, bottom of the partner's part (right and bottom exclusive);
            empty boxes for Mixup.
    """

    pictures: Tensor
    labels: Tensor
    partners: Tensor
    shares: Tensor
    boxes: Tensor


def mixup(
    pictures: Tensor, labels: Tensor, *, seed: int, alpha: float = 0.2, share: float | None = None
) -> Mixed:
    """Each picture averaged with another of the batch, labels alike (Zhang et al. 2017, arXiv:1710.09412).

    pictures: float (N, 3, H, W); labels: float (N, K), one-hot or already mixed. The own share is drawn
    for each pair from Beta(alpha, alpha), or is `share` where given.
    Raises LabError ``augment.bad_mix`` for other shapes, ``knob.out_of_range`` for alpha and share.
    """
    partners, shares = _drawn(pictures, labels, seed, alpha, share)
    own = shares.to(pictures)[:, None, None, None]
    boxes = torch.zeros(len(pictures), 4, dtype=torch.int64)
    mixed = own * pictures + (1 - own) * pictures[partners]
    return Mixed(mixed, _labels(labels, partners, shares), partners, shares, boxes)


def cutmix(
    pictures: Tensor, labels: Tensor, *, seed: int, alpha: float = 1.0, share: float | None = None
) -> Mixed:
    """A box of each picture replaced by the same box of another (Yun et al. 2019, arXiv:1905.04899).

    The box covers 1 - share of the picture, share as in `mixup`, with its centre anywhere, so that part
    of it may fall outside: the labels follow the area that was really replaced.
    Raises as `mixup` does.
    """
    partners, wanted = _drawn(pictures, labels, seed, alpha, share)
    height, width = pictures.shape[2:]
    centres = np.random.Generator(np.random.PCG64([seed, 1])).random((len(pictures), 2))
    half = np.sqrt(1 - wanted.numpy().astype(np.float64))[:, None] / 2
    size = np.array([width, height])
    low = np.clip(np.rint((centres - half) * size), 0, size).astype(np.int64)
    high = np.clip(np.rint((centres + half) * size), 0, size).astype(np.int64)
    boxes = torch.from_numpy(np.concatenate([low, high], axis=1))
    left, top, right, bottom = (boxes[:, i, None, None, None] for i in range(4))
    x, y = torch.arange(width)[None, None, None], torch.arange(height)[None, None, :, None]
    inside = ((x >= left) & (x < right) & (y >= top) & (y < bottom)).to(pictures.device)
    area = torch.from_numpy((high - low).prod(1))
    shares = (1 - area.double() / (width * height)).float()
    mixed = torch.where(inside, pictures[partners], pictures)
    return Mixed(mixed, _labels(labels, partners, shares), partners, shares, boxes)


def _drawn(
    pictures: Tensor, labels: Tensor, seed: int, alpha: float, share: float | None
) -> tuple[Tensor, Tensor]:
    """Partners (N,) and own shares (N,)."""
    fits = pictures.ndim == 4 and labels.ndim == 2 and len(pictures) == len(labels)
    if not fits or not pictures.is_floating_point() or not labels.is_floating_point():
        got = f"{pictures.dtype} {tuple(pictures.shape)}, {labels.dtype} {tuple(labels.shape)}"
        raise LabError("augment.bad_mix", got=got)
    if seed < 0:
        raise LabError("augment.bad_counter", name="seed", got=seed)
    generator = np.random.Generator(np.random.PCG64(seed))
    partners = torch.from_numpy(generator.permutation(len(pictures)).astype(np.int64))
    shape = ALPHA.check(alpha)
    drawn = generator.beta(shape, shape, len(pictures))
    shares = drawn if share is None else np.full(len(pictures), SHARE.check(share))
    return partners, torch.from_numpy(shares.astype(np.float32))


def _labels(labels: Tensor, partners: Tensor, shares: Tensor) -> Tensor:
    own = shares.to(labels)[:, None]
    return own * labels + (1 - own) * labels[partners]
