"""Layers with their shapes."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvNormAct(nn.Sequential):
    """(N, C_in, H, W) -> (N, C_out, H, W): 3x3 convolution, BatchNorm, ReLU; with `pool`, halved before the norm.

    No bias before a norm, which would remove it again (Ioffe & Szegedy 2015, arXiv:1502.03167, sec. 3.2).
    """

    def __init__(self, inputs: int, outputs: int, *, pool: bool = False) -> None:
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)]
        if pool:
            layers.append(nn.MaxPool2d(2))
        super().__init__(*layers, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Standardise(nn.Module):
    """(N, 3, H, W) in [0, 1] -> zero mean and unit spread per channel.

    The constants are buffers, so they travel with the weights and no caller can mismatch them.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, float, float], std: tuple[float, float, float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        return (pictures - self.mean) / self.std
