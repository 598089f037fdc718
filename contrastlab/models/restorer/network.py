"""The restorer's networks: modules only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: What the network is told about the damage, each as a map: noise (standard deviation, 1 = 255 levels), JPEG
#: (1 - quality / 100) and blur (standard deviation, 1 = `BLUR_UNIT` pixels).
MAPS = ("noise", "jpeg", "blur")
BLUR_UNIT = 4.0


class Residual(nn.Module):
    """(N, C, H, W) -> the same: two 3x3 convolutions with a ReLU between, added to what came in. No biases."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.second(F.relu(self.first(x), inplace=True))
        return x + changed


class Restorer(nn.Module):
    """Damaged pictures, what is missing of them and what is known of the damage -> repaired pictures.

    A U-Net of residual blocks (UNetRes: Zhang et al. 2021, arXiv:2008.13751) that works on 2x2 pixels at a time
    (Zhang et al. 2018, arXiv:1710.04026: a third of the work for .05 dB), taking away what it thinks is damage: at
    first nothing. No layer has a bias, so that with pictures and maps scaled by a factor the answer scales with
    them, strengths never seen in training included, and at each pixel the answer is a filter of the input: Mohan et
    al. 2020, arXiv:1906.05478. Sides must divide by `multiple`.
    """

    def __init__(self, *, widths: Sequence[int], blocks: int) -> None:
        super().__init__()
        self.multiple = 2 ** len(widths)
        self.enter = nn.Conv2d(4 * 4 + len(MAPS), widths[0], 3, padding=1, bias=False)
        self.before = nn.ModuleList(_blocks(width, blocks) for width in widths[:-1])
        self.downs = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 2, stride=2, bias=False) for inputs, outputs in pairwise(widths)
        )
        self.middle = _blocks(widths[-1], blocks)
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(outputs, inputs, 2, stride=2, bias=False) for inputs, outputs in pairwise(widths)
        )
        self.after = nn.ModuleList(_blocks(width, blocks) for width in widths[:-1])
        self.leave = nn.Conv2d(widths[0], 4 * 3, 3, padding=1, bias=False)
        nn.init.zeros_(self.leave.weight)

    def forward(self, damaged: Tensor, missing: Tensor, maps: Tensor) -> Tensor:
        """Repaired (N, 3, H, W), about [0, 1], of `damaged` likewise, 0 where `missing` (N, 1, H, W) is 1.

        `maps` (N, 3, H, W), or (N, 3, 1, 1) for what is the same everywhere, as `MAPS` says.
        """
        height, width = damaged.shape[2:]
        even = maps.shape[2:] == (1, 1)
        told = maps.expand(-1, -1, height // 2, width // 2) if even else F.avg_pool2d(maps, 2)
        seen = torch.cat([F.pixel_unshuffle(torch.cat([damaged, missing], dim=1), 2), told], dim=1)
        x = self.enter(seen.contiguous(memory_format=torch.channels_last))
        kept = []
        for blocks, down in zip(self.before, self.downs, strict=True):
            kept.append(blocks(x))
            x = down(kept[-1])
        x = self.middle(x)
        for up, blocks, beside in zip(reversed(self.ups), reversed(self.after), reversed(kept), strict=True):
            x = blocks(up(x) + beside)
        return damaged - F.pixel_shuffle(self.leave(x).float(), 2)


class Estimator(nn.Module):
    """Damaged pictures (N, 3, H, W) in [0, 1] -> (N, 3) what `MAPS` says of them, about, and sometimes less than 0.

    It is read off the mean and the spread of features, whatever the size.
    They are features of the differences between neighbours: how bright a picture is says nothing about its damage.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(12, width, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride=2, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(2 * width, 2 * width, 3, padding=1), nn.ReLU(inplace=True),
        )
        self.judge = nn.Sequential(
            nn.Linear(4 * width, 4 * width), nn.ReLU(inplace=True), nn.Linear(4 * width, len(MAPS))
        )

    def forward(self, damaged: Tensor) -> Tensor:
        # The mean of each 2x2 pixels of a channel is taken off: what is left knows no brightness.
        quads = F.pixel_unshuffle(damaged, 2).unflatten(1, (3, 4))
        x = self.look((quads - quads.mean(dim=2, keepdim=True)).flatten(1, 2)).float()
        pooled = torch.cat([x.mean(dim=(2, 3)), x.std(dim=(2, 3))], dim=1)
        judged: Tensor = self.judge(pooled)
        return judged


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Residual(width) for _ in range(count)))


class RestorerNetwork(nn.Module):
    """Both: the estimator says what the restorer is told."""

    def __init__(self, *, widths: Sequence[int], blocks: int, estimator_width: int) -> None:
        super().__init__()
        self.restorer = Restorer(widths=widths, blocks=blocks)
        self.estimator = Estimator(width=estimator_width)

    def forward(self, damaged: Tensor, missing: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """(repaired (N, 3, H, W), estimated (N, 3)): the restorer told `maps`, the estimator's own opinion."""
        return self.restorer(damaged, missing, maps), self.estimator(damaged)
