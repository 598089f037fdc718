"""Shapes, ranges, what depends on what, and the promise that folding changes nothing."""

import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.models.gan.network import build
from contrastlab.nn.residual import ConditionalAffine, ConditionalBatchNorm, fold_norms

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


def test_folded_norms_paint_the_same(players):
    generator, _ = players
    for module in generator.modules():
        if isinstance(module, ConditionalBatchNorm):
            torch.nn.init.normal_(module.gain.weight, 1, 0.3)
            torch.nn.init.normal_(module.bias.weight, 0, 0.3)
    for _ in range(3):
        generator(torch.randn(16, 6), torch.randint(3, (16,)))
    generator.eval()
    noise, classes = torch.randn(9, 6), torch.arange(9) % 3
    before = generator(noise, classes)
    fold_norms(generator)
    kinds = [type(module) for module in generator.modules()]
    assert ConditionalBatchNorm not in kinds and kinds.count(ConditionalAffine) == 4
    assert torch.allclose(generator(noise, classes), before, atol=1e-5)


@pytest.mark.parametrize(("change", "key"), [({"kind": "guess"}, "knob.unknown_choice"),
                                             ({"widths": (8,)}, "gan.few_widths")])
def test_what_cannot_be_built_is_refused(change, key):
    with pytest.raises(LabError) as caught:
        build({**SMALL, **change})
    assert caught.value.key == key
