"""The one training loop: an iterator of progress that can be killed at any step and resumed.

Every step draws its batch and its randomness from (seed, step) alone, so a run that was killed and
resumed takes the same steps as one that was not, and no random state has to be kept.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from .state import load_state, save_state

STATE = "state.safetensors"
LOG = "metrics.jsonl"

#: Steps timed to turn a time budget into a number of steps, after the warm-up ones (first calls compile kernels).
_TIMED_STEPS, _WARM_UP_STEPS = 12, 4


class Trainee(Protocol):
    """What `fit` trains: networks, their optimisers and their averages, behind three methods."""

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """Those whose learning rates follow the schedule."""

    def step(self, step: int) -> Mapping[str, float]:
        """Take step number `step` (0, 1, ...) and return what to log. Draws nothing but from (seed, step)."""

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed run needs."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to what `state_dict` returned."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Linear warm-up to the optimisers' own rates, then half a cosine down to `final` of them.

    Loshchilov & Hutter 2017, arXiv:1608.03983; warm-up Goyal et al. 2017, arXiv:1706.02677.
    """

    warmup_steps: int
    final: float = 0.0

    def factor(self, step: int, max_steps: int) -> float:
        """What to multiply the learning rates with at `step` of `max_steps`."""
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / max(1, max_steps - self.warmup_steps)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training stands, after a step.

    Attributes:
        step: steps taken so far, 1 to `max_steps`.
        metrics: the running mean, since the last progress, of what the steps returned.
        samples_per_second: of this process, since the last progress.
        seconds_left: estimate at that speed.
        saved: whether the state was just written.
    """

    step: int
    max_steps: int
    metrics: Mapping[str, float]
    samples_per_second: float
    seconds_left: float
    saved: bool


def fit(
    trainee: Trainee,
    *,
    folder: Path,
    schedule: Schedule,
    batch_size: int,
    seed: int,
    steps: int = 0,
    minutes: float = 0.0,
    first_step: int = 0,
    log_every: int = 20,
    save_every_seconds: float = 180.0,
    on_save: Callable[[int, int], None] | None = None,
    snapshots: Sequence[int] = (),
    on_snapshot: Callable[[int], None] | None = None,
) -> Iterator[Progress]:
    """Train until `steps` are taken, or for about `minutes`; exactly one of the two is positive.

    A state in `folder` is resumed. A time budget becomes a number of steps once, at the start, by timing
    a few of them, and that number is kept in the state. `first_step` starts a fresh run further along the
    schedule (after `--init`). `on_save(step, max_steps)` is called after each saved state, the last one
    included (of a run that is finished already, at once), and `on_snapshot(step)` after each step listed in
    `snapshots`. Closing the iterator stops after the current step; what was saved last stays.

    Raises LabError ``training.diverged`` naming the step and the value when a returned number is not finite,
    ``training.no_length`` when neither or both of steps and minutes are given.
    """
    if (steps > 0) == (minutes > 0):
        raise LabError("training.no_length", steps=steps, minutes=minutes)
    base_rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in trainee.optimizers()]
    step, max_steps = first_step, steps
    if (folder / STATE).exists():
        saved = load_state(folder / STATE)
        trainee.load_state_dict(saved["trainee"])
        step, max_steps = saved["step"], saved["max_steps"]
    elif minutes > 0:
        max_steps = first_step + _steps_in(trainee, minutes, seed, first_step)
    _cut_log(folder / LOG, step)
    if step >= max_steps and on_save is not None:
        on_save(step, max_steps)  # a finished run, asked again, hands out its result again

    sums: dict[str, float] = {}
    window_start, window_steps = time.perf_counter(), 0
    last_save = time.perf_counter()
    while step < max_steps:
        factor = schedule.factor(step, max_steps)
        metrics = _take_step(trainee, step, seed, base_rates, factor)
        step += 1
        window_steps += 1
        for name, value in metrics.items():
            sums[name] = sums.get(name, 0.0) + value
        if step in snapshots and on_snapshot is not None:
            on_snapshot(step)
        finished = step == max_steps
        save = finished or time.perf_counter() - last_save > save_every_seconds
        if save:
            save_state(folder / STATE, {"step": step, "max_steps": max_steps, "trainee": trainee.state_dict()})
            if on_save is not None:
                on_save(step, max_steps)
            last_save = time.perf_counter()
        if save or step % log_every == 0:
            seconds = time.perf_counter() - window_start
            means = {name: value / window_steps for name, value in sums.items()}
            rate = window_steps * batch_size / seconds
            left = (max_steps - step) * seconds / window_steps
            _append_log(folder / LOG, {"step": step, "rate_factor": factor, "samples_per_second": rate, **means})
            yield Progress(step, max_steps, means, rate, left, save)
            sums, window_start, window_steps = {}, time.perf_counter(), 0


def step_seed(seed: int, step: int) -> int:
    """A seed of its own for one step of one run (the mixing constants are those of splitmix64)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + (step + 1) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    mixed = ((mixed ^ (mixed >> 30)) * 0x94D049BB133111EB) & (2**64 - 1)
    return (mixed ^ (mixed >> 31)) >> 1


def batch_indices(count: int, batch_size: int, *, seed: int, step: int) -> tuple[int, torch.Tensor]:
    """(epoch, indices (batch_size,) int64) of step number `step`: shuffled passes, last short batch dropped.

    Raises LabError ``training.too_few`` if the data set is smaller than one batch.
    """
    per_epoch = count // batch_size
    if per_epoch == 0:
        raise LabError("training.too_few", count=count, batch_size=batch_size)
    epoch, position = divmod(step, per_epoch)
    generator = torch.Generator().manual_seed(step_seed(seed, -1 - epoch))
    order = torch.randperm(count, generator=generator)
    return epoch, order[position * batch_size : (position + 1) * batch_size]


def _take_step(
    trainee: Trainee, step: int, seed: int, base_rates: list[list[float]], factor: float
) -> Mapping[str, float]:
    for optimizer, rates in zip(trainee.optimizers(), base_rates, strict=True):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor
    torch.manual_seed(step_seed(seed, step))
    metrics = trainee.step(step)
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise LabError("training.diverged", step=step, name=name, got=value)
    return metrics


def _steps_in(trainee: Trainee, minutes: float, seed: int, first_step: int) -> int:
    """How many steps fit into the budget, timed on the trainee itself, which is put back afterwards."""
    kept = _clone(trainee.state_dict())
    rates = [[0.0 for _ in optimizer.param_groups] for optimizer in trainee.optimizers()]
    seconds = []
    for step in range(_WARM_UP_STEPS + _TIMED_STEPS):
        start = time.perf_counter()
        _take_step(trainee, first_step + step, seed, rates, 0.0)
        seconds.append(time.perf_counter() - start)
    trainee.load_state_dict(kept)
    typical = sorted(seconds[_WARM_UP_STEPS:])[_TIMED_STEPS // 2]
    return max(1, round(minutes * 60 / typical))


def _clone(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _clone(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_clone(item) for item in value)
    return value


def _cut_log(path: Path, step: int) -> None:
    """Drop lines that a killed run wrote after its last saved state: they will be written again."""
    if path.exists():
        lines = [line for line in path.read_text().splitlines() if line and json.loads(line)["step"] <= step]
        write_atomically(path, "".join(line + "\n" for line in lines).encode())
    else:
        path.parent.mkdir(parents=True, exist_ok=True)


def _append_log(path: Path, row: Mapping[str, float]) -> None:
    with path.open("a") as stream:
        stream.write(json.dumps(row) + "\n")
