"""Every folded layer against the layers it stands for, written out."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from contrastlab.nn.folding import (
    ConditionalAffine,
    FoldedUpBlock,
    SpreadProducts,
    absorb,
    affine_of,
    doubling,
    shuffled,
)
from contrastlab.nn.residual import ConditionalBatchNorm, UpBlock


def seen(norm):
    """The norm in evaluation, after statistics and gains that are anything but 0 and 1."""
    for name, weight in norm.state_dict().items():
        if weight.is_floating_point():
            torch.nn.init.uniform_(weight, 0.5, 2) if "var" in name else torch.nn.init.normal_(weight)
    return norm.eval()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["linear", "conv", "transposed"])
def test_a_norm_behind_a_layer_becomes_part_of_it(kind, bias):
    torch.manual_seed(0)
    layer, x, norm = {
        "linear": lambda: (nn.Linear(4, 6, bias=bias), torch.randn(3, 4), nn.BatchNorm1d(6)),
        "conv": lambda: (nn.Conv2d(4, 6, 3, padding=1, bias=bias), torch.randn(3, 4, 5, 5), nn.BatchNorm2d(6)),
        "transposed": lambda: (
            nn.ConvTranspose2d(4, 6, 4, 2, 1, bias=bias), torch.randn(3, 4, 5, 5), nn.BatchNorm2d(6)
        ),
    }[kind]()
    expected = seen(norm)(layer(x))
    absorb(layer, *affine_of(norm))
    assert torch.allclose(layer(x), expected, atol=1e-5)


def test_a_layer_without_bias_that_is_only_scaled_gets_none():
    layer, x = nn.Conv2d(4, 6, 1, bias=False), torch.randn(2, 4, 3, 3)
    expected = 3 * layer(x)
    absorb(layer, torch.full((6,), 3.0))
    assert layer.bias is None and torch.allclose(layer(x), expected, atol=1e-5)


def test_a_conditional_norm_becomes_two_tables():
    torch.manual_seed(0)
    norm = seen(ConditionalBatchNorm(5, 3))
    x, classes = torch.randn(6, 5, 4, 4) * 3 + 1, torch.tensor([0, 1, 2, 2, 0, 1])
    assert torch.allclose(ConditionalAffine(norm)(x, classes), norm(x, classes), atol=1e-5)


def test_spread_products_are_a_transposed_convolution():
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 5, 3, 7), torch.randn(5, 6, 4, 4), torch.randn(6)
    expected = F.conv_transpose2d(x, weight, bias, stride=2, padding=1)
    assert torch.allclose(SpreadProducts(weight, bias)(x), expected, atol=1e-4)


@pytest.mark.parametrize(("inputs", "kind"), [(8, nn.ConvTranspose2d), (256, SpreadProducts)])
def test_doubling_is_within_the_convolution_whatever_the_form(inputs, kind):
    torch.manual_seed(0)
    conv, x = nn.Conv2d(inputs, 6, 3, padding=1, bias=False), torch.randn(2, inputs, 5, 3)
    made = doubling(conv)
    assert isinstance(made, kind)
    assert torch.allclose(made(x), conv(F.interpolate(x, scale_factor=2.0)), atol=1e-4)


@pytest.mark.parametrize(("paint", "shape"), [
    (nn.Conv2d(7, 3, 3, padding=1), (2, 7, 6, 8)), (nn.ConvTranspose2d(7, 3, 4, stride=2, padding=1), (2, 7, 3, 5)),
])
def test_the_last_layer_paints_the_same_when_it_paints_four_pixels_at_once(paint, shape):
    x = torch.randn(shape)
    assert torch.allclose(shuffled(paint)(x), paint(x), atol=1e-5)


@pytest.mark.parametrize("inputs", [4, 256])
def test_a_folded_block_gives_the_same_pictures_and_gradients(inputs):
    torch.manual_seed(0)
    block, classes = UpBlock(inputs, 6, 3), torch.tensor([0, 2, 1])
    seen(block.norm1), seen(block.norm2)
    x = torch.randn(3, inputs, 4, 4, requires_grad=True)
    block.eval().requires_grad_(False)
    made = block(x, classes)
    weights = torch.randn_like(made)
    (gradient,) = torch.autograd.grad((made * weights).sum(), x)
    folded = FoldedUpBlock(block).to(memory_format=torch.channels_last)
    again = folded(x, classes)
    assert torch.allclose(again, made, atol=1e-4)
    assert torch.allclose(torch.autograd.grad((again * weights).sum(), x)[0], gradient, atol=1e-3)
