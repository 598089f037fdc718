"""Pictures as a network of some side sees them: the central square, brought to that side."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.images import Image
from .datasets import Dataset
from .pixels import centre_square, resize


def view(image: Image, side: int) -> Image:
    """The (side, side, 3) picture that a network of that side really sees: central square, shrunk without aliasing.

    Training sees its pictures through this too.
    """
    return resize(centre_square(image), (side, side))


def seen(dataset: Dataset, side: int) -> Tensor:
    """A data set's pictures through `view`, uint8 (N, 3, side, side), in memory of their own."""
    pictures = dataset.pictures
    if not isinstance(pictures, np.ndarray) or pictures.shape[1:] != (side, side, 3):
        pictures = np.stack([view(picture, side) for picture in pictures])
    return torch.from_numpy(np.array(pictures.transpose(0, 3, 1, 2)))  # a copy: the data set is read-only


def seen_by(pictures: Tensor, side: int) -> Tensor:
    """Square pictures (N, 3, S, S) in [0, 1] at a network's side, as `view` would bring them there; differentiable.

    A side that grows is interpolated with other cubics than those of `view`: they differ by a few levels at edges.
    """
    if pictures.shape[-1] == side:
        return pictures
    if side < pictures.shape[-1]:
        return F.adaptive_avg_pool2d(pictures, side)
    return F.interpolate(pictures, size=(side, side), mode="bicubic", align_corners=False).clamp(0, 1)
