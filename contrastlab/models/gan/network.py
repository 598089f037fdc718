"""The two players: modules only. Pixels are in [-1, 1] here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ...core.checkpoint import Checkpoint, load_weights
from ...core.errors import LabError
from ...core.knobs import Choice
from ...nn.residual import DownBlock, UpBlock

#: Side of the map that the noise becomes first; every block doubles it.
_START = 4
KINDS = ("resnet",)


class ResnetGenerator(nn.Module):
    """Noise (N, Z) standard normal, classes (N,) int64 -> pictures (N, 3, S, S) float in [-1, 1].

    A linear layer makes a 4x4 map of the first width; each further width is an `UpBlock`, so four give S = 32.
    Miyato et al. 2018, arXiv:1802.05957, table 4, with class-conditional BatchNorm.
    """

    def __init__(self, *, latent: int, classes: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.latent, self.classes = latent, classes
        self.side = side_of(widths)
        self.start = nn.Linear(latent, widths[0] * _START**2)
        self.blocks = nn.ModuleList(UpBlock(inputs, outputs, classes) for inputs, outputs in pairwise(widths))
        self.norm = nn.BatchNorm2d(widths[-1])
        self.paint = nn.Conv2d(widths[-1], 3, 3, padding=1)
        _initialise(self)

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        x = self.start(noise).view(len(noise), -1, _START, _START).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x, classes)
        return torch.tanh(self.paint(F.relu(self.norm(x), inplace=True)).float())


class ProjectionDiscriminator(nn.Module):
    """Pictures (N, 3, S, S) in [-1, 1], classes (N,) -> logits (N,): above 0 rather real, below rather made.

    Each 2x2 square of pixels becomes one place of 12 channels first: wide layers on few places do the most work
    a second on a CPU with matrix instructions. Then a `DownBlock` a width; all but the last halve the side. The
    logit is a linear function of the summed features plus their inner product with the class's embedding.
    Miyato & Koyama 2018, arXiv:1802.05637, eq. 3.
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


def side_of(widths: Sequence[int]) -> int:
    """The side of a generator's pictures, in pixels."""
    return _START * 2 ** (len(widths) - 1)


def build(architecture: Mapping[str, Any]) -> tuple[ResnetGenerator, ProjectionDiscriminator]:
    """Both networks of an architecture {kind, latent, classes, widths, discriminator_widths}, freshly drawn.

    Raises LabError for a kind that there is not, and ``gan.few_widths`` for fewer than two widths of either.
    """
    Choice("kind", KINDS, KINDS[0]).check(architecture["kind"])
    widths, against = architecture["widths"], architecture["discriminator_widths"]
    if min(len(widths), len(against)) < 2:
        raise LabError("gan.few_widths", got=min(len(widths), len(against)))
    generator = ResnetGenerator(latent=architecture["latent"], classes=architecture["classes"], widths=widths)
    return generator, ProjectionDiscriminator(classes=architecture["classes"], widths=against)


def _initialise(network: nn.Module) -> None:
    """Glorot's uniform weights, as in the papers' code; a spectrally normalised layer is only scaled by them."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and not hasattr(module, "parametrizations"):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def pack_players(generator: nn.Module, discriminator: nn.Module) -> dict[str, Tensor]:
    """The weights of both in one dict, as a checkpoint holds them."""
    players = (("generator", generator), ("discriminator", discriminator))
    return {f"{name}.{key}": weight for name, player in players for key, weight in player.state_dict().items()}


def load_players(checkpoint: Checkpoint, generator: nn.Module, discriminator: nn.Module) -> None:
    """Put a checkpoint's weights into both networks. Raises LabError ``checkpoint.wrong_weights``."""
    load_weights(nn.ModuleDict({"generator": generator, "discriminator": discriminator}), checkpoint)
