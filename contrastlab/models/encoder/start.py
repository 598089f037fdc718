"""How an encoder's weights begin: at random, or so that it converges in a few passes over the data."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...core.knobs import Choice
from .network import Encoder

START = Choice("start", ("random", "whitened"), "random")

# Pictures whose patches are looked at; more change the second digit of no filter.
_SAMPLE = 2_000


@torch.no_grad()
def begin(network: Encoder, start: str, pictures: Tensor) -> None:
    """Set `network`'s first weights in place. `pictures` uint8 (N, 3, S, S) are those it will be trained on.

    "random" leaves the layers as torch draws them. "whitened" makes of the stem a fixed filter bank under whose
    answers 2x2 patches are uncorrelated and of equal spread, each filter beside its negative so that the ReLU
    loses nothing, and lets every 3x3 convolution begin by passing its inputs on. Both are from airbench94
    (Jordan 2024, arXiv:2404.00498, sec. 3.2 and 3.3), where they halve the passes needed to 94 % on CIFAR-10.
    Raises LabError ``knob.unknown_choice`` for another start.
    """
    if START.check(start) == "random":
        return
    stem = network.backbone.stem[0]
    assert isinstance(stem, nn.Conv2d)
    filters = _whitening(network.backbone.standardise(pictures[:_SAMPLE].float() / 255))
    used = min(len(filters), stem.out_channels // 2)
    stem.weight[: 2 * used] = torch.cat([filters[:used], -filters[:used]])
    stem.weight.requires_grad_(False)
    for layer in network.backbone.stages.modules():
        if isinstance(layer, nn.Conv2d):
            passed_on = layer.weight[: layer.in_channels]
            nn.init.dirac_(passed_on)


def _whitening(pictures: Tensor) -> Tensor:
    """(12, 3, 2, 2): the eigenvectors of 2x2 patches, strongest first, each over the root of its eigenvalue.

    Fewer where something never occurs, such as colour in grey pictures.
    """
    patches = pictures.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(torch.cov(patches.T))
    # As in airbench94: what hardly ever occurs is not blown up without bound.
    scaled = (vectors / (values + 5e-4).sqrt())[:, values > 1e-6].flip(1)
    return scaled.T.reshape(-1, 3, 2, 2)
