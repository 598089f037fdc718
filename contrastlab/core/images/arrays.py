"""Between NumPy arrays, tensors and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import LabError
from .limits import LIMITS, check_size
from .picture import Image, checked

if TYPE_CHECKING:
    import torch

# Arithmetic on [0, 1] overshoots a little (cubic interpolation, noise); 0-255 taken for it does so by far.
_OVERSHOOT = 0.5


def from_array(array: npt.NDArray[Any]) -> tuple[Image, Image | None, int]:
    """(pixels, alpha or None, bit depth) of an array (H, W) or (H, W, C).

    One channel is grey, two are grey + alpha, three RGB, four RGB + alpha. uint8 and other whole numbers
    are 0-255, uint16 is 0-65535, bool is black and white, floats are 0-1.
    Raises LabError ``image.wrong_type``, ``image.wrong_shape``, ``image.not_finite`` or ``image.wrong_range``
    and what `check_size` raises.
    """
    if array.dtype.kind not in "buif":
        raise LabError("image.wrong_type", got=str(array.dtype))
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4):
        raise LabError("image.wrong_shape", got=f"{array.dtype} {array.shape}")
    check_size(array.shape[1], array.shape[0], most=LIMITS.jpeg_pixels)
    levels, depth = _levels(array)
    colours = levels.shape[2]
    alpha = levels[:, :, -1] if colours in (2, 4) else None
    grey = colours in (1, 2)
    return (np.repeat(levels[:, :, :1], 3, axis=2) if grey else levels[:, :, :3]), alpha, depth


def to_tensor(images: Sequence[Image] | Image) -> torch.Tensor:
    """float32 (N, 3, H, W) in [0, 1] on the CPU, from N pictures of one size, an array of them, or one.

    Raises LabError ``image.wrong_shape`` if one is not a picture or the sizes differ.
    """
    import torch  # Here, so that commands which never touch a network start without it.

    if isinstance(images, np.ndarray) and images.ndim == 3:
        images = images[None]
    if not isinstance(images, np.ndarray):
        sizes = sorted({checked(image).shape for image in images})
        if len(sizes) != 1:
            raise LabError("image.wrong_shape", got=", ".join(map(str, sizes)) or "0")
        images = np.stack(list(images))
    if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
        raise LabError("image.wrong_shape", got=f"{images.dtype} {images.shape}")
    # A copy in the network's layout: the pictures may be read-only, and stay untouched.
    planes = np.array(images.transpose(0, 3, 1, 2), np.float32, order="C")
    return torch.from_numpy(planes).div_(255)


def to_images(tensor: torch.Tensor) -> list[Image]:
    """N pictures uint8 (H, W, 3) from floats (N, 3, H, W) in [0, 1] on any device: rounded, then clipped.

    Raises LabError ``image.wrong_shape`` or, for NaN and infinity, ``image.not_finite``.
    """
    if tensor.ndim != 4 or tensor.shape[1] != 3 or not tensor.is_floating_point():
        raise LabError("image.wrong_shape", got=f"{tensor.dtype} {tuple(tensor.shape)}")
    planes = tensor.detach().float().cpu()
    if not bool(planes.isfinite().all()):
        raise LabError("image.not_finite")
    levels = planes.mul(255).round_().clamp_(0, 255).byte()
    return list(np.ascontiguousarray(levels.permute(0, 2, 3, 1).numpy()))


def _levels(array: npt.NDArray[Any]) -> tuple[Image, int]:
    """(the values in 0-255 levels, bit depth of the array)."""
    kind = array.dtype.kind
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255), 1
    if array.dtype == np.uint8:
        return array, 8
    if array.dtype == np.uint16:
        # The high byte: every 8-bit value that was written as x * 257 comes back exactly.
        return (array >> 8).astype(np.uint8), 16
    low, high = array.min(), array.max()
    if kind == "f":
        if not (np.isfinite(low) and np.isfinite(high)):
            raise LabError("image.not_finite")
        if low < -_OVERSHOOT or high > 1 + _OVERSHOOT:
            raise LabError("image.wrong_range", low=float(low), high=float(high), allowed="0-1")
        return np.rint(np.clip(array, 0, 1).astype(np.float32) * 255).astype(np.uint8), 32
    if low < 0 or high > 255:
        raise LabError("image.wrong_range", low=int(low), high=int(high), allowed="0-255")
    return array.astype(np.uint8), 8
