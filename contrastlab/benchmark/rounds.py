"""Contestants that take turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

#: How many times to do it -> seconds.
Run = Callable[[int], float]

#: Seconds of one contestant in one round, at least.
LEAST = 0.05


def race(runs: Mapping[str, Run], rounds: int) -> dict[str, list[float]]:
    """Seconds of doing it once, by each contestant in each round."""
    repeats = {}
    for name, run in runs.items():
        run(1)  # caches and buffers
        repeats[name] = max(1, round(LEAST / run(1)))
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(run(repeats[name]) / repeats[name])
    return seconds


def timed(work: Callable[[], object]) -> Run:
    """The work as a contestant."""

    def seconds(repeats: int) -> float:
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        return time.perf_counter() - start

    return seconds


def ratio(slower: Sequence[float], faster: Sequence[float]) -> float:
    """The median of the rounds' own ratios, to two digits."""
    return round(statistics.median(one / other for one, other in zip(slower, faster, strict=True)), 2)


def milliseconds(seconds: Sequence[float]) -> float:
    """The median, to two digits."""
    return round(1000 * statistics.median(seconds), 2)
