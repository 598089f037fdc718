"""One warp for any row of geometry: exact for flips and quarter turns, without false patterns when it shrinks."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ...core.images import Image

CV_BORDERS = {
    "reflect101": cv2.BORDER_REFLECT_101,
    "reflect": cv2.BORDER_REFLECT,
    "replicate": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
    "wrap": cv2.BORDER_WRAP,
}
# Up to this many input pixels an output pixel, bilinear reading is taken as it is, as everywhere else.
PLAIN_STRIDE = 1.25
_MOST_SAMPLES = 16
_Matrix = npt.NDArray[np.float64]


def warp(image: Image, backward: _Matrix, size: tuple[int, int], border: str) -> Image:
    """The picture read at `backward` (3, 3) @ (x, y, 1) for each pixel of an output of size (width, height).

    Bilinear between pixels. Where it shrinks by more than PLAIN_STRIDE the input is first averaged over
    areas, and what is left (one direction shrinking more than the other, aslant) is averaged from several
    readings a pixel, so that fine stripes turn grey instead of into false patterns. An identity or a
    mirroring is copied, bit for bit. Never shares the input's memory.
    """
    (a, b, c), (d, e, f), (g, h, _) = backward.tolist()
    if g == h == 0:
        mirrored = _as_mirror(image, (a, b, c, d, e, f), size)
        if mirrored is not None:
            return mirrored
        across, down = math.hypot(a, d), math.hypot(b, e)
    else:
        across, down = (float(s) for s in strides(backward, size))
    if max(across, down) <= PLAIN_STRIDE:
        return _plain(image, backward, size, border)
    image, backward = _averaged(*_cut_to_need(image, backward, size, max(across, down)), across, down)
    across, down = (float(s) for s in strides(backward, size))
    samples = [min(_MOST_SAMPLES, math.ceil(s)) if s > PLAIN_STRIDE else 1 for s in (across, down)]
    if samples == [1, 1]:
        return _plain(image, backward, size, border)
    fine = _plain(
        image,
        backward @ _rescaled(1 / samples[0], 1 / samples[1]),
        (size[0] * samples[0], size[1] * samples[1]),
        border,
    )
    return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.uint8)


def strides(backward: _Matrix, size: tuple[int, int]) -> tuple[_Matrix, _Matrix]:
    """(...), (...): input pixels passed by one output pixel along x and along y, in the middle of the output."""
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    u, v, w = (
        backward[..., row, 0] * x + backward[..., row, 1] * y + backward[..., row, 2] for row in range(3)
    )
    along = []
    for axis in (0, 1):
        bend = backward[..., 2, axis] / w
        along.append(
            np.hypot(backward[..., 0, axis] - u * bend, backward[..., 1, axis] - v * bend) / np.abs(w)
        )
    return along[0], along[1]


def _cut_to_need(
    image: Image, backward: _Matrix, size: tuple[int, int], stride: float
) -> tuple[Image, _Matrix]:
    """The part of the input that is read, if no border is, and its matrix: the rest need not be averaged."""
    height, width = image.shape[:2]
    xs, ys = (0, size[0] - 1, 0, size[0] - 1), (0, 0, size[1] - 1, size[1] - 1)
    x, y, w = backward @ (xs, ys, (1, 1, 1, 1))
    margin = math.ceil(stride) + 1
    left, right = math.floor((x / w).min()), math.ceil((x / w).max())
    top, bottom = math.floor((y / w).min()), math.ceil((y / w).max())
    if left < 0 or top < 0 or right > width - 1 or bottom > height - 1:
        return image, backward
    left, top = max(left - margin, 0), max(top - margin, 0)
    part = image[top : bottom + margin + 1, left : right + margin + 1]
    return part, np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ backward


def _averaged(image: Image, backward: _Matrix, across: float, down: float) -> tuple[Image, _Matrix]:
    """The input made smaller by averaging, so that an output pixel passes about one pixel, and its matrix."""
    if backward[0, 1] == backward[1, 0] == 0:
        shrink_x, shrink_y = max(across, 1.0), max(down, 1.0)
    else:
        shrink_x = shrink_y = max(min(across, down), 1.0)
    height, width = image.shape[:2]
    small = (max(1, round(width / shrink_x)), max(1, round(height / shrink_y)))
    if small == (width, height):
        return image, backward
    resized = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
    return resized, _rescaled(small[0] / width, small[1] / height) @ backward


def _plain(image: Image, backward: _Matrix, size: tuple[int, int], border: str) -> Image:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    mode = CV_BORDERS[border]
    if backward[2, 0] == backward[2, 1] == 0:
        warped = cv2.warpAffine(image, backward[:2], size, flags=flags, borderMode=mode)
    else:
        warped = cv2.warpPerspective(image, backward, size, flags=flags, borderMode=mode)
    return np.asarray(warped, np.uint8)


def _as_mirror(image: Image, entries: tuple[float, ...], size: tuple[int, int]) -> Image | None:
    """The copy or the mirrored copy, if the affine map is no more than that."""
    a, b, c, d, e, f = entries
    height, width = image.shape[:2]
    if b or d or abs(a) != 1 or abs(e) != 1 or size != (width, height):
        return None
    if c != (width - 1 if a < 0 else 0) or f != (height - 1 if e < 0 else 0):
        return None
    if a > 0 and e > 0:
        return image.copy()
    return np.asarray(cv2.flip(image, -1 if a < 0 and e < 0 else int(a < 0)), np.uint8)


def _rescaled(across: float, down: float) -> _Matrix:
    """Positions in a picture `across` times as wide and `down` times as high; pixel centres are whole."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
