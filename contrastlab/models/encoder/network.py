"""The encoder's network: modules only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...core.errors import LabError
from ...nn.blocks import ConvNormAct, Standardise, Whitening

#: Mean and spread of CIFAR-10's training pixels, per channel, in [0, 1].
CIFAR_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR_STD = (0.2470, 0.2435, 0.2616)

#: Side of the pictures that an encoder sees unless its checkpoint says otherwise, in pixels.
SIDE = 32


def check_side(side: int, widths: Sequence[int]) -> int:
    """The side if as many stages as there are widths leave a pixel of it.

    Raises LabError ``encoder.small_side`` naming the smallest that does.
    """
    smallest = 2 ** len(widths) + 1
    if side < smallest:
        raise LabError("encoder.small_side", side=side, stages=len(widths), smallest=smallest)
    return side


class Backbone(nn.Module):
    """(N, 3, S, S) float32 in [0, 1] -> embedding (N, D), not normalised, D = the last width.

    S is 32 for three widths, as a rule, and 64 for four: the stages halve it, 63 -> 31 -> 15 -> 7 -> 3.
    Wide and shallow: a 2x2 stem, then one stage a width, each of two 3x3 convolutions of which the first is
    followed by pooling, then the maximum over what is left. On a CPU with matrix instructions, wide layers
    on few pixels do the most work a second: this shape ran at 1.6 times the operations a second of a narrow
    ResNet-18, at 2.3 times its pictures a second. The shape follows airbench94 (Jordan 2024,
    arXiv:2404.00498), without its whitening and with ReLU in place of GELU.
    """

    def __init__(self, *, widths: Sequence[int], stem: int, whitened: bool = False) -> None:
        super().__init__()
        self.embedding_dim = widths[-1]
        self.standardise = Standardise(CIFAR_MEAN, CIFAR_STD)
        self.stem = nn.Sequential(nn.Conv2d(3, stem, 2), nn.ReLU(inplace=True))  # S -> S - 1
        stages: list[nn.Module] = []
        inputs = stem
        for width in widths:  # of 32 pixels: 31 -> 15 -> 7 -> 3
            stages += [ConvNormAct(inputs, width, pool=True), ConvNormAct(width, width)]
            inputs = width
        self.stages = nn.Sequential(*stages)
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.whitening = Whitening(self.embedding_dim) if whitened else nn.Identity()

    def features(self, pictures: Tensor) -> Tensor:
        """(N, D): what the projection head gets, before the whitening."""
        x = self.standardise(pictures).to(memory_format=torch.channels_last)
        return self.pool(self.stages(self.stem(x))).flatten(1)

    def forward(self, pictures: Tensor) -> Tensor:
        # The mean is taken off in full precision, whatever the layers before ran in.
        return self.whitening(self.features(pictures).float())


class ProjectionHead(nn.Sequential):
    """Embedding (N, D) -> projection (N, P), used by the loss and thrown away for search.

    Chen et al. 2020, arXiv:2002.05709, sec. 4.2.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__(
            nn.Linear(inputs, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True),
            nn.Linear(hidden, outputs),
        )


class Encoder(nn.Module):
    """Backbone and projection head. Calling it gives (embedding (N, D), projection (N, P))."""

    def __init__(
        self, *, widths: Sequence[int], stem: int, head_hidden: int, projection: int, whitened: bool = False
    ) -> None:
        super().__init__()
        if len(widths) < 3:
            raise LabError("encoder.few_widths", got=len(widths))
        self.backbone = Backbone(widths=widths, stem=stem, whitened=whitened)
        self.head = ProjectionHead(self.backbone.embedding_dim, head_hidden, projection)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.backbone.features(pictures)
        embedding: Tensor = self.backbone.whitening(features.float())
        return embedding, self.head(features)
