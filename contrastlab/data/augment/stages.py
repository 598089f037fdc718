"""What a batch goes through: each stage takes float levels (n, 3, H, W) in 0-255 and gives such levels back.

`rows` says which of the N drawn pictures the n are. A stage may write into the levels that it was given, and
results may lie in buffers that the next call uses again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.images import Image
from .apply import counts_through, level_counts
from .draw import BatchStep
from .steps.base import Curve, Filter, Floats, Geometry, Linear
from .steps.colour import LUMA
from .warp import PLAIN_STRIDE, strides, warp

# grid_sample's padding mode and align_corners that equal OpenCV's border (1-D strips pinned by a test).
_PADDING = {"constant": (0, False), "replicate": (1, False), "reflect": (2, False), "reflect101": (2, True)}
_buffers = threading.local()


class Stage(Protocol):
    def run(self, levels: Tensor, rows: slice) -> Tensor: ...


class Warped:
    """Consecutive geometry: one matrix a picture, one interpolation. `size` is (width, height) of what comes out."""

    def __init__(self, run: list[BatchStep], size: tuple[int, int], border: str) -> None:
        backward, self.size = _composed_geometry(run, size)
        self.backward, self.border = backward, border
        # Pictures that shrink need averaging and wrapping has no counterpart here: those go one by one.
        across, down = strides(backward, self.size)
        self.alone = (np.maximum(across, down) > PLAIN_STRIDE) | (border not in _PADDING)
        self.mode, self.aligned = _PADDING.get(border, (0, False))
        # grid_sample counts from -1 to 1, between outer edges or, aligned, between pixel centres.
        scale = [2 / max(n - 1, 1) if self.aligned else 2 / n for n in size]
        shift = [-1 if self.aligned else 1 / n - 1 for n in size]
        normalise = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]], [0, 0, 1]])
        self.matrices = torch.from_numpy((normalise @ backward).astype(np.float32))
        self.projective = bool(np.any(backward[:, 2, :2]))

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        alone = np.nonzero(self.alone[rows])[0].tolist()
        if len(alone) < len(levels):
            # Bilinear (0). Its form with `out` makes a fresh tensor as well, and then copies that.
            warped = torch.grid_sampler_2d(levels, self._grid(levels, rows), 0, self.mode, self.aligned)
        else:
            warped = levels.new_empty((len(levels), 3, self.size[1], self.size[0]))
        for i in alone:
            image = warp(as_image(levels[i]), self.backward[rows][i], self.size, self.border)
            warped[i] = as_levels(image)
        return warped

    def _grid(self, levels: Tensor, rows: slice) -> Tensor:
        width, height = self.size
        m = self.matrices[rows].to(levels.device)[..., None, None]
        x = torch.arange(width, dtype=torch.float32, device=levels.device)[None, None]
        y = torch.arange(height, dtype=torch.float32, device=levels.device)[None, :, None]
        grid = buffer("grid", (len(levels), height, width, 2), levels.device)
        # Two vectors added by broadcasting: several times faster than affine_grid's matrix product.
        for axis in (0, 1):
            torch.add(m[:, axis, 0] * x, m[:, axis, 1] * y + m[:, axis, 2], out=grid[..., axis])
        if self.projective:
            grid /= (m[:, 2, 0] * x + (m[:, 2, 1] * y + m[:, 2, 2]))[..., None]
        return grid


class Recoloured:
    """Consecutive linear colour: one matrix a picture and one grey that hangs on its mean."""

    def __init__(self, run: list[BatchStep]) -> None:
        matrices, greys = _composed_colour(run)
        self.matrices = torch.from_numpy(matrices.astype(np.float32))
        self.greys = torch.from_numpy(greys.astype(np.float32)) if np.any(greys) else None

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        flat = levels.flatten(2)
        matrices = self.matrices[rows].to(levels.device)
        recoloured = buffer("recoloured", flat.shape, levels.device)
        if recoloured.data_ptr() == levels.data_ptr():  # two such stages in a row
            recoloured = buffer("recoloured again", flat.shape, levels.device)
        if self.greys is None:
            torch.bmm(matrices, flat, out=recoloured)
        else:
            grey = (self.greys[rows].to(levels.device) * flat.mean(2)).sum(1)[:, None, None]
            torch.baddbmm(grey, matrices, flat, out=recoloured)
        return recoloured.view(levels.shape).clamp_(0, 255)


class Tabled:
    """Consecutive curves: one table a picture and channel."""

    def __init__(self, run: list[BatchStep]) -> None:
        self.steps = run

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        whole = levels.round().clamp_(0, 255).to(torch.int64).flatten(2)
        counts: list[npt.NDArray[np.int64]] | None = None
        if any(_curve(one).READS_PICTURE and one.applied[rows].any() for one in self.steps):
            images = whole.view(levels.shape).permute(0, 2, 3, 1).to(torch.uint8).cpu().numpy()
            counts = [level_counts(image) for image in images]
        tables = np.tile(np.arange(256, dtype=np.uint8), (len(levels), 3, 1))
        for one in self.steps:
            applied = np.nonzero(one.applied[rows])[0]
            if not applied.size:
                continue
            if _curve(one).READS_PICTURE:
                assert counts is not None
                seen = (counts_through(counts[i], tables[i]) for i in applied)
                own = np.stack([_curve(one).table({}, count) for count in seen])
            else:
                values = {name: value[rows][applied] for name, value in one.values.items()}
                own = np.broadcast_to(_curve(one).table(values, None)[:, None], (len(applied), 3, 256))
            tables[applied] = np.take_along_axis(own, tables[applied], 2)
        mapped = torch.from_numpy(tables).to(levels.device, torch.float32).gather(2, whole).view(levels.shape)
        # Pictures that nothing applies to keep their fractions of a level.
        touched = torch.from_numpy(np.any([one.applied[rows] for one in self.steps], axis=0)).to(
            levels.device
        )
        return torch.where(touched[:, None, None, None], mapped, levels)


class HsvTurned:
    """The HSV form of a hue shift (torchvision's adjust_hue), on the pictures that it applies to."""

    def __init__(self, one: BatchStep) -> None:
        shifts = one.values[getattr(one.step, "reads")]  # noqa: B009
        self.shifts = torch.from_numpy(np.where(one.applied, shifts, 0).astype(np.float32))
        self.applied = torch.from_numpy(one.applied)

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        red, green, blue = levels.unbind(1)
        brightest = levels.amax(1)
        chroma = brightest - levels.amin(1)
        safe = chroma.clamp(min=1e-6)
        sextant = torch.where(
            brightest == red,
            (green - blue) / safe,
            torch.where(brightest == green, (blue - red) / safe + 2, (red - green) / safe + 4),
        )
        sextant = sextant + 6 * self.shifts[rows].to(levels.device)[:, None, None]
        turned = torch.empty_like(levels)
        for channel, offset in enumerate((5, 3, 1)):
            k = (sextant + offset) % 6
            turned[:, channel] = brightest - chroma * torch.minimum(k, 4 - k).clamp(0, 1)
        return torch.where(self.applied[rows].to(levels.device)[:, None, None, None], turned, levels)


class Filtered:
    """Any other step: the pictures that it applies to, one by one, through the single path's own code."""

    def __init__(self, one: BatchStep, border: str) -> None:
        self.one, self.border = one, border

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        step = self.one.step
        assert isinstance(step, Filter)
        for i in np.nonzero(self.one.applied[rows])[0].tolist():
            values = self.one.values_of(rows.start + i)
            levels[i] = as_levels(step.filtered(as_image(levels[i]), values, self.border))
        return levels


def as_image(levels: Tensor) -> Image:
    """Float levels (3, H, W) rounded to uint8 (H, W, 3)."""
    whole = levels.round().clamp_(0, 255).to(torch.uint8)
    return np.ascontiguousarray(whole.permute(1, 2, 0).cpu().numpy())


def as_levels(image: Image) -> Tensor:
    """uint8 (H, W, 3) as (3, H, W), to be copied into float levels."""
    return torch.from_numpy(image).permute(2, 0, 1)


def buffer(name: str, shape: Sequence[int], device: torch.device) -> Tensor:
    """A float32 tensor of this thread's own that is used again: fresh ones of this size can double the time."""
    if not hasattr(_buffers, "kept"):
        _buffers.kept = {}
    need = int(np.prod(shape))
    kept: Tensor | None = _buffers.kept.get((name, device))
    if kept is None or kept.numel() < need:
        kept = _buffers.kept[name, device] = torch.empty(need, device=device)
    return kept[:need].view(tuple(shape))


def _composed_geometry(run: list[BatchStep], size: tuple[int, int]) -> tuple[Floats, tuple[int, int]]:
    """(N, 3, 3) from output to input pixel positions, and the output's (width, height)."""
    total: Floats = np.broadcast_to(np.eye(3), (len(run[0].applied), 3, 3))
    for one in run:
        assert isinstance(one.step, Geometry)
        own = one.step.backward(one.values, *size)
        total = total @ np.where(one.applied[:, None, None], own, np.eye(3))
        size = one.step.output_size(*size)
    return total, size


def _composed_colour(run: list[BatchStep]) -> tuple[Floats, Floats]:
    """A (N, 3, 3) and v (N, 3): x' = A x + (v . mean) 1 for the whole run, clipped only at its end."""
    count = len(run[0].applied)
    matrix, grey = np.broadcast_to(np.eye(3), (count, 3, 3)), np.zeros((count, 3))
    for one in run:
        assert isinstance(one.step, Linear)
        own, on_mean = one.step.linear(one.values)
        own = np.where(one.applied[:, None, None], own, np.eye(3))
        on_mean = np.where(one.applied, on_mean, 0.0)[:, None]
        # The mean moves with the pixels; grey stays grey under every step's matrix (see Linear).
        grey = own[:, 0].sum(-1)[:, None] * grey + on_mean * (LUMA @ matrix + grey)
        matrix = own @ matrix
    return matrix, grey


def _curve(one: BatchStep) -> Curve:
    assert isinstance(one.step, Curve)
    return one.step
