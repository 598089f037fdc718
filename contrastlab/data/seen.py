"""Pictures as a network of some side sees them: the central square, brought to that side."""

from __future__ import annotations

import numpy as np
import torch
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
