"""Repair by optimisation: pictures that explain what is seen and are likely, found step by step.

All are iterators of frames for watching; closing one stops it at the next step. They know how the picture was damaged
(a linear operator A and the noise's strength) and nothing else but what they take for likely.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.errors import LabError
from ...core.knobs import Knob
from .network import Restorer
from .operators import Operator

#: Takes noise away: (pictures (N, 3, H, W), standard deviation with 1 = 255 levels) -> pictures.
Denoise = Callable[[Tensor, float], Tensor]

STEPS = Knob("steps", 1, 2000, 100, 1, integer=True)
SMOOTHNESS = Knob("smoothness", 0, 1, 0.02, 0.001)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the search stands.

    Attributes:
        step, steps: taken, and to be taken.
        picture: float32 (1, 3, H, W), about [0, 1].
        misfit: root mean square of A x - y, in levels: how far from explaining what is seen.
    """

    step: int
    steps: int
    picture: Tensor
    misfit: float


def conjugate_gradients(
    seen: Tensor, operator: Operator, start: Tensor, *, smoothness: float = 0.02, steps: int = 50
) -> Iterator[Frame]:
    """The picture of least ||A x - y||^2 + smoothness * ||gradient of x||^2, one direction a step.

    The normal equations (A^T A + smoothness * L) x = A^T y, L the discrete Laplacian, are solved by conjugate
    gradients: exact after as many steps as there are unknowns, good after a few dozen. Hestenes & Stiefel 1952.
    `seen` y is what `operator` would have made of the picture, `start` (1, 3, H, W) where to begin.
    Raises LabError ``knob.out_of_range`` and what `check_seen` raises, as all searches do, at the first step.
    """
    weight, count = SMOOTHNESS.check(smoothness), int(STEPS.check(steps))
    check_seen(seen, operator, start)

    def normal(x: Tensor) -> Tensor:
        return operator.normal(x) + weight * laplacian(x)

    for step, x in enumerate(solve(normal, operator.adjoint(seen), start, count), start=1):
        yield Frame(step, count, x, _misfit(x, seen, operator))


def solve(normal: Callable[[Tensor], Tensor], right: Tensor, start: Tensor, steps: int) -> Iterator[Tensor]:
    """x after each step of conjugate gradients on normal(x) = right, `normal` symmetric and positive.

    Ends early once the residual is a millionth of the right side.
    """
    x = start
    residual = right - normal(x)
    direction = residual
    size = residual.square().sum()
    enough = 1e-12 * max(float(right.square().sum()), 1e-30)
    for _ in range(steps):
        if float(size) <= enough:
            yield x
            return
        ahead = normal(direction)
        stride = size / (direction * ahead).sum()
        x = x + stride * direction
        residual = residual - stride * ahead
        before, size = size, residual.square().sum()
        direction = residual + (size / before) * direction
        yield x


def total_variation(
    seen: Tensor, operator: Operator, start: Tensor, *, noise: float, strength: float = 1.0, steps: int = 200
) -> Iterator[Frame]:
    """The likeliest picture if neighbours are mostly equal: Adam on ||A x - y||^2 / (2 noise^2) + strength * TV(x).

    Maximum a posteriori with the prior of Rudin, Osher & Fatemi 1992, Physica D 60; `noise` 1 = 255 levels.
    """
    count = int(STEPS.check(steps))
    check_seen(seen, operator, start)
    x = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([x], lr=0.02)
    spread = max(noise, 1 / 255)
    for step in range(1, count + 1):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * 0.5 * (1 + math.cos(math.pi * (step - 1) / count))
        with torch.enable_grad():
            misfit = (operator.forward(x) - seen).square().sum() / (2 * spread**2)
            loss = misfit + strength / spread * variation(x)
            (x.grad,) = torch.autograd.grad(loss, x)
        optimizer.step()
        yield Frame(step, count, x.detach().clone(), _misfit(x.detach(), seen, operator))


