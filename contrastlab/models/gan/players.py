"""What both players are, whatever they are built of. Pixels are in [-1, 1] in them and nowhere else."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GeneratorNetwork(nn.Module):
    """Noise (N, Z) standard normal, classes (N,) int64 -> pictures (N, C, S, S) float32 in [-1, 1].

    Attributes:
        latent: Z.
        classes: how many there are.
        side: S, in pixels.
        channels: C: 3, or 1 for grey pictures.
        start: the layer that meets the noise first, and perhaps the class's embedding after it.
    """

    latent: int
    classes: int
    side: int
    channels: int
    start: nn.Linear

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        raise NotImplementedError

    def fold(self) -> None:
        """Take the form that evaluates fastest: the same pictures to rounding. Once, after training, for good."""
        raise NotImplementedError


class DiscriminatorNetwork(nn.Module):
    """Pictures (N, C, S, S) in [-1, 1], classes (N,) -> logits (N,): above 0 rather real, below rather made."""

    def forward(self, pictures: Tensor, classes: Tensor) -> Tensor:
        raise NotImplementedError


class NoiseOfClass(nn.Module):
    """Noise (N, Z), classes (N,) -> (N, Z + E): the class's embedding beside the noise.

    Mirza & Osindero 2014, arXiv:1411.1784, with a learned table in place of the bare number.
    """

    def __init__(self, classes: int, embedding: int) -> None:
        super().__init__()
        self.table = nn.Embedding(classes, embedding)

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        return torch.cat([noise, self.table(classes)], dim=1)
