"""Where the numbers are crunched and how precisely: decided here, once, and nowhere else."""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import torch

from .errors import LabError

KINDS = ("cuda", "mps", "cpu")


@dataclass(frozen=True, slots=True)
class Device:
    """One place to compute.

    Attributes:
        kind: "cuda", "mps" or "cpu".
        training_dtype: what autocast computes convolutions in while training; float32 means no autocast.
    """

    kind: str
    training_dtype: torch.dtype

    @property
    def torch(self) -> torch.device:
        return torch.device(self.kind)

    @property
    def precision(self) -> str:
        """The short name for people: "bf16" or "fp32"."""
        return "bf16" if self.training_dtype is torch.bfloat16 else "fp32"

    def autocast(self) -> AbstractContextManager[object]:
        """Mixed precision for a training step; does nothing where it was not measured to be faster."""
        enabled = self.training_dtype is not torch.float32
        dtype = self.training_dtype if enabled else torch.bfloat16
        return torch.autocast(self.kind, dtype=dtype, enabled=enabled)


def choose_device(wanted: str | None = None) -> Device:
    """The best device present, or the one asked for (also by the variable CONTRASTLAB_DEVICE).

    On ZeroGPU the best is the CPU: there a graphics card is lent to one function at a time, with a queue before it.

    Raises LabError ``device.unknown`` or ``device.missing``, naming what this machine has.
    """
    wanted = wanted or os.environ.get("CONTRASTLAB_DEVICE") or None
    present = _present()
    if wanted is None:
        kind = "cpu" if os.environ.get("SPACES_ZERO_GPU") else present[0]
    elif wanted not in KINDS:
        raise LabError("device.unknown", got=wanted, options=", ".join(KINDS))
    elif wanted not in present:
        raise LabError("device.missing", got=wanted, options=", ".join(present))
    else:
        kind = wanted
    return Device(kind, _training_dtype(kind))


def is_out_of_memory(error: Exception) -> bool:
    """Whether a graphics card said that its memory is full; Apple's has no error of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "MPS backend out of memory" in str(error)


def set_threads(count: int | None = None) -> int:
    """Use `count` CPU threads, or every core this process may run on; returns the number used."""
    if count is None:
        affinity = getattr(os, "sched_getaffinity", None)
        count = len(affinity(0)) if affinity else (os.cpu_count() or 1)
    if count < 1:
        raise LabError("knob.out_of_range", name="threads", got=count, minimum=1, maximum=os.cpu_count() or 1)
    torch.set_num_threads(count)
    return count


def _present() -> list[str]:
    present = []
    if torch.cuda.is_available():
        present.append("cuda")
    if torch.backends.mps.is_available():
        present.append("mps")
    return [*present, "cpu"]


@cache
def _training_dtype(kind: str) -> torch.dtype:
    if kind == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if kind == "mps":
        return torch.float32
    return torch.bfloat16 if _bf16_is_faster() else torch.float32


def _bf16_is_faster() -> bool:
    """Whether this processor convolves faster in bf16 (AMX, avx512_bf16) than in fp32: timed, not guessed."""
    weights = torch.ones(64, 64, 3, 3)
    pictures = torch.ones(32, 64, 16, 16).to(memory_format=torch.channels_last)
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        x, w = pictures.to(dtype), weights.to(dtype).to(memory_format=torch.channels_last)
        runs = []
        for _ in range(4):
            start = time.perf_counter()
            torch.nn.functional.conv2d(x, w, padding=1)
            runs.append(time.perf_counter() - start)
        seconds[dtype] = min(runs)
    return seconds[torch.bfloat16] < 0.8 * seconds[torch.float32]
