"""The training path: a whole batch at once, one sampling grid and one colour matrix per picture."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.errors import LabError
from .draw import BatchStep, draw_batch
from .policies import Policy
from .steps.base import Floats, Geometry, Linear
from .steps.colour import LUMA

# Pictures worked on at a time: the buffers of 128 pictures of 32 px stay in the cache of one core.
_CHUNK_PIXELS = 128 * 32 * 32
# grid_sample's padding mode and align_corners that equal OpenCV's border (1-D strips pinned by a test).
_PADDING = {"constant": (0, False), "replicate": (1, False), "reflect": (2, False), "reflect101": (2, True)}
_buffers = threading.local()


def augment_batch(
    pictures: Tensor,
    policy: Policy,
    *,
    seed: int,
    epoch: int,
    indices: Tensor | Sequence[int] | npt.NDArray[np.int64],
    view: int,
    out: Tensor | None = None,
) -> Tensor:
    """Each picture changed by its own draw: float32 (N, 3, H, W) in [0, 1], on the pictures' device.

    pictures: uint8 (N, H, W, 3) or (N, 3, H, W). Both are read as they lie in memory; channels first
        is the faster of the two, so keep a training set as (N, 3, H, W) and index that.
    indices: N numbers that name the pictures (their rows in the data set); with seed, epoch and view they
        decide the draw, whatever the batch and whichever the worker.
    out: a float32 (N, 3, H, W) to write into; a fresh one otherwise.

    Agrees with `apply(picture, draw(...))` up to its rounding to 8 bits.
    Raises LabError ``augment.bad_batch`` for another dtype or shape or number of indices.
    """
    planar = _planar(pictures)
    count = planar.shape[0]
    named = np.asarray(indices.cpu() if isinstance(indices, Tensor) else indices, dtype=np.int64)
    if named.shape != (count,):
        raise LabError("augment.bad_batch", got=f"{named.shape} indices for {count} pictures")
    drawn = draw_batch(policy, seed=seed, epoch=epoch, pictures=named, view=view)
    stages = _stages(drawn, planar.shape[3], planar.shape[2], policy.border)
    width, height = next((s.output_size for s in reversed(stages) if isinstance(s, _Warp)), planar.shape[:1:-1])
    result = torch.empty(count, 3, height, width, device=planar.device) if out is None else out
    chunk = max(1, _CHUNK_PIXELS // max(height * width, planar.shape[2] * planar.shape[3]))
    chunk = chunk if planar.device.type == "cpu" else max(1, count)
    for start in range(0, count, chunk):
        rows = slice(start, min(start + chunk, count))
        levels = _buffer("levels", planar[rows].shape, planar.device).copy_(planar[rows])
        for stage in stages:
            levels = stage.run(levels, rows)
        torch.mul(levels, 1 / 255, out=result[rows]).clamp_(0, 1)
    return result


class _Warp:
    """Consecutive geometry of N pictures: one matrix each, one interpolation."""

    def __init__(self, matrices: Floats, size: tuple[int, int], output_size: tuple[int, int], border: str):
        mode, aligned = _PADDING[border]
        self.output_size, self.mode, self.aligned = output_size, mode, aligned
        # grid_sample counts from -1 to 1, between outer edges or, aligned, between pixel centres.
        scale = np.array([2 / max(n - 1, 1) if aligned else 2 / n for n in size])
        shift = np.array([-1 if aligned else 1 / n - 1 for n in size])
        normalise = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]], [0, 0, 1]])
        self.matrices = torch.from_numpy((normalise @ matrices).astype(np.float32))
        self.projective = bool(np.any(matrices[:, 2, :2]))

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        width, height = self.output_size
        m = self.matrices[rows].to(levels.device)[..., None, None]
        x = torch.arange(width, dtype=torch.float32, device=levels.device)[None, None]
        y = torch.arange(height, dtype=torch.float32, device=levels.device)[None, :, None]
        grid = _buffer("grid", (len(levels), height, width, 2), levels.device)
        for axis in (0, 1):
            torch.add(m[:, axis, 0] * x, m[:, axis, 1] * y + m[:, axis, 2], out=grid[..., axis])
        if self.projective:
            grid /= (m[:, 2, 0] * x + (m[:, 2, 1] * y + m[:, 2, 2]))[..., None]
        warped = _buffer("warped", (len(levels), 3, height, width), levels.device)
        torch.ops.aten.grid_sampler_2d.out(levels, grid, 0, self.mode, self.aligned, out=warped)
        return warped


class _Recolour:
    """Consecutive linear colour of N pictures: one matrix each and one grey that hangs on the mean."""

    def __init__(self, matrices: Floats, greys: Floats):
        self.matrices = torch.from_numpy(matrices.astype(np.float32))
        self.greys = torch.from_numpy(greys.astype(np.float32)) if np.any(greys) else None

    def run(self, levels: Tensor, rows: slice) -> Tensor:
        flat = levels.flatten(2)
        matrices = self.matrices[rows].to(levels.device)
        recoloured = _buffer("recoloured", flat.shape, levels.device)
        if self.greys is None:
            torch.bmm(matrices, flat, out=recoloured)
        else:
            grey = (self.greys[rows].to(levels.device) * flat.mean(2)).sum(1)[:, None, None]
            torch.baddbmm(grey, matrices, flat, out=recoloured)
        return recoloured.view(levels.shape).clamp_(0, 255)


def _stages(drawn: list[BatchStep], width: int, height: int, border: str) -> list[_Warp | _Recolour]:
    """The drawn steps with their runs of geometry and of linear colour composed."""
    stages: list[_Warp | _Recolour] = []
    remaining = [one for one in drawn if one.applied.any() or isinstance(one.step, Geometry)]
    while remaining:
        kind = Geometry if isinstance(remaining[0].step, Geometry) else Linear
        run = 1
        while run < len(remaining) and isinstance(remaining[run].step, kind):
            run += 1
        if kind is Geometry:
            matrices, size = compose_geometry(remaining[:run], (width, height))
            stages.append(_Warp(matrices, (width, height), size, border))
            width, height = size
        else:
            stages.append(_Recolour(*compose_colour(remaining[:run])))
        remaining = remaining[run:]
    return stages


def compose_geometry(run: list[BatchStep], size: tuple[int, int]) -> tuple[Floats, tuple[int, int]]:
    """(N, 3, 3) from output to input pixel positions, and the output's (width, height)."""
    total: Floats = np.broadcast_to(np.eye(3), (len(run[0].applied), 3, 3))
    for one in run:
        assert isinstance(one.step, Geometry)
        step = one.step.backward(one.values, *size)
        total = total @ np.where(one.applied[:, None, None], step, np.eye(3))
        size = one.step.output_size(*size)
    return total, size


