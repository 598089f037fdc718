"""Applying what was drawn to one picture: runs of steps composed, uint8 throughout."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...core.errors import LabError
from ...core.images import Image
from .draw import draw
from .drawn import Drawn, DrawnStep
from .policies import Policy
from .steps.base import Curve, Filter, Floats, Geometry, Linear, Step
from .steps.colour import LUMA, colour_matrix, composed
from .warp import warp

Part = tuple[Step, Mapping[str, Any]]
_FAMILIES: dict[type[Step], type[Step]] = {}


@dataclass(frozen=True)
class Frame:
    """The picture after one step of a draw.

    image: uint8 (H, W, 3). milliseconds: what it took to get here from the last point where the picture
    was really made; the steps of one run of geometry (or of colour) share one warp (or one matrix).
    """

    step: DrawnStep
    image: Image
    milliseconds: float


def augment(image: Image, policy: Policy, seed: int) -> Image:
    """A randomly changed copy: `apply(image, draw(policy, seed))`."""
    return apply(image, draw(policy, seed))


def apply(image: Image, drawn: Drawn) -> Image:
    """The picture changed as drawn: uint8 (H, W, 3) RGB, new memory, the input as it was.

    Consecutive geometry is one matrix and one interpolation, consecutive linear colour one matrix,
    consecutive curves one table, so it is sharper than the steps one after another, and clipped less often
    (asked for in MONAI#2425, whose lazy resampling does it for geometry).
    Raises LabError ``image.wrong_shape`` if it is not uint8 (H, W, 3).
    """
    picture = checked(image)
    for _, run in runs(drawn.steps):
        picture = run_on(picture, run, drawn.border)
    return picture.copy() if picture is image else picture


def apply_steps(image: Image, drawn: Drawn) -> list[Frame]:
    """The picture after each step, skipped ones too (they repeat the picture before); the last is `apply`'s."""
    picture = checked(image)
    finished = [picture]  # after 0, 1, ... whole runs
    frames = []
    for number, step in enumerate(drawn.steps, 1):
        clock = time.perf_counter()
        if step.applied:
            so_far = [run for _, run in runs(drawn.steps[:number])]
            if len(so_far) > len(finished):
                finished.append(picture)
            for run in so_far[len(finished) - 1 : -1]:
                finished.append(run_on(finished[-1], run, drawn.border))
            picture = run_on(finished[-1], so_far[-1], drawn.border)
        milliseconds = (time.perf_counter() - clock) * 1000 if step.applied else 0.0
        frames.append(Frame(step, picture.copy(), milliseconds))
    return frames


def family(step: Step) -> type[Step]:
    """Which sort of part it is: Geometry, Linear, Curve, Filter, or Step for one that picked nothing."""
    if type(step) not in _FAMILIES:
        sorts = (Geometry, Linear, Curve, Filter, Step)
        _FAMILIES[type(step)] = next(sort for sort in sorts if isinstance(step, sort))
    return _FAMILIES[type(step)]


def runs(steps: Iterable[DrawnStep]) -> Iterator[tuple[type[Step], list[Part]]]:
    """The applied parts in order, neighbours of one family together; filters and picked steps stand alone.

    A step that was skipped still parts its neighbours. So what is composed with what depends on the policy
    and not on luck, and is the same in a batch, where other pictures do not skip it.
    """
    run: list[Part] = []
    kind: type[Step] = Step
    before_was_picked = False
    for one in steps:
        for part in one.step.parts():
            own = family(part)
            if own is not kind or kind is Filter or one.picked or before_was_picked:
                if run:
                    yield kind, run
                run, kind = [], own
            if one.applied:
                run.append((part, one.values))
            before_was_picked = one.picked
    if run:
        yield kind, run


def run_on(picture: Image, run: list[Part], border: str) -> Image:
    """One run applied; may give back the same picture if nothing changes."""
    step, values = run[0]
    if isinstance(step, Filter):
        return step.filtered(picture, values, border)
    if isinstance(step, Geometry):
        backward, size = geometry(run, (picture.shape[1], picture.shape[0]))
        return warp(picture, backward, size, border)
    return _recoloured(picture, run) if isinstance(step, Linear) else _through_tables(picture, run)


def geometry(run: Iterable[Part], size: tuple[int, int]) -> tuple[Floats, tuple[int, int]]:
    """(3, 3) from output to input pixel positions of a whole run, and the output's (width, height)."""
    total: Floats | None = None
    for step, values in run:
        assert isinstance(step, Geometry)
        backward = step.backward(values, *size)
        total = backward if total is None else total @ backward
        size = step.output_size(*size)
    return np.eye(3) if total is None else total, size


def _recoloured(picture: Image, run: list[Part]) -> Image:
    luma, chroma, grey = 1.0, complex(1), 0.0
    for step, values in run:
        assert isinstance(step, Linear)
        luma, chroma, grey = composed((luma, chroma, grey), step.gains(values))
    if abs(luma - 1) < 1e-9 and abs(chroma - 1) < 1e-9 and abs(grey) < 1e-9:
        return picture
    matrix = colour_matrix(luma, chroma)
    if grey:
        red, green, blue, _ = cv2.sumElems(picture)
        mean = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
        matrix[:, 3] = grey * mean / (picture.shape[0] * picture.shape[1])
    return np.asarray(cv2.transform(picture, matrix), np.uint8)


def _through_tables(picture: Image, run: list[Part]) -> Image:
    total = np.tile(np.arange(256, dtype=np.uint8), (3, 1))
    counts: npt.NDArray[np.int64] | None = None
    for step, values in run:
        assert isinstance(step, Curve)
        if step.READS_PICTURE and counts is None:
            counts = level_counts(picture)
        # How often each level occurs after the tables so far: no need to make that picture.
        seen = None if counts is None else counts_through(counts, total)
        total = np.take_along_axis(np.broadcast_to(step.table(values, seen), (3, 256)), total, 1)
    if np.array_equal(total, np.broadcast_to(np.arange(256), (3, 256))):
        return picture
    same = np.array_equal(total[0], total[1]) and np.array_equal(total[0], total[2])
    table = total[0] if same else np.ascontiguousarray(total.T)[None]
    return np.asarray(cv2.LUT(picture, table), np.uint8)


def level_counts(picture: Image) -> npt.NDArray[np.int64]:
    """(3, 256): how often each level occurs in each channel."""
    counts = [cv2.calcHist([picture], [channel], None, [256], [0, 256]) for channel in range(3)]
    return np.stack(counts).reshape(3, 256).astype(np.int64)


def counts_through(counts: npt.NDArray[np.int64], tables: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """(3, 256): the counts after each level went through its channel's table (3, 256)."""
    moved = (
        np.bincount(table, weights=count, minlength=256) for table, count in zip(tables, counts, strict=True)
    )
    return np.stack([np.rint(m).astype(np.int64) for m in moved])


def checked(image: Image) -> Image:
    """The picture in contiguous memory. Raises LabError ``image.wrong_shape``."""
    if not isinstance(image, np.ndarray):
        raise LabError("image.wrong_shape", got=type(image).__name__)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise LabError("image.wrong_shape", got=f"{image.dtype} {image.shape}")
    return np.ascontiguousarray(image)
