"""Residual players for colour pictures, the generator told the class by its norms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ...nn.folding import FoldedUpBlock, absorb, affine_of, shuffled
from ...nn.residual import DownBlock, UpBlock
from .players import DiscriminatorNetwork, GeneratorNetwork

#: Side of the map that the noise becomes first; every block doubles it.
_START = 4


class ResnetGenerator(GeneratorNetwork):
    """A linear layer makes a 4x4 map of the first width; each further width is an `UpBlock`, so four give S = 32.

    Miyato et al. 2018, arXiv:1802.05957, table 4, with class-conditional BatchNorm.
    """

    def __init__(self, *, latent: int, classes: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.latent, self.classes, self.channels = latent, classes, 3
        self.side = _START * 2 ** (len(widths) - 1)
        self.start = nn.Linear(latent, widths[0] * _START**2)
        self.blocks = nn.ModuleList(UpBlock(inputs, outputs, classes) for inputs, outputs in pairwise(widths))
        self.norm: nn.Module = nn.BatchNorm2d(widths[-1])
        self.paint: nn.Module = nn.Conv2d(widths[-1], 3, 3, padding=1)
        _initialise(self)

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        x = self.start(noise).unflatten(1, (-1, _START, _START)).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x, classes)
        return torch.tanh(self.paint(F.relu(self.norm(x), inplace=True)).float())

    def fold(self) -> None:
        blocks = [FoldedUpBlock(block) for block in self.blocks]
        # What reaches the last norm is the sum of two layers.
        scale, shift = affine_of(self.norm)
        absorb(blocks[-1].conv2, scale, shift)
        absorb(blocks[-1].skip, scale)
        self.norm, self.blocks, self.paint = nn.Identity(), nn.ModuleList(blocks), shuffled(self.paint)


class ProjectionDiscriminator(DiscriminatorNetwork):
    """Each 2x2 square of pixels becomes one place of 12 channels first; then a `DownBlock` a width.

    Wide layers on few places do the most work a second on a CPU with matrix instructions. All blocks but the last
    halve the side. The logit is a linear function of the summed features plus their inner product with the class's
    embedding. Miyato & Koyama 2018, arXiv:1802.05637, eq. 3.
    """

    def __init__(self, *, classes: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), spectral_norm(nn.Conv2d(12, widths[0], 3, padding=1)))
        pairs = list(pairwise([widths[0], *widths]))
        self.blocks = nn.Sequential(
            *(DownBlock(inputs, outputs, down=place < len(pairs)) for place, (inputs, outputs) in enumerate(pairs, 1))
        )
        self.real = spectral_norm(nn.Linear(widths[-1], 1))
        self.of_class = spectral_norm(nn.Embedding(classes, widths[-1]))
        _initialise(self)

    def forward(self, pictures: Tensor, classes: Tensor) -> Tensor:
        x = self.blocks(self.stem(pictures).contiguous(memory_format=torch.channels_last))
        features = F.relu(x).float().sum(dim=(2, 3))
        return self.real(features).float().squeeze(1) + (self.of_class(classes) * features).sum(dim=1)


def _initialise(network: nn.Module) -> None:
    """Glorot's uniform weights, as in the papers' code; a spectrally normalised layer is only scaled by them."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and not hasattr(module, "parametrizations"):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