def compose_colour(run: list[BatchStep]) -> tuple[Floats, Floats]:
    """A (N, 3, 3) and v (N, 3): x' = A x + (v . mean) 1 for the whole run, clipped only at its end."""
    count = len(run[0].applied)
    matrix, grey = np.broadcast_to(np.eye(3), (count, 3, 3)), np.zeros((count, 3))
    for one in run:
        assert isinstance(one.step, Linear)
        step, on_mean = one.step.linear(one.values)
        step = np.where(one.applied[:, None, None], step, np.eye(3))
        on_mean = np.where(one.applied, on_mean, 0.0)[:, None]
        # The mean moves with the pixels; grey stays grey under every step's matrix (see Linear).
        grey = step[:, 0].sum(-1)[:, None] * grey + on_mean * (LUMA @ matrix + grey)
        matrix = step @ matrix
    return matrix, grey


def _planar(pictures: Tensor) -> Tensor:
    """The same memory seen as (N, 3, H, W)."""
    if isinstance(pictures, Tensor) and pictures.dtype == torch.uint8 and pictures.ndim == 4:
        if 0 not in pictures.shape[1:]:
            if pictures.shape[3] == 3:
                return pictures.permute(0, 3, 1, 2)
            if pictures.shape[1] == 3:
                return pictures
    got = f"{pictures.dtype} {tuple(pictures.shape)}" if isinstance(pictures, Tensor) else type(pictures).__name__
    raise LabError("augment.bad_batch", got=got)


def _buffer(name: str, shape: Sequence[int], device: torch.device) -> Tensor:
    """A tensor of this thread's own that is used again: fresh ones of this size can double the time."""
    if not hasattr(_buffers, "kept"):
        _buffers.kept = {}
    key = (name, device)
    need = int(np.prod(shape))
    if key not in _buffers.kept or _buffers.kept[key].numel() < need:
        _buffers.kept[key] = torch.empty(need, device=device)
    return _buffers.kept[key][:need].view(tuple(shape))
