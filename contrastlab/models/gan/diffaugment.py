"""DiffAugment: the discriminator sees real and made pictures only through the same random, differentiable changes.

Zhao et al. 2020, arXiv:2006.10738. It keeps a discriminator from learning a small data set by heart.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...core.knobs import Choice


def diff_augment(pictures: Tensor, policy: Sequence[str]) -> Tensor:
    """(N, C, H, W) in [-1, 1], C 3 or 1 -> the same shape, each picture changed by draws of its own.

    The draws come from torch's CPU generator. policy: names out of `CHANGES`,
    applied in that order; none gives the pictures back as they are.
    Raises LabError ``knob.unknown_choice`` for another name.
    """
    for name in policy:
        pictures = CHANGES[Choice("augment", tuple(CHANGES), "colour").check(name)](pictures)
    return pictures


def _colour(pictures: Tensor) -> Tensor:
    """Brightness +-0.5 of [-1, 1], then saturation times 0 to 2 (grey stays grey), then contrast times 0.5 to 1.5."""
    brightness, saturation, contrast = _uniform(pictures, 3)
    pictures = pictures + (brightness - 0.5)
    grey = pictures.mean(dim=1, keepdim=True)
    pictures = grey + (pictures - grey) * (2 * saturation)
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (pictures - mean) * (contrast + 0.5)


def _translation(pictures: Tensor) -> Tensor:
    """Moved by up to an eighth of each side, mid-grey (0) coming in at the border."""
    count, channels, height, width = pictures.shape
    down, right = (_offsets(pictures, round(side / 8)) for side in (height, width))
    rows = torch.arange(height, device=pictures.device) + down[:, None]
    columns = torch.arange(width, device=pictures.device) + right[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    flat = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None, :]
    places = flat.view(count, 1, -1).expand(-1, channels, -1)
    return pictures.reshape(count, channels, -1).gather(2, places).view_as(pictures) * inside[:, None]


def _cutout(pictures: Tensor) -> Tensor:
    """A square of half the side set to 0, its centre anywhere."""
    height, width = pictures.shape[2:]
    across = []
    for side, share in zip((height, width), _uniform(pictures, 2), strict=True):
        centre = (share.view(-1, 1) * side).floor()
        across.append((torch.arange(side, device=pictures.device) - centre).abs() < side / 4)
    hidden = across[0][:, :, None] & across[1][:, None, :]
    return pictures * ~hidden[:, None]


#: What a policy can name.
CHANGES = {"colour": _colour, "translation": _translation, "cutout": _cutout}


def _uniform(pictures: Tensor, fields: int) -> Tensor:
    """(fields, N, 1, 1, 1) in [0, 1), drawn on the CPU so that every device sees the same."""
    return torch.rand(fields, len(pictures), 1, 1, 1).to(pictures.device)


def _offsets(pictures: Tensor, most: int) -> Tensor:
    """(N,) whole numbers from -most to most."""
    return torch.randint(-most, most + 1, (len(pictures),)).to(pictures.device)
