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


class Whitening(nn.Module):
    """(N, D) -> (N, D): less the mean, and with the strongest directions turned down; changes nothing before `fit`.

    Directions that all pictures share say little about any one of them, yet they carry most of an inner product.
    With the singular values s of the centred rows, each direction is scaled by s^-strength: 0 only centres, 1 gives
    all the same weight. Jegou & Chum 2012, Negative evidences and co-occurences in image retrieval (ECCV).
    """

    mean: Tensor
    matrix: Tensor

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dimension))
        self.register_buffer("matrix", torch.eye(dimension))

    @torch.no_grad()
    def fit(self, rows: Tensor, strength: float) -> None:
        """Set mean and matrix by rows (N, D), N > D for a full picture of them, of the pictures trained on."""
        rows = rows.double()
        mean = rows.mean(0)
        _, values, directions = torch.linalg.svd(rows - mean, full_matrices=False)
        # What hardly ever occurs is not blown up without bound.
        scales = (values / values.mean()).clamp_min(1e-2) ** -strength
        self.mean.copy_(mean)
        self.matrix.copy_(directions.T @ (scales[:, None] * directions))

    def forward(self, rows: Tensor) -> Tensor:
        return (rows - self.mean) @ self.matrix
