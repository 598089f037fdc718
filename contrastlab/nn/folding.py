"""Trained layers in the form that evaluates fastest: the same function to rounding, and still differentiable."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .residual import ConditionalBatchNorm, UpBlock

#: From so many input channels on, products that are saved are worth the sums that they cost.
_WIDE = 256
#: What each of three taps along a line is worth to the four of a transposed convolution that also doubles.
_TAPS = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])


@torch.no_grad()
def affine_of(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """What a BatchNorm with gain and bias comes to in evaluation: x -> scale * x + shift, both (C,)."""
    assert isinstance(norm, (nn.BatchNorm1d, nn.BatchNorm2d))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias - scale * norm.running_mean


@torch.no_grad()
def absorb(layer: nn.Module, scale: Tensor, shift: Tensor | None = None) -> None:
    """Let a linear layer or a convolution, transposed or not, give scale * y + shift where it gave y: (C_out,) both."""
    assert isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))
    shape = [1] * layer.weight.ndim
    shape[1 if isinstance(layer, nn.ConvTranspose2d) else 0] = -1
    layer.weight.mul_(scale.view(shape))
    if layer.bias is not None:
        layer.bias.mul_(scale)
        if shift is not None:
            layer.bias.add_(shift)
    elif shift is not None:
        layer.bias = nn.Parameter(shift.clone())


class ConditionalAffine(nn.Module):
    """(N, C, H, W), classes (N,) -> (N, C, H, W): scaled and shifted as looked up by class; `inplace` in its place.

    What a `ConditionalBatchNorm` comes to in evaluation.
    """

    scale: Tensor
    shift: Tensor

    @torch.no_grad()
    def __init__(self, norm: ConditionalBatchNorm, *, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace
        mean, variance = norm.norm.running_mean, norm.norm.running_var
        assert mean is not None
        assert variance is not None
        scale = norm.gain.weight * (variance + norm.norm.eps).rsqrt()
        self.register_buffer("scale", scale)
        self.register_buffer("shift", norm.bias.weight - scale * mean)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        shift, scale = (table[classes][:, :, None, None] for table in (self.shift, self.scale))
        return x.mul_(scale).add_(shift) if self.inplace else torch.addcmul(shift, x, scale)


class SpreadProducts(nn.Module):
    """(N, C_in, H, W) -> (N, C_out, 2H, 2W): every place times every tap as one matrix product, then summed in place.

    Of K = 4 taps a side it is a transposed convolution of stride 2 and padding 1. Of K = 3 it is a 3x3 convolution of
    the map doubled by nearest neighbours, for 9 products a place of the small map where the doubled one takes 36.
    """

    matrix: Tensor
    bias: Tensor | None

    @torch.no_grad()
    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """`weight`: (C_in, C_out, K, K), `bias`: (C_out,)."""
        super().__init__()
        self.taps = weight.shape[2]
        self.register_buffer("matrix", weight.permute(0, 3, 2, 1).flatten(1).contiguous())
        self.register_buffer("bias", None if bias is None else bias.clone())

    def forward(self, x: Tensor) -> Tensor:
        count, _, height, width = x.shape
        products = x.permute(0, 2, 3, 1).flatten(0, 2) @ self.matrix
        lines = _interleaved(products.view(count, height, width, self.taps, -1), 2)
        summed = _interleaved(lines.view(count, height, 2 * width, self.taps, -1), 1)
        return (summed if self.bias is None else summed.add_(self.bias)).permute(0, 3, 1, 2)


def _interleaved(products: Tensor, side: int) -> Tensor:
    """(N, H, W, K, C) -> (N, H, W, C) with the dimension `side`, H or W, twice as long: each tap where it counts."""
    length = products.shape[side]
    first, *_, last = taps = [products.select(3, tap) for tap in range(products.shape[3])]
    if len(taps) == 3:
        even, odd, before, after = taps[1] + last, first + taps[1], first, last
    else:
        even, odd, before, after = taps[1].clone(), taps[2].clone(), last, first
    even.narrow(side, 1, length - 1).add_(before.narrow(side, 0, length - 1))
    odd.narrow(side, 0, length - 1).add_(after.narrow(side, 1, length - 1))
    return torch.stack([even, odd], side + 1).flatten(side, side + 1)


@torch.no_grad()
def doubling(conv: nn.Conv2d) -> nn.Module:
    """Nearest-neighbour doubling and then this 3x3 convolution without bias, as one layer on the small map.

    Rows and columns that are equal after the doubling share their products: 16 for each place of the small map, as a
    transposed convolution, or 9, at the price of sums. Measured on two cores with AVX-512: 16 pictures of 256
    channels at 4x4 took 0.45 of the time of the former, of 128 channels at 16x16 1.4 times as long.
    """
    if conv.in_channels >= _WIDE:
        return SpreadProducts(conv.weight.transpose(0, 1))
    made = nn.ConvTranspose2d(conv.in_channels, conv.out_channels, 4, stride=2, padding=1, bias=False)
    made.weight.copy_(torch.einsum("ur,vc,oirc->iouv", _TAPS, _TAPS, conv.weight))
    return made


@torch.no_grad()
def shuffled(paint: nn.Module) -> nn.Sequential:
    """A last layer of few channels, computed for 2x2 pixels at once, so that vector registers are better filled.

    Takes a 3x3 convolution of padding 1 on an even side, or a 4x4 transposed one of stride 2 and padding 1.
    """
    assert isinstance(paint, (nn.Conv2d, nn.ConvTranspose2d))
    inputs, outputs = paint.in_channels, paint.out_channels
    assert paint.bias is not None
    if isinstance(paint, nn.ConvTranspose2d):
        made = nn.Conv2d(inputs, 4 * outputs, 3, padding=1)
    else:
        made = nn.Conv2d(inputs, 4 * outputs, 4, stride=2, padding=1)
    kernels = torch.zeros(outputs, 2, 2, inputs, *made.kernel_size)
    for down in range(2):
        for right in range(2):
            if isinstance(paint, nn.ConvTranspose2d):
                # Of the flipped kernel every other row and column reaches a pixel.
                part = paint.weight.flip(2, 3)[:, :, down::2, right::2].transpose(0, 1)
            else:
                part = paint.weight
            high, wide = part.shape[2:]
            kernels[:, down, right, :, down : down + high, right : right + wide] = part
    made.weight.copy_(kernels.flatten(0, 2))
    assert made.bias is not None
    made.bias.copy_(paint.bias.repeat_interleave(4))
    return nn.Sequential(made, nn.PixelShuffle(2))


class FoldedUpBlock(nn.Module):
    """An `UpBlock` in evaluation: norms as tables, the doubling within the convolution; shares its other layers."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        assert isinstance(block, UpBlock)
        self.norm1, self.norm2 = ConditionalAffine(block.norm1), ConditionalAffine(block.norm2, inplace=True)
        self.conv1, self.conv2, self.skip = doubling(block.conv1), block.conv2, block.skip

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        doubled = self.conv1(F.relu(self.norm1(x, classes), inplace=True))
        changed: Tensor = self.conv2(F.relu(self.norm2(doubled, classes), inplace=True))
        # Each place of the shortcut goes to four pixels without being written out four times.
        changed.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).add_(self.skip(x)[:, :, :, None, :, None])
        return changed
