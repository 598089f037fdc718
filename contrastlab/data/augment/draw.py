"""Drawing: a policy and a counter give values. Nothing is remembered between two calls.

Every random number is a uniform u in [0, 1) from a hash of (seed, epoch, picture, view, step id, field).
So the same picture gets the same draw in any batch, worker or order; a knob changes only the range that
u is mapped to; and adding a step leaves the draws of the others as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ...core.errors import LabError
from .policies import Policy
from .steps import Number, Step

_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class BatchStep:
    """One step drawn for N pictures: applied (N,) bool, and values by name, each (N,)."""

    step: Step
    applied: npt.NDArray[np.bool_]
    values: dict[str, Number]


def draw_batch(
    policy: Policy, *, seed: int, epoch: int, pictures: Sequence[int] | npt.NDArray[np.int64], view: int
) -> list[BatchStep]:
    """What `draw` gives for each of N pictures, step by step. `pictures` are their N numbers."""
    counters = np.asarray(pictures).astype(np.uint64)
    uniforms = _uniforms(_keys(_fields(policy)), seed, epoch, view, counters)
    drawn, column = [], 0
    for step in policy.steps:
        applied = uniforms[:, column] < step.p
        u = {name: uniforms[:, column + 1 + i] for i, name in enumerate(step.FIELDS)}
        column += 1 + len(step.FIELDS)
        drawn.append(BatchStep(step, applied, step.values(u)))
    return drawn


def _uniforms(
    keys: npt.NDArray[np.uint64], seed: int, epoch: int, view: int, pictures: npt.NDArray[np.uint64]
) -> npt.NDArray[np.float64]:
    """(N, F) numbers in [0, 1) for N pictures and F fields."""
    counter = 0
    for name, word in (("seed", seed), ("epoch", epoch), ("view", view)):
        if not 0 <= word <= _MASK:
            raise LabError("augment.bad_counter", name=name, got=word)
        counter = _mix((counter + 0x9E3779B97F4A7C15 & _MASK) ^ word)
    counters = _mix(pictures ^ np.uint64(counter))
    hashed = _mix(counters[:, None] + keys)
    return (hashed >> np.uint64(11)) * 2.0**-53


def _mix(x):  # type: ignore[no-untyped-def]
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014), for an int or an array of uint64."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & _MASK
    return x ^ (x >> 31)


def _fields(policy: Policy) -> tuple[tuple[str, str], ...]:
    """(step id, field) of every random number, in a fixed order."""
    return tuple((step.id, field) for step in policy.steps for field in ("p", *step.FIELDS))


@lru_cache(maxsize=256)
def _keys(fields: tuple[tuple[str, str], ...]) -> npt.NDArray[np.uint64]:
    digests = (hashlib.blake2b("\0".join(f).encode(), digest_size=8).digest() for f in fields)
    return np.array([int.from_bytes(d, "little") for d in digests], np.uint64)
