"""The convolutional players of Radford et al. 2016, arXiv:1511.06434, told the class and kept stable."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ...nn.folding import SpreadProducts, absorb, affine_of, shuffled
from .players import DiscriminatorNetwork, GeneratorNetwork, NoiseOfClass

#: Side of the map that the noise becomes first.
_START = 4
#: Numbers that say the class, beside the noise.
_EMBEDDING = 32
_SLOPE = 0.2


class DcganGenerator(GeneratorNetwork):
    """Noise and class become a 4x4 map of the first width; 4x4 transposed convolutions double it, once a width.

    After each but the last comes BatchNorm and LeakyReLU, after the last tanh: four widths give S = 64.
    """

    def __init__(self, *, latent: int, classes: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.latent, self.classes, self.channels = latent, classes, 3
        self.side = _START * 2 ** len(widths)
        self.joined = NoiseOfClass(classes, _EMBEDDING)
        # On a map of one place a 4x4 transposed convolution is a linear layer.
        self.start = nn.Linear(latent + _EMBEDDING, widths[0] * _START**2, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
            for inputs, outputs in pairwise(widths)
        )
        self.paint: nn.Module = nn.ConvTranspose2d(widths[-1], 3, 4, stride=2, padding=1)
        for layer in (self.start, *self.ups, self.paint):
            nn.init.normal_(layer.weight, std=0.02)

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        x = self.start(self.joined(noise, classes)).unflatten(1, (-1, _START, _START))
        x = x.contiguous(memory_format=torch.channels_last)
        for norm, up in zip(self.norms, (*self.ups, self.paint), strict=True):
            x = up(F.leaky_relu(norm(x), _SLOPE, inplace=True))
        return torch.tanh(x.float())

    def fold(self) -> None:
        for place, (layer, norm) in enumerate(zip((self.start, *self.ups), self.norms, strict=True)):
            scale, shift = (each.repeat_interleave(_START**2) if place == 0 else each for each in affine_of(norm))
            absorb(layer, scale, shift)
        self.norms = nn.ModuleList(nn.Identity() for _ in self.norms)
        # On the smallest map, where weights outweigh places, one matrix product is faster than a convolution.
        first = self.ups[0]
        assert isinstance(first, nn.ConvTranspose2d)
        self.ups[0] = SpreadProducts(first.weight, first.bias)
        self.paint = shuffled(self.paint)


class DcganDiscriminator(DiscriminatorNetwork):
    """4x4 convolutions of stride 2, once a width, then one over the whole 4x4 map; spectrally normalised, no BatchNorm.

    To the logit comes the inner product of the summed features with the class's embedding. Spectral norm: Miyato et
    al. 2018, arXiv:1802.05957; projection: Miyato & Koyama 2018, arXiv:1802.05637, eq. 3.
    """

    def __init__(self, *, classes: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.downs = nn.ModuleList(
            spectral_norm(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1))
            for inputs, outputs in pairwise([3, *widths])
        )
        self.real = spectral_norm(nn.Conv2d(widths[-1], 1, _START))
        self.of_class = spectral_norm(nn.Embedding(classes, widths[-1]))

    def forward(self, pictures: Tensor, classes: Tensor) -> Tensor:
        x = pictures.contiguous(memory_format=torch.channels_last)
        for down in self.downs:
            x = F.leaky_relu(down(x), _SLOPE, inplace=True)
        features = x.float().sum(dim=(2, 3))
        return self.real(x).float().flatten() + (self.of_class(classes) * features).sum(dim=1)
