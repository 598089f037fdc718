"""Pictures and slow references that the augmentation tests share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def photo(width: int = 48, height: int = 40, seed: int = 0) -> Image:
    """Smooth coloured waves, (H, W, 3): unlike in all channels, in both directions and at both ends."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = [np.sin(rng.uniform(2, 9) * x + rng.uniform(2, 9) * y + rng.uniform(0, 6)) for _ in range(3)]
    return np.rint(127 + 90 * np.stack(waves, axis=-1)).astype(np.uint8)


def speckle(width: int = 48, height: int = 40, seed: int = 0) -> Image:
    """Independent random levels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def outside_index(index: npt.NDArray[np.int64], length: int, border: str) -> npt.NDArray[np.int64]:
    """Which pixel of 0 .. length-1 stands at an index beyond the edge; -1 for none (OpenCV's borderInterpolate)."""
    if border == "constant":
        return np.where((index < 0) | (index >= length), -1, index)
    if border == "replicate":
        return np.clip(index, 0, length - 1)
    if border == "wrap":
        return index % length
    if border == "reflect":
        folded = index % (2 * length)
        return np.where(folded < length, folded, 2 * length - 1 - folded)
    folded = index % max(2 * length - 2, 1)
    return np.where(folded < length, folded, 2 * length - 2 - folded)


def exact_warp(image: Image, backward: Floats, size: tuple[int, int], border: str) -> Floats:
    """Bilinear reading at backward @ (x, y, 1), in float64 and not rounded: (H, W, 3)."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    at = np.stack([x, y, np.ones_like(x)], axis=-1) @ backward.T
    at_x, at_y = at[..., 0] / at[..., 2], at[..., 1] / at[..., 2]
    left, top = np.floor(at_x).astype(np.int64), np.floor(at_y).astype(np.int64)
    total = np.zeros((*x.shape, 3))
    for step_y in (0, 1):
        for step_x in (0, 1):
            weight = (1 - np.abs(at_x - left - step_x)) * (1 - np.abs(at_y - top - step_y))
            column = outside_index(left + step_x, image.shape[1], border)
            row = outside_index(top + step_y, image.shape[0], border)
            read = np.where(((column < 0) | (row < 0))[..., None], 0.0, image[row, column].astype(np.float64))
            total += weight[..., None] * read
    return total


def difference(a: Image, b: Image) -> npt.NDArray[np.int64]:
    """Absolute difference in levels."""
    return np.abs(a.astype(np.int64) - b.astype(np.int64))
