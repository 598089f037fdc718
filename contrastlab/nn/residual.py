"""Residual blocks that double or halve a picture's side, and the norm that knows the class."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class ConditionalBatchNorm(nn.Module):
    """(N, C, H, W), classes (N,) -> (N, C, H, W): BatchNorm whose gain and bias are looked up by class.

    Dumoulin et al. 2017, arXiv:1610.07629; in generators Miyato & Koyama 2018, arXiv:1802.05637.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Embedding(classes, channels)
        self.bias = nn.Embedding(classes, channels)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.bias.weight)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        normed = self.norm(x)
        gain, bias = (table(classes).to(normed.dtype)[:, :, None, None] for table in (self.gain, self.bias))
        return torch.addcmul(bias, normed, gain)


class UpBlock(nn.Module):
    """(N, C_in, H, W), classes (N,) -> (N, C_out, 2H, 2W): norm, ReLU, twice as large, 3x3; norm, ReLU, 3x3.

    Beside it a 1x1 convolution, taken before the doubling, with which it commutes, at a quarter of the work.
    Miyato et al. 2018, arXiv:1802.05957, table 4.
    """

    def __init__(self, inputs: int, outputs: int, classes: int) -> None:
        super().__init__()
        self.norm1 = ConditionalBatchNorm(inputs, classes)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm2 = ConditionalBatchNorm(outputs, classes)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        changed = self.conv1(F.interpolate(F.relu(self.norm1(x, classes), inplace=True), scale_factor=2.0))
        changed = self.conv2(F.relu(self.norm2(changed, classes), inplace=True))
        return changed + F.interpolate(self.skip(x), scale_factor=2.0)


class DownBlock(nn.Module):
    """(N, C_in, H, W) -> (N, C_out, H/2, W/2), or of the same side unless `down`: ReLU, 3x3, ReLU, 3x3, averaged.

    Spectrally normalised; beside it a 1x1 convolution where the width changes, after the averaging, with which it
    commutes. Miyato et al. 2018, arXiv:1802.05957, table 4.
    """

    def __init__(self, inputs: int, outputs: int, *, down: bool) -> None:
        super().__init__()
        self.conv1 = spectral_norm(nn.Conv2d(inputs, inputs, 3, padding=1))
        self.conv2 = spectral_norm(nn.Conv2d(inputs, outputs, 3, padding=1))
        same = inputs == outputs
        self.skip = nn.Identity() if same else spectral_norm(nn.Conv2d(inputs, outputs, 1, bias=False))
        self.pool = nn.AvgPool2d(2) if down else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        changed = self.conv2(F.relu(self.conv1(F.relu(x)), inplace=True))
        return self.pool(changed) + self.skip(self.pool(x))
