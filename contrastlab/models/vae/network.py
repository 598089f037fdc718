"""The network of both methods: modules only. Pictures have one channel here, in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.knobs import Choice

#: "vae" gives a mean and a spread for each number of the code, "nested" the number itself.
METHODS = ("vae", "nested")
#: Side of the smallest map; each width doubles it, so that two make the 28 pixels of a digit.
_START = 7


class Autoencoder(nn.Module):
    """Pictures (N, 1, S, S) in [0, 1] -> codes, and codes (N, Z) -> logits (N, 1, S, S) of the pictures.

    Strided 4x4 convolutions with BatchNorm down to 7x7, one hidden layer, and the mirror image of it upwards.
    Both halves are told the class as a one-hot row beside the hidden layer's input (Sohn et al. 2015, Learning
    structured output representation using deep conditional generative models); with 0 classes they are told
    nothing.
    """

    def __init__(self, *, method: str, latent: int, classes: int, widths: Sequence[int], hidden: int) -> None:
        super().__init__()
        self.latent, self.classes = latent, classes
        self.side = side_of(widths)
        self.variational = Choice("method", METHODS, METHODS[0]).check(method) == "vae"
        flat = widths[-1] * _START**2
        self.shrink = nn.Sequential(*(_down(inputs, outputs) for inputs, outputs in pairwise([1, *widths])))
        self.inward = nn.Linear(flat + classes, hidden)
        self.code = nn.Linear(hidden, 2 * latent if self.variational else latent)
        self.outward = nn.Sequential(
            nn.Linear(latent + classes, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, flat), nn.ReLU(inplace=True)
        )
        upwards = list(reversed(widths))
        self.grow = nn.Sequential(*(_up(inputs, outputs) for inputs, outputs in pairwise(upwards)))
        self.paint = nn.ConvTranspose2d(upwards[-1], 1, 4, stride=2, padding=1)

    def encode(self, pictures: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 1, S, S) and int64 (N,) -> means (N, Z) and logarithms of the variances (N, Z), float32.

        The code itself is its mean where there is no spread: its logarithms are then -infinity.
        """
        x = self.shrink(pictures).flatten(1)
        code = self.code(F.relu(self.inward(self._told(x, classes)))).float()
        if not self.variational:
            return code, torch.full_like(code, -torch.inf)
        means, variances = code.chunk(2, dim=1)
        return means, variances

    def decode(self, codes: Tensor, classes: Tensor) -> Tensor:
        """(N, Z) and int64 (N,) -> float32 (N, 1, S, S): logits; their sigmoid is the picture."""
        x: Tensor = self.outward(self._told(codes, classes)).view(len(codes), -1, _START, _START)
        return self.paint(self.grow(x.contiguous(memory_format=torch.channels_last))).float()  # type: ignore[no-any-return]

    def _told(self, rows: Tensor, classes: Tensor) -> Tensor:
        if not self.classes:
            return rows
        return torch.cat([rows, F.one_hot(classes, self.classes).to(rows.dtype)], dim=1)


def build(architecture: Mapping[str, Any]) -> Autoencoder:
    """The network of an architecture {method, latent, classes, widths, hidden}, freshly drawn.

    Raises LabError ``knob.unknown_choice`` for a method that there is not.
    """
    return Autoencoder(**architecture)


def side_of(widths: Sequence[int]) -> int:
    """The side of the pictures, in pixels."""
    return _START * 2 ** len(widths)


def _down(inputs: int, outputs: int) -> nn.Module:
    """(N, inputs, H, W) -> (N, outputs, H/2, W/2)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _up(inputs: int, outputs: int) -> nn.Module:
    """(N, inputs, H, W) -> (N, outputs, 2H, 2W)."""
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
