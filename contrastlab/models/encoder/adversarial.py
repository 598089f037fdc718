"""Fooling an encoder: the smallest change of a picture that moves its embedding furthest from its twin's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.errors import LabError
from ...core.images import Image, to_images, to_tensor
from ...core.knobs import Knob
from .inference import NetworkEmbedder, view

EPSILON = Knob("epsilon", 0, 16, 4, 1, "levels", integer=True)
STEPS = Knob("attack_steps", 1, 40, 10, 1, integer=True)


@dataclass(frozen=True, slots=True, eq=False)
class Attack:
    """What an attack has reached after a step; every number is measured on the 8-bit pictures themselves.

    Attributes:
        clean, attacked, control: (side, side, 3) uint8; the latter two are nowhere further than epsilon from `clean`.
            `control` changes every value by epsilon too, but by the toss of a coin.
        before, after, by_chance: cosine similarity of the three with the twin, in [-1, 1].
        curve: similarity after each step so far, the start first.
        step, steps: how far it is.
    """

    clean: Image
    attacked: Image
    control: Image
    before: float
    after: float
    by_chance: float
    curve: tuple[float, ...]
    step: int
    steps: int

    def amplified(self, factor: float = 8.0) -> Image:
        """The change alone, `factor` times as strong on middle grey: (side, side, 3) uint8."""
        change = self.attacked.astype(np.float32) - self.clean
        return np.clip(np.rint(128 + factor * change), 0, 255).astype(np.uint8)


def fgsm(embedder: NetworkEmbedder, picture: Image, twin: Image, *, epsilon: int, seed: int = 0) -> Attack:
    """One step of `epsilon` levels along the sign of the gradient: away from the twin, without any label.

    Fast gradient sign method, Goodfellow et al. 2015, arXiv:1412.6572, eq. in sec. 4, with the cosine
    similarity of `picture` and `twin` (both any size, seen as the embedder sees them) in place of a class loss.
    """
    return list(_descend(embedder, picture, twin, epsilon=epsilon, steps=1, step_size=float(epsilon), seed=seed))[-1]


def pgd(
    embedder: NetworkEmbedder, picture: Image, twin: Image, *, epsilon: int, steps: int = 10, seed: int = 0
) -> Iterator[Attack]:
    """`steps` smaller steps, pulled back into the cube of half-side `epsilon` after each: yields after every one.

    Projected gradient descent, Madry et al. 2018, arXiv:1706.06083, with their step size 2.5 * epsilon / steps.
    """
    steps = int(STEPS.check(steps))
    step_size = 2.5 * epsilon / steps
    yield from _descend(embedder, picture, twin, epsilon=epsilon, steps=steps, step_size=step_size, seed=seed)


def _descend(
    embedder: NetworkEmbedder, picture: Image, twin: Image, *, epsilon: int, steps: int, step_size: float, seed: int
) -> Iterator[Attack]:
    if not isinstance(embedder, NetworkEmbedder):
        raise LabError("attack.needs_network", name=getattr(embedder, "name", str(embedder)))
    epsilon = int(EPSILON.check(epsilon))
    seen, seen_twin = view(picture, embedder.side), view(twin, embedder.side)
    # Levels as numbers 0-255: epsilon, steps and rounding are then whole levels.
    clean = to_tensor([seen]) * 255
    generator = torch.Generator().manual_seed(seed)
    coin = torch.randint(0, 2, clean.shape, generator=generator) * 2.0 - 1.0
    target = embedder.embed_tensor(to_tensor([seen_twin])).detach()

    control = _as_image((clean + epsilon * coin).clamp(0, 255))
    before, by_chance = _similarities(embedder, [seen, control], target)
    levels = clean
    if before > 1 - 1e-6:
        # At its twin the similarity has its peak, where the gradient is nought: start a little beside it.
        levels = (clean + min(1, epsilon) * coin).clamp(0, 255)
    curve = [before]
    for step in range(1, steps + 1):
        gradient = _gradient(embedder, levels, target)
        moved = levels - step_size * gradient.sign()
        levels = torch.minimum(torch.maximum(moved, clean - epsilon), clean + epsilon).clamp(0, 255)
        attacked = _as_image(levels)  # rounding stays within epsilon: both ends of the range are whole levels
        (after,) = _similarities(embedder, [attacked], target)
        curve.append(after)
        yield Attack(seen, attacked, control, before, after, by_chance, tuple(curve), step, steps)


def _gradient(embedder: NetworkEmbedder, levels: Tensor, target: Tensor) -> Tensor:
    """Of the cosine similarity with the target by the levels, (1, 3, side, side) on the CPU; in evaluation mode."""
    with torch.enable_grad():
        pixels = (levels / 255).requires_grad_()
        similarity = (embedder.embed_tensor(pixels) * target).sum()
        (gradient,) = torch.autograd.grad(similarity, pixels)
    return gradient


def _similarities(embedder: NetworkEmbedder, images: list[Image], target: Tensor) -> list[float]:
    rows: npt.NDArray[np.float32] = embedder.embed(images)
    return [float(value) for value in rows @ target[0].cpu().numpy()]


def _as_image(levels: Tensor) -> Image:
    return to_images(levels / 255)[0]
