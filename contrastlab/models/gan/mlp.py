"""Players of linear layers for small grey pictures, as in Goodfellow et al. 2014, arXiv:1406.2661, told the class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...nn.folding import absorb, affine_of
from .players import DiscriminatorNetwork, GeneratorNetwork, NoiseOfClass

_SLOPE = 0.2
#: Share of the discriminator's features that a training step leaves out (Srivastava et al. 2014).
_DROPOUT = 0.3


class MlpGenerator(GeneratorNetwork):
    """A linear layer a width; the last width is the number of pixels, S * S, in one channel.

    After each but the last comes BatchNorm and LeakyReLU, after the last tanh. The class joins the noise as an
    embedding of as many numbers as there are classes.
    """

    def __init__(self, *, latent: int, classes: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.latent, self.classes, self.channels = latent, classes, 1
        self.side = isqrt(widths[-1])
        self.joined = NoiseOfClass(classes, classes)
        self.start = nn.Linear(latent + classes, widths[0], bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in widths[:-1])
        self.layers = nn.ModuleList(
            nn.Linear(inputs, outputs, bias=False) for inputs, outputs in pairwise(widths[:-1])
        )
        self.paint = nn.Linear(widths[-2], widths[-1])

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        x = self.start(self.joined(noise, classes))
        for norm, layer in zip(self.norms, (*self.layers, self.paint), strict=True):
            x = layer(F.leaky_relu(norm(x), _SLOPE, inplace=True))
        return torch.tanh(x.float()).unflatten(1, (1, self.side, self.side))

    def fold(self) -> None:
        for layer, norm in zip((self.start, *self.layers), self.norms, strict=True):
            absorb(layer, *affine_of(norm))
        self.norms = nn.ModuleList(nn.Identity() for _ in self.norms)


class MlpDiscriminator(DiscriminatorNetwork):
    """Pixels and the class's embedding through a linear layer a width, LeakyReLU and dropout after each; then a logit.

    No BatchNorm: it would make a logit depend on the other pictures, which a penalty on its gradient forbids.
    """

    def __init__(self, *, classes: int, side: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.of_class = nn.Embedding(classes, classes)
        self.layers = nn.ModuleList(
            nn.Linear(inputs, outputs) for inputs, outputs in pairwise([side**2 + classes, *widths])
        )
        self.real = nn.Linear(widths[-1], 1)

    def forward(self, pictures: Tensor, classes: Tensor) -> Tensor:
        x = torch.cat([pictures.flatten(1), self.of_class(classes)], dim=1)
        for layer in self.layers:
            x = F.dropout(F.leaky_relu(layer(x), _SLOPE), _DROPOUT, self.training)
        return self.real(x).float().squeeze(1)
