"""What the network does at one pixel: the filter that it is there, read off by backpropagation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt
import torch

from ...core.errors import LabError
from ...core.images import Image, checked
from .inference import Findings, Floats, Mask, Repairer, check_mask

#: Pixels to each side that are looked at: further away nothing counts much.
REACH = 64


@dataclass(frozen=True, slots=True, eq=False)
class PixelFilter:
    """One row of the network's Jacobian: how the repaired colour of a pixel depends on the pixels around it.

    Attributes:
        rows: float32 (3, h, w, 3): of each repaired colour, the weight of each pixel's colours.
        kernel: float32 (h, w), what a pixel counts for the brightness: the mean over repaired colours of the sum over
            given ones. Its sum is about 1.
        top, left: where the first weight belongs in the picture.
        value: the repaired colour, in levels, neither rounded nor clipped.
        rest: what the weights leave of it: what the network makes of being told about noise, JPEG, blur and holes.
    """

    rows: Floats = field(repr=False)
    kernel: Floats = field(repr=False)
    top: int
    left: int
    value: tuple[float, ...]
    rest: tuple[float, ...]

    def radius(self, share: float = 0.9) -> float:
        """Distance, in pixels from the weights' centre, within which that share of their absolute sum lies."""
        size = np.abs(self.kernel)
        rows, columns = np.indices(size.shape)
        total = max(float(size.sum()), 1e-12)
        down, across = (float((size * axis).sum()) / total for axis in (rows, columns))
        far = np.hypot(rows - down, columns - across).ravel()
        order = far.argsort()
        within = int(np.searchsorted(np.cumsum(size.ravel()[order]), share * total))
        return float(far[order][min(within, len(order) - 1)])

    @property
    def effective(self) -> float:
        """How many pixels, counted alike, would quieten noise as much: the weights' sum squared, over that of their
        squares."""
        squares = float(np.square(self.kernel, dtype=np.float64).sum())
        return float(self.kernel.sum(dtype=np.float64)) ** 2 / squares if squares else 0.0

    @property
    def elongation(self) -> float:
        """How many times as long as wide it is, 1 for a round one, by the weights' squares about their centre."""
        size = np.abs(self.kernel).astype(np.float64).ravel()
        # The faint rest is left out: far away and many, it would decide.
        weight = np.where(size >= size.max() / 10, size**2, 0)
        places = np.indices(self.kernel.shape).reshape(2, -1).astype(np.float64)
        total = float(weight.sum())
        if not total:
            return 1.0
        away = places - (places * weight).sum(axis=1, keepdims=True) / total
        # A single pixel has a width, too: that of a square.
        spread = (away * weight) @ away.T / total + np.eye(2) / 12
        narrow, wide = np.linalg.eigvalsh(spread)
        return float(np.sqrt(wide / narrow))


def telling_places(image: Image, margin: int = 20) -> Mapping[str, tuple[int, int]]:
    """(row, column) of the calmest place of a picture uint8 (H, W, 3), "flat", and of its clearest straight "edge".

    By the eigenvalues of the structure tensor (Förstner & Gülch 1987). Not within `margin` of the picture's edge, as
    far as the picture is large enough.
    """
    grey = checked(image).astype(np.float32).mean(axis=2)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    xx, xy, yy = (cv2.GaussianBlur(one, (0, 0), 3) for one in (across * across, across * down, down * down))
    lead = np.sqrt((xx - yy) ** 2 + 4 * xy**2)  # the larger eigenvalue less the smaller one
    busy = cv2.GaussianBlur(xx + yy, (0, 0), 6)
    rows, columns = (slice(min(margin, (side - 1) // 2), max(side - margin, side // 2 + 1)) for side in grey.shape)
    found = {"flat": busy[rows, columns].argmin(), "edge": lead[rows, columns].argmax()}
    inner = busy[rows, columns].shape
    return {
        name: (int(place // inner[1]) + rows.start, int(place % inner[1]) + columns.start)
        for name, place in found.items()
    }


def pixel_filter(
    repairer: Repairer, image: Image, row: int, column: int, *, told: Findings, missing: Mask | None = None,
    reach: int = REACH,
) -> PixelFilter:
    """The filter at (row, column) of a picture uint8 (H, W, 3), over the pixels at most about `reach` away.

    The network has no biases, so that near this picture it is linear: the weights times the pixels are the answer, but
    for what it is told (`rest`). Mohan et al. 2020, arXiv:1906.05478, sec. 4. Three passes backward.
    Raises LabError ``restore.outside`` for a place that is not in the picture, and ``restore.wrong_mask``.
    """
    picture = checked(image)
    height, width = picture.shape[:2]
    if not (0 <= row < height and 0 <= column < width):
        raise LabError("restore.outside", row=row, column=column, width=width, height=height)
    check_mask(picture, missing)
    # On the grid of the network's coarsest level, so that the piece is seen as the whole would be.
    multiple = repairer.network.restorer.multiple
    top, left = (max(0, (place - reach) // multiple * multiple) for place in (row, column))
    piece = np.s_[top : row + reach + 1, left : column + reach + 1]
    levels = picture[piece].astype(np.float32)
    lost = np.zeros(levels.shape[:2], np.float32) if missing is None else missing[piece].astype(np.float32)
    place = repairer.device.torch
    hole = torch.from_numpy(lost)[None, None].to(place)
    given = (torch.from_numpy(levels.transpose(2, 0, 1).copy())[None] / 255).to(place) * (1 - hole)
    with torch.enable_grad():
        given.requires_grad_(True)
        answer = repairer.denoise(given, hole, told)[0, :, row - top, column - left]
        rows = [torch.autograd.grad(answer[colour], given, retain_graph=colour < 2)[0][0] for colour in range(3)]
    weights = torch.stack(rows)
    explained = 255 * (weights * given.detach()).sum(dim=(1, 2, 3))
    value = 255 * answer.detach()
    array: npt.NDArray[np.float32] = weights.permute(0, 2, 3, 1).cpu().numpy()
    return PixelFilter(
        rows=np.ascontiguousarray(array), kernel=np.ascontiguousarray(array.sum(axis=3).mean(axis=0)), top=top,
        left=left, value=tuple(value.tolist()), rest=tuple((value - explained).tolist()),
    )
