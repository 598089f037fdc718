"""Drawing: a policy and a counter give values. Nothing is remembered between two calls.

Every random number is a uniform u in [0, 1) from a hash of (seed, epoch, picture, view, step id, field).
So the same picture gets the same draw in any batch, worker or order; a knob changes only the range that
u is mapped to; and adding a step leaves the draws of the others as they were.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...core.errors import LabError
from .drawn import Drawn, DrawnStep
from .policies import Policy
from .steps.base import Chooser, Number, Step

_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class BatchStep:
    """One step drawn for N pictures: applied (N,) bool, and values by name, each (N,).

    `pick` names the pick that it is one option of, if another step picked it.
    """

    step: Step
    applied: npt.NDArray[np.bool_]
    values: dict[str, Number]
    pick: str = ""

    def values_of(self, row: int) -> dict[str, Number]:
        """The values of one picture."""
        return {name: value[row].item() for name, value in self.values.items()}


def draw(
    policy: Policy,
    seed: int,
    *,
    epoch: int = 0,
    picture: int = 0,
    view: int = 0,
    locked: Mapping[str, int] | None = None,
) -> Drawn:
    """What happens to one picture: for each step whether it is applied, its uniforms and its values.

    locked: step ids with a seed of their own, so that they keep their draw while `seed` moves on.

    Raises LabError ``augment.bad_counter`` for a seed or number outside 0 .. 2^64-1 and
    ``augment.no_such_step`` for a locked id that the policy does not have.
    """
    numbers = _one(policy, seed, epoch, picture, view)
    other = {}
    for step_id, own_seed in (locked or {}).items():
        if step_id not in numbers:
            raise LabError(
                "augment.no_such_step", policy=policy.name, got=step_id, options=", ".join(numbers)
            )
        other[step_id] = _one(policy, own_seed, epoch, picture, view)[step_id]
    steps: list[DrawnStep] = []
    for step in policy.steps:
        u = other.get(step.id) or numbers[step.id]
        applied = u["p"] < step.p
        if isinstance(step, Chooser):
            steps += _chosen(step, applied, u)
        else:
            steps.append(DrawnStep(step, applied, u, step.values(u)))
    return Drawn(tuple(steps), policy.border)


def draw_batch(
    policy: Policy, *, seed: int, epoch: int, pictures: Sequence[int] | npt.NDArray[np.int64], view: int
) -> list[BatchStep]:
    """What `draw` gives for each of N pictures, step by step. `pictures` are their N numbers.

    A step that picks others becomes as many steps as it may pick, each applied where it was picked.
    """
    named = np.asarray(pictures, dtype=np.int64)
    if named.size and named.min() < 0:
        raise LabError("augment.bad_counter", name="picture", got=int(named.min()))
    columns = _many(policy, seed, epoch, named, view)
    drawn: list[BatchStep] = []
    for step in policy.steps:
        u = {name: columns[step.id, name] for name in ("p", *step.FIELDS)}
        applied = u["p"] < step.p
        if isinstance(step, Chooser):
            for number, (pick, level, sign) in enumerate(step.picks(u), 1):
                for index, option in enumerate(step.options()):
                    if option.step is not None:
                        values = _columns(option.values(level, sign), len(named))
                        here = applied & (pick == index)
                        drawn.append(BatchStep(option.step, here, values, f"{step.id}.{number}"))
        else:
            drawn.append(BatchStep(step, applied, _columns(step.values(u), len(named))))
    return drawn


def _chosen(step: Chooser, applied: bool, u: dict[str, float]) -> list[DrawnStep]:
    if not applied:
        return [DrawnStep(step, False, u, {})]
    drawn = []
    for number, (pick, level, sign) in enumerate(step.picks(u), 1):
        option = step.options()[pick]
        if option.step is None:
            drawn.append(DrawnStep(step, False, u, {}))
        else:
            named = dataclasses.replace(option.step, id=f"{step.id}.{number}"[-40:])
            values = {name: _plain(value) for name, value in option.values(level, sign).items()}
            drawn.append(DrawnStep(named, True, u, values, picked=True))
    return drawn


def _plain(value: Number) -> float:
    """A Python number, which code and JSON can hold."""
    return value.item() if isinstance(value, np.generic) else value


def _columns(values: dict[str, Number], count: int) -> dict[str, Number]:
    return {name: np.broadcast_to(value, (count,)) for name, value in values.items()}


def _one(policy: Policy, seed: int, epoch: int, picture: int, view: int) -> dict[str, dict[str, float]]:
    """The uniforms of one picture by step id and field."""
    counter = _checked("picture", picture) ^ _counter(seed, epoch, view)
    base = _mix(counter)
    # Python's own integers: for a dozen numbers they are faster than arrays.
    uniforms = ((_mix((key + base) & _MASK) >> 11) * 2.0**-53 for key in policy.keys)
    # zip stops at the names' end without taking one more number.
    return {step.id: dict(zip(("p", *step.FIELDS), uniforms, strict=False)) for step in policy.steps}


def _many(
    policy: Policy, seed: int, epoch: int, pictures: npt.NDArray[np.int64], view: int
) -> dict[tuple[str, str], npt.NDArray[np.float64]]:
    """(N,) uniforms of N pictures by (step id, field): the same numbers as `_one` gives for each."""
    counters = _mix(pictures.astype(np.uint64) ^ np.uint64(_counter(seed, epoch, view)))
    hashed = _mix(np.array(policy.keys, np.uint64).reshape(-1, 1) + counters)
    return dict(zip(policy.fields, (hashed >> 11) * 2.0**-53, strict=True))


def _counter(seed: int, epoch: int, view: int) -> int:
    counter: int = 0
    for name, word in (("seed", seed), ("epoch", epoch), ("view", view)):
        counter = _mix(((counter + 0x9E3779B97F4A7C15) & _MASK) ^ _checked(name, word))
    return counter


def _checked(name: str, word: int) -> int:
    if type(word) is not int:
        if not isinstance(word, np.integer):
            raise LabError("augment.bad_counter", name=name, got=word)
        word = int(word)
    if not 0 <= word <= _MASK:
        raise LabError("augment.bad_counter", name=name, got=word)
    return word


def _mix(x: Number) -> Number:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): one int, or each of an array of uint64."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)