def plug_and_play(
    seen: Tensor, operator: Operator, start: Tensor, denoise: Denoise, *, noise: float, steps: int = 8
) -> Iterator[Frame]:
    """A denoiser's idea of what is likely, for a damage that it was never taught.

    Half-quadratic splitting in turns: the picture nearest to the last one that explains what is seen (by conjugate
    gradients), then that one denoised, less strongly each time, from 49 levels down to the noise that is there.
    Zhang et al. 2021, arXiv:2008.13751, algorithm 1 and sec. 4.2. `noise` 1 = 255 levels.
    """
    count = int(STEPS.check(steps))
    check_seen(seen, operator, start)
    spread = max(noise, 1 / 255)
    strongest = max(49 / 255, spread)
    backward, z = operator.adjoint(seen), start
    for step in range(1, count + 1):
        along = (step - 1) / max(1, count - 1)
        level = strongest ** (1 - along) * spread**along
        pull = 0.23 * spread**2 / level**2

        def normal(x: Tensor, pull: float = pull) -> Tensor:
            return operator.normal(x) + pull * x

        *_, nearest = solve(normal, backward + pull * z, z, 30)
        z = denoise(nearest, level)
        yield Frame(step, count, z, _misfit(z, seen, operator))


def deep_image_prior(
    seen: Tensor, operator: Operator, size: tuple[int, int], *, seed: int = 0, steps: int = 400, rate: float = 3e-3
) -> Iterator[Frame]:
    """A network that was never trained paints this one picture, from noise: it learns pictures sooner than noise.

    min over the weights of ||A f(z) - y||^2 with z fixed and jittered a little. Stop in time: later it learns the
    noise as well. Ulyanov et al. 2018, arXiv:1711.10925. `size` (H, W) of the picture; frames show the average of
    the last pictures, which is better than any one of them.
    """
    count = int(STEPS.check(steps))
    generator = torch.Generator().manual_seed(seed)
    height, width = size
    check_seen(seen, operator, torch.zeros(1, 3, height, width))
    # Its weights are drawn with torch's own random numbers, which are put back afterwards.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _Painter()
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    noise = torch.rand(1, _Painter.INPUTS, _up(height), _up(width), generator=generator) * 0.1
    average: Tensor | None = None
    for step in range(1, count + 1):
        with torch.enable_grad():
            jitter = 0.03 * torch.randn(noise.shape, generator=generator)
            painted = network(noise + jitter)[:, :, :height, :width]
            loss = (operator.forward(painted) - seen).square().mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
        optimizer.step()
        now = painted.detach()
        average = now if average is None else average.lerp(now, 1 - min(0.95, step / (step + 9)))
        yield Frame(step, count, average, _misfit(average, seen, operator))


def laplacian(x: Tensor) -> Tensor:
    """The discrete Laplacian's negative, of what is mirrored at the edges: D^T D with D the differences."""
    total = torch.zeros_like(x)
    for axis in (2, 3):
        difference = x.diff(dim=axis)
        zero = torch.zeros_like(x.narrow(axis, 0, 1))
        total += torch.cat([zero, difference], dim=axis) - torch.cat([difference, zero], dim=axis)
    return total


def variation(x: Tensor) -> Tensor:
    """The sum over pixels of the length of the colour gradient, smooth at 0."""
    down, across = F.pad(x.diff(dim=2), (0, 0, 0, 1)), F.pad(x.diff(dim=3), (0, 1))
    return (down.square().sum(dim=1) + across.square().sum(dim=1) + 1e-6).sqrt().sum()


def check_seen(seen: Tensor, operator: Operator, start: Tensor) -> None:
    """Raises LabError ``restore.wrong_start`` unless `operator` makes of `start` something of `seen`'s shape."""
    got = operator.forward(start).shape
    if got != seen.shape:
        raise LabError("restore.wrong_start", got=str(tuple(got)), expected=str(tuple(seen.shape)))


class _Painter(torch.nn.Module):
    """The restorer's own shape at a smaller width, with an input of noise: (N, 4, H, W) -> (N, 3, H, W) in [0, 1]."""

    INPUTS = 4

    def __init__(self) -> None:
        super().__init__()
        self.body = Restorer(widths=(32, 48, 64, 64), blocks=1)
        torch.nn.init.kaiming_normal_(self.body.leave.weight, nonlinearity="linear")

    def forward(self, noise: Tensor) -> Tensor:
        painted: Tensor = self.body(noise[:, :3], noise[:, 3:], torch.zeros(1, 3, 1, 1))
        return torch.sigmoid(painted)


def _up(side: int) -> int:
    return -(-side // 16) * 16


def _misfit(x: Tensor, seen: Tensor, operator: Operator) -> float:
    return 255 * float((operator.forward(x) - seen).square().mean().sqrt())
