"""The training path: a whole batch at once, one sampling grid and one colour matrix per picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.errors import LabError
from .apply import family
from .draw import BatchStep, draw_batch
from .policies import Policy
from .stages import Filtered, HsvTurned, Recoloured, Stage, Tabled, Warped, buffer
from .steps.base import Curve, Geometry, Linear
from .steps.colour import HsvTurn

# Worked on at a time: 128 pictures of 32 px, or as many pixels. Above that the C library gives the memory of
# each result back to the system and asks for it again, page by page.
_CHUNK_PIXELS = 128 * 32 * 32


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

    Agrees with `apply(picture, draw(policy, seed, epoch=..., picture=index, view=...))` up to the latter's
    rounding to 8 bits after each run of steps. Geometry, linear colour, hue and tables run on the whole
    batch; blur, noise, JPEG and the like, and pictures that shrink, go picture by picture through `apply`'s own code.
    Raises LabError ``augment.bad_batch`` for another dtype or shape, ``augment.bad_indices`` unless there is
    one index a picture, ``augment.bad_out`` if `out` does not fit.
    """
    planar = _planar(pictures)
    count, _, height, width = planar.shape
    named = np.asarray(indices.cpu() if isinstance(indices, Tensor) else indices, dtype=np.int64)
    if named.shape != (count,):
        raise LabError("augment.bad_indices", got=str(named.shape), count=count)
    drawn = draw_batch(policy, seed=seed, epoch=epoch, pictures=named, view=view)
    stages, (out_width, out_height) = _stages(drawn, (width, height), policy.border)
    shape = (count, 3, out_height, out_width)
    result = torch.empty(shape, device=planar.device) if out is None else out
    if result.shape != shape or result.dtype != torch.float32:
        raise LabError("augment.bad_out", got=f"{result.dtype} {tuple(result.shape)}", shape=str(shape))
    chunk = max(1, _CHUNK_PIXELS // max(height * width, out_height * out_width))
    # A GPU is busiest with everything at once.
    chunk = chunk if planar.device.type == "cpu" else max(1, count)
    # Half precision is for networks: pictures keep all their levels even inside a training step.
    with torch.no_grad(), torch.autocast(planar.device.type, enabled=False):
        _run(stages, planar, result, chunk)
    return result


def _run(stages: list[Stage], planar: Tensor, result: Tensor, chunk: int) -> None:
    for start in range(0, len(planar), chunk):
        part, into = planar[start : start + chunk], result[start : start + chunk]
        floats = buffer("floats", part.shape, planar.device).copy_(part).mul_(1 / 255)
        for stage in stages:
            touched = np.nonzero(stage.touched[start : start + len(part)])[0]
            if stage.alone_if_few and touched.size <= len(part) * stage.alone_if_few:
                if touched.size:
                    few = torch.from_numpy(touched).to(planar.device)
                    floats[few] = stage.run(floats[few], touched + start, None)
            else:
                everybody = slice(start, start + len(part))
                floats = stage.run(floats, everybody, into if stage is stages[-1] else None)
        if floats.data_ptr() != into.data_ptr():
            into.copy_(floats)


def _stages(
    drawn: list[BatchStep], size: tuple[int, int], border: str
) -> tuple[list[Stage], tuple[int, int]]:
    """The drawn steps as stages, composed exactly as `apply.runs` composes them, and the output's size.

    The options of one pick follow each other by family; as a picture takes one of them, nothing is composed.
    """
    parts = [dataclasses.replace(one, step=part) for one in drawn for part in one.step.parts()]
    stages: list[Stage] = []
    for (kind, _), group in groupby(parts, lambda one: (family(one.step), one.pick)):
        run = [one for one in group if one.applied.any()]
        if not run:
            continue
        if kind is Geometry:
            warped = Warped(run, size, border)
            size = warped.size
            stages.append(warped)
        elif kind is Linear:
            stages.append(Recoloured(run))
        elif kind is Curve:
            stages.append(Tabled(run))
        else:
            stages += [
                HsvTurned(one) if isinstance(one.step, HsvTurn) else Filtered(one, border) for one in run
            ]
    return stages, size


def _planar(pictures: Tensor) -> Tensor:
    """The same memory seen as (N, 3, H, W)."""
    if not isinstance(pictures, Tensor):
        raise LabError("augment.bad_batch", got=type(pictures).__name__)
    if pictures.dtype == torch.uint8 and pictures.ndim == 4 and 0 not in pictures.shape[1:]:
        if pictures.shape[3] == 3:
            return pictures.permute(0, 3, 1, 2)
        if pictures.shape[1] == 3:
            return pictures
    raise LabError("augment.bad_batch", got=f"{pictures.dtype} {tuple(pictures.shape)}")
