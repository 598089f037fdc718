"""Linear damages as operators: what a picture would look like after them, and what is left of it backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.knobs import Knob

_BLUR = Knob("blur", 0.1, 20, 1.5, 0.1, "px")
_FACTOR = Knob("factor", 1, 8, 2, 1, "x", integer=True)


@dataclass(frozen=True, slots=True)
class Operator:
    """A linear map A of pictures float32 (N, 3, H, W).

    Attributes:
        name: "identity", "mask", "blur" or "small".
        forward: x -> A x. For "small" the result is smaller.
        adjoint: y -> A^T y, so that <A x, y> = <x, A^T y>.
    """

    name: str
    forward: Callable[[Tensor], Tensor]
    adjoint: Callable[[Tensor], Tensor]

    def normal(self, x: Tensor) -> Tensor:
        """A^T A x."""
        return self.adjoint(self.forward(x))


def identity() -> Operator:
    """Nothing happens: what is left to undo is noise."""
    return Operator("identity", lambda x: x, lambda y: y)


def masked(missing: Tensor) -> Operator:
    """Pixels where `missing`, bool (1, 1, H, W), is True are taken away. Its own adjoint."""
    kept = (~missing).float()
    return Operator("mask", lambda x: x * kept, lambda y: y * kept)


def blurred(sigma: float) -> Operator:
    """A Gaussian blur of `sigma` pixels, 0.1 to 20, beyond the edge mirrored.

    Raises LabError ``knob.out_of_range``.
    """
    kernel = _gaussian(_BLUR.check(sigma))
    reach = len(kernel) // 2

    def forward(x: Tensor) -> Tensor:
        for axis in (2, 3):
            x = _along(x, kernel, reach, axis)
        return x

    return Operator("blur", forward, _transposed(forward))


def smaller(factor: int) -> Operator:
    """The mean over squares of `factor` pixels, 1 to 8: the size is divided by it.

    Its pictures' sides must divide by the factor. Raises LabError ``knob.out_of_range`` and ``knob.not_whole``.
    """
    count = int(_FACTOR.check(factor))

    def adjoint(y: Tensor) -> Tensor:
        return F.interpolate(y, scale_factor=float(count)) / count**2

    return Operator("small", lambda x: F.avg_pool2d(x, count), adjoint)


def _gaussian(sigma: float) -> Tensor:
    reach = max(1, round(3 * sigma))
    taps = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-(taps**2) / (2 * sigma**2))
    return weights / weights.sum()


def _along(x: Tensor, kernel: Tensor, reach: int, axis: int) -> Tensor:
    padding = (0, 0, reach, reach) if axis == 2 else (reach, reach, 0, 0)
    shape = (1, 1, -1, 1) if axis == 2 else (1, 1, 1, -1)
    weights = kernel.to(x.device).view(shape).expand(x.shape[1], -1, -1, -1)
    return F.conv2d(F.pad(x, padding, mode="reflect"), weights, groups=x.shape[1])


def _transposed(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The adjoint of a linear map whose inputs and outputs have one size, edges and all: by backpropagation.

    The gradient of <A x, y> by x is A^T y, whatever x is.
    """

    def adjoint(y: Tensor) -> Tensor:
        with torch.enable_grad():
            x = torch.zeros_like(y, requires_grad=True)
            (gradient,) = torch.autograd.grad((forward(x) * y.detach()).sum(), x)
        return gradient

    return adjoint
