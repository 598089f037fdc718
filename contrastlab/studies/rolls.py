"""Many rolls of one policy on one picture: how alike the network finds them, and which step makes them unlike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.images import Image
from ..data.augment import Policy, apply, draw

#: Pictures to unit rows: `Embedder.embed`.
Embed = Callable[[Sequence[Image]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Rolls:
    """Some rolls of a policy on one picture.

    Attributes:
        seeds: int64 (N,); roll i is `apply(picture, draw(policy, seeds[i]))`.
        similarities: float32 (N,), cosine similarity of each roll with the unchanged picture.
        total: rolls there will be when all are done.
    """

    seeds: npt.NDArray[np.int64]
    similarities: npt.NDArray[np.float32]
    total: int

    @property
    def hardest(self) -> int:
        """Seed of the roll that is least alike."""
        return int(self.seeds[self.similarities.argmin()])

    @property
    def easiest(self) -> int:
        """Seed of the roll that is most alike."""
        return int(self.seeds[self.similarities.argmax()])

    def share_below(self, similarity: float) -> float:
        """Share of rolls, 0 to 1, that are less alike than `similarity`, such as the top of a `Band`."""
        return float((self.similarities < similarity).mean())


@dataclass(frozen=True, slots=True)
class StepEffect:
    """What one step does to the similarity.

    Attributes:
        step_id: the step left out.
        with_all: mean similarity of rolls with every step.
        without: mean similarity of the same rolls, same draws, without this step.
    """

    step_id: str
    with_all: float
    without: float

    @property
    def cost(self) -> float:
        """How much similarity the step takes away on average; below 0 if it adds some."""
        return self.without - self.with_all


def roll_many(
    picture: Image, policy: Policy, embed: Embed, *, first_seed: int, count: int, chunk: int = 25
) -> Iterator[Rolls]:
    """Roll seeds first_seed, first_seed + 1, ...: yields all rolls so far after each `chunk` of them.

    picture: (H, W, 3) uint8.
    """
    anchor = embed([picture])[0]
    seeds = np.arange(first_seed, first_seed + count, dtype=np.int64)
    similarities = np.zeros(0, np.float32)
    for start in range(0, count, chunk):
        changed = [apply(picture, draw(policy, int(seed))) for seed in seeds[start : start + chunk]]
        similarities = np.concatenate([similarities, embed(changed) @ anchor])
        yield Rolls(seeds[: len(similarities)], similarities, count)


def which_step_hurts(
    picture: Image, policy: Policy, embed: Embed, *, first_seed: int, count: int = 48
) -> Iterator[StepEffect]:
    """For each step of the policy the mean similarity with and without it, over the same `count` draws.

    The draws of the other steps stay as they are when one is left out, so the difference is that step's own.
    """
    last = None
    for last in roll_many(picture, policy, embed, first_seed=first_seed, count=count, chunk=count):  # noqa: B007
        pass
    if last is None:
        return
    with_all = float(last.similarities.mean())
    for step in policy.steps:
        without = policy.changed({step.id: {"p": 0.0}})
        for rolls in roll_many(picture, without, embed, first_seed=first_seed, count=count, chunk=count):
            yield StepEffect(step.id, with_all, float(rolls.similarities.mean()))
