"""What a batch goes through: each stage takes float pictures (n, 3, H, W) in [0, 1] and gives such pictures back.

`rows` picks these n out of the N drawn pictures. A stage may write into what it was given, and into `out`,
where the last stage's result is wanted.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.images import Image
from .apply import counts_through, level_counts
from .draw import BatchStep
from .steps.base import Curve, Filter, Floats, Geometry, Linear, Number
from .steps.colour import LUMA, HsvTurn, colour_matrix, composed
from .warp import PLAIN_STRIDE, strides, warp

# grid_sample's padding mode and align_corners that equal OpenCV's border (1-D strips pinned by a test).
_PADDING = {"constant": (0, False), "replicate": (1, False), "reflect": (2, False), "reflect101": (2, True)}
_buffers = threading.local()
Rows: TypeAlias = slice | npt.NDArray[np.int64]


class Stage(Protocol):
    """One stage.

    Attributes:
        touched: (N,) bool, the pictures that it changes.
        alone_if_few: up to which share of a batch its pictures are better taken out and put back; 1 where it
            must be given no others, 0 where it changes the size and must be given all.
    """

    touched: npt.NDArray[np.bool_]
    alone_if_few: float

    def run(self, floats: Tensor, rows: Rows, out: Tensor | None) -> Tensor: ...


def touched_by(run: list[BatchStep]) -> npt.NDArray[np.bool_]:
    """(N,): whether any of the steps is applied."""
    return np.any([one.applied for one in run], axis=0)


class Warped:
    """Consecutive geometry: one matrix a picture, one interpolation. `size` is (width, height) of what comes out."""

    def __init__(self, run: list[BatchStep], size: tuple[int, int], border: str) -> None:
        backward, self.size = _composed_geometry(run, size)
        self.backward, self.border = backward, border
        self.touched, self.alone_if_few = touched_by(run), 0.5 if self.size == size else 0.0
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

    def run(self, floats: Tensor, rows: Rows, out: Tensor | None) -> Tensor:
        alone = np.nonzero(self.alone[rows])[0].tolist()
        if len(alone) < len(floats):
            # Bilinear (0). Its form with `out` makes a fresh tensor as well, and then copies that.
            warped = torch.grid_sampler_2d(floats, self._grid(floats, rows), 0, self.mode, self.aligned)
        else:
            warped = floats.new_empty((len(floats), 3, self.size[1], self.size[0]))
        for i in alone:
            image = warp(as_image(floats[i]), self.backward[rows][i], self.size, self.border)
            warped[i] = as_floats(image[None], floats.device)[0]
        return warped

    def _grid(self, floats: Tensor, rows: Rows) -> Tensor:
        width, height = self.size
        m = self.matrices[rows].to(floats.device)[..., None, None]
        x = torch.arange(width, dtype=torch.float32, device=floats.device)[None, None]
        y = torch.arange(height, dtype=torch.float32, device=floats.device)[None, :, None]
        # The two planes apart: they are written and read in one go each, where pairs would be picked apart.
        grid = buffer("grid", (len(floats), 2, height, width), floats.device)
        # Two vectors added by broadcasting: several times faster than affine_grid's matrix product.
        for axis in (0, 1):
            torch.add(m[:, axis, 0] * x, m[:, axis, 1] * y + m[:, axis, 2], out=grid[:, axis])
        if self.projective:
            grid /= (m[:, 2, 0] * x + (m[:, 2, 1] * y + m[:, 2, 2]))[:, None]
        return grid.permute(0, 2, 3, 1)


class Recoloured:
    """Consecutive linear colour: one matrix a picture and one grey that hangs on its mean luma."""

    def __init__(self, run: list[BatchStep]) -> None:
        self.touched, self.alone_if_few = touched_by(run), 0.5
        count = len(run[0].applied)
        gains: tuple[Number, ...] = (np.ones(count), np.ones(count, complex), np.zeros(count))
        for one in run:
            assert isinstance(one.step, Linear)
            luma, chroma, grey = one.step.gains(one.values)
            own = (np.where(one.applied, gain, none) for gain, none in ((luma, 1), (chroma, 1), (grey, 0)))
            gains = composed(gains, tuple(own))
        self.matrices = torch.from_numpy(colour_matrix(gains[0], gains[1])[..., :3].astype(np.float32))
        greys = gains[2][:, None] * np.array(LUMA)
        self.greys = torch.from_numpy(greys.astype(np.float32)) if np.any(greys) else None

    def run(self, floats: Tensor, rows: Rows, out: Tensor | None) -> Tensor:
        flat = floats.flatten(2)
        matrices = self.matrices[rows].to(floats.device)
        into = None if out is None else out.flatten(2)
        if self.greys is None:
            recoloured = torch.bmm(matrices, flat, out=into)
        else:
            grey = (self.greys[rows].to(floats.device) * flat.mean(2)).sum(1)[:, None, None]
            recoloured = torch.baddbmm(grey, matrices, flat, out=into)
        return recoloured.view(floats.shape).clamp_(0, 1)


class Tabled:
    """Consecutive curves: one table a picture and channel."""

    def __init__(self, run: list[BatchStep]) -> None:
        self.touched, self.alone_if_few = touched_by(run), 1.0
        self.steps = run

    def run(self, floats: Tensor, rows: Rows, out: Tensor | None) -> Tensor:
        levels = (floats * 255).round_().clamp_(0, 255).to(torch.int64).flatten(2)
        counts: list[npt.NDArray[np.int64]] | None = None
        if any(_curve(one).READS_PICTURE and one.applied[rows].any() for one in self.steps):
            images = levels.view(floats.shape).permute(0, 2, 3, 1).to(torch.uint8).cpu().numpy()
            counts = [level_counts(np.ascontiguousarray(image)) for image in images]
        tables = np.tile(np.arange(256, dtype=np.uint8), (len(floats), 3, 1))
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
        shares = torch.from_numpy(tables).to(floats.device, torch.float32) / 255
        return shares.gather(2, levels).view(floats.shape)


class HsvTurned:
    """The HSV form of a hue shift, through OpenCV as the single path does."""

    def __init__(self, one: BatchStep) -> None:
        assert isinstance(one.step, HsvTurn)
        self.touched, self.alone_if_few = one.applied, 1.0
        self.turns = (360 * (one.values[one.step.reads] % 1)).astype(np.float32)

    def run(self, floats: Tensor, rows: Rows, out: Tensor | None) -> Tensor:
        pixels = floats.permute(0, 2, 3, 1).contiguous().cpu().numpy()
        # One long row of pixels: OpenCV converts colours one by one.
        hsv = cv2.cvtColor(pixels.reshape(1, -1, 3), cv2.COLOR_RGB2HSV).reshape(pixels.shape)
        hsv[..., 0] += self.turns[rows][:, None, None]
        turned = cv2.cvtColor(hsv.reshape(1, -1, 3), cv2.COLOR_HSV2RGB).reshape(pixels.shape)
        return torch.from_numpy(turned).permute(0, 3, 1, 2).to(floats.device)


class Filtered:
    """Any other step: picture by picture, through the single path's own code."""

    def __init__(self, one: BatchStep, border: str) -> None:
        self.touched, self.alone_if_few = one.applied, 1.0
        self.one, self.border = one, border

    def run(self, floats: Tensor, rows: Rows, out: Tensor | None) -> Tensor:
        assert isinstance(self.one.step, Filter)
        images = (floats * 255).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
        made = [
            self.one.step.filtered(image, self.one.values_of(row), self.border)
            for image, row in zip(
                images.contiguous().cpu().numpy(), np.arange(len(self.touched))[rows].tolist(), strict=True
            )
        ]
        return as_floats(np.stack(made), floats.device)


def as_image(floats: Tensor) -> Image:
    """Float (3, H, W) in [0, 1] rounded to uint8 (H, W, 3)."""
    levels = (floats * 255).round_().clamp_(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())


def as_floats(images: npt.NDArray[np.uint8], device: torch.device) -> Tensor:
    """uint8 (N, H, W, 3) as float (N, 3, H, W) in [0, 1]."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).to(device) / 255


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


def _curve(one: BatchStep) -> Curve:
    assert isinstance(one.step, Curve)
    return one.step
