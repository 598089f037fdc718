"""Shapes, ranges, what depends on what, and the promise that folding changes nothing."""

import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from contrastlab.core.errors import LabError
from contrastlab.models.gan.network import build
from contrastlab.nn.residual import ConditionalBatchNorm

SMALL = {"kind": "resnet", "latent": 6, "classes": 3, "widths": (16, 12, 8), "discriminator_widths": (8, 12)}


@pytest.fixture
def players():
    torch.manual_seed(0)
    return build(SMALL)


def test_noise_becomes_pictures_and_pictures_become_logits(players):
    generator, discriminator = players
    classes = torch.tensor([0, 1, 2, 0])
    pictures = generator(torch.randn(4, 6), classes)
    assert generator.side == 16 and pictures.shape == (4, 3, 16, 16) and pictures.dtype == torch.float32
    assert -1 <= pictures.min() < pictures.max() <= 1
    assert discriminator(pictures, classes).shape == (4,)


def test_both_players_look_at_the_class(players):
    generator, discriminator = (player.eval() for player in players)
    for block in generator.blocks:
        torch.nn.init.normal_(block.norm1.gain.weight)
    noise, pictures = torch.randn(1, 6), torch.randn(1, 3, 16, 16)
    zero, one = torch.tensor([0]), torch.tensor([1])
    assert not torch.allclose(generator(noise, zero), generator(noise, one), atol=1e-3)
    assert not torch.allclose(discriminator(pictures, zero), discriminator(pictures, one), atol=1e-4)


def test_the_discriminators_layers_have_spectral_norm_one(players):
    _, discriminator = players
    for _ in range(30):  # each training pass is one more step of the power iteration
        discriminator(torch.randn(2, 3, 16, 16), torch.tensor([0, 1]))
    discriminator.eval()
    seen = 0
    for module in discriminator.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear, torch.nn.Embedding)):
            assert torch.linalg.matrix_norm(module.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)
            seen += 1
    assert seen == 8  # stem, two blocks of two and one skip, the two ends


def test_bf16_changes_little_and_keeps_the_gradients_finite(players):
    generator, discriminator = players
    noise, classes = torch.randn(8, 6), torch.arange(8) % 3
    exact = generator.eval()(noise, classes)
    with torch.autocast("cpu", torch.bfloat16):
        half = generator(noise, classes)
        logits = discriminator(half, classes)
    assert half.dtype == logits.dtype == torch.float32
    assert (half - exact).abs().max() < 0.1
    logits.sum().backward()
    assert all(weight.grad.isfinite().all() for weight in generator.parameters())


@pytest.mark.parametrize("architecture", [
    {**SMALL, "widths": (256, 12, 8)},
    {**SMALL, "kind": "dcgan", "widths": (16, 12, 8), "discriminator_widths": (8, 12, 16)},
    {**SMALL, "kind": "mlp", "widths": (12, 16, 64)},
])
def test_a_folded_generator_paints_the_same_to_one_level_of_255(architecture):
    torch.manual_seed(0)
    generator, _ = build(architecture)
    for name, weight in generator.state_dict().items():
        if "norm" in name and weight.is_floating_point():
            torch.nn.init.uniform_(weight, 0.5, 2) if "var" in name else torch.nn.init.normal_(weight, 0.5, 0.5)
    generator.eval()
    noise, classes = torch.randn(9, 6), torch.arange(9) % 3
    before = generator(noise, classes)
    assert before.std() > 0.1  # not grey, or everything would be the same
    generator.fold()
    generator.to(memory_format=torch.channels_last)
    assert not any(isinstance(one, (ConditionalBatchNorm, _BatchNorm)) for one in generator.modules())
    assert (generator(noise, classes) - before).abs().max() * 127.5 < 0.1


@pytest.mark.parametrize(("change", "key"), [({"kind": "guess"}, "knob.unknown_choice"),
                                             ({"widths": (8,)}, "gan.few_widths")])
def test_what_cannot_be_built_is_refused(change, key):
    with pytest.raises(LabError) as caught:
        build({**SMALL, **change})
    assert caught.value.key == key
