"""What all kinds of players promise alike: shapes, the class heeded, gradients everywhere, weights that come back."""

import numpy as np
import pytest
import torch
from torch import nn

from contrastlab.core.checkpoint import load_checkpoint, save_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.models.gan.inference import load_generator
from contrastlab.models.gan.losses import LOSSES
from contrastlab.models.gan.network import KINDS, build, load_players, pack_players

CPU = Device("cpu", torch.float32)
CLASSES = ["cat", "dog", "frog"]
SMALL = {
    "resnet": {"widths": [16, 12, 8], "discriminator_widths": [8, 12]},
    "dcgan": {"widths": [16, 8], "discriminator_widths": [8, 12]},
    "mlp": {"widths": [16, 24, 144], "discriminator_widths": [24, 16]},
}
SIDE = {"resnet": 16, "dcgan": 16, "mlp": 12}
CHANNELS = {"resnet": 3, "dcgan": 3, "mlp": 1}


def architecture(kind, **changes):
    return {"kind": kind, "latent": 6, "classes": 3, **SMALL[kind], **changes}


def players_of(kind):
    """Both players as a little training leaves them: no class and no place like another."""
    torch.manual_seed(0)
    players = build(architecture(kind))
    with torch.no_grad():
        for player in players:
            for name, weight in player.named_parameters():
                if "original" not in name:
                    weight.add_(0.2 * torch.randn_like(weight))
    for _ in range(20):  # BatchNorm's statistics and the power iteration of the spectral norms
        players[1](players[0](torch.randn(32, 6), torch.randint(3, (32,))), torch.randint(3, (32,)))
    return players


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def players(kind):
    return players_of(kind)


def saved(folder, kind, players, **changes):
    return save_checkpoint(
        folder, family="gan", architecture=architecture(kind, **changes),
        preprocessing={"side": SIDE[kind], "range": [-1.0, 1.0], "classes": CLASSES}, training={"data": "toy"},
        weights=pack_players(*players), draft=False,
    )


def test_noise_becomes_pictures_and_pictures_become_a_logit_each(kind, players):
    generator, discriminator = players
    classes = torch.tensor([0, 1, 2, 0, 1])
    pictures = generator(torch.randn(5, 6), classes)
    assert (generator.side, generator.channels) == (SIDE[kind], CHANNELS[kind])
    assert (generator.latent, generator.classes) == (6, 3)
    assert pictures.shape == (5, CHANNELS[kind], SIDE[kind], SIDE[kind]) and pictures.dtype == torch.float32
    assert -1 <= pictures.min() < pictures.max() <= 1
    assert discriminator(pictures, classes).shape == (5,)


def test_the_same_class_and_noise_make_the_same_picture_and_another_of_either_does_not(players):
    generator = players[0].eval()
    noise, zero, one = torch.randn(1, 6), torch.tensor([0]), torch.tensor([1])
    picture = generator(noise, zero)
    assert torch.equal(picture, generator(noise.clone(), zero.clone()))
    assert (picture - generator(noise, one)).abs().max() > 0.01
    assert (picture - generator(torch.randn(1, 6), zero)).abs().max() > 0.01


def test_the_discriminator_looks_at_picture_and_class_and_at_no_neighbour(kind, players):
    discriminator = players[1].eval()
    pictures = torch.rand(4, CHANNELS[kind], SIDE[kind], SIDE[kind]) * 2 - 1
    classes = torch.tensor([0, 1, 2, 0])
    together = discriminator(pictures, classes)
    alone = torch.cat([discriminator(pictures[at:at + 1], classes[at:at + 1]) for at in range(4)])
    assert torch.allclose(together, alone, atol=1e-5)  # the penalties take this for granted
    assert abs(together[0] - together[3]) > 1e-4
    assert (together - discriminator(pictures, (classes + 1) % 3)).abs().min() > 1e-4


def test_gradients_reach_every_weight_of_both_players(players):
    generator, discriminator = players
    classes = torch.arange(12) % 3
    fake = generator(torch.randn(12, 6), classes)
    LOSSES["bce"].generator(discriminator(fake, classes)).backward()
    unmoved = [name for name, weight in generator.named_parameters() if not weight.grad.abs().sum() > 0]
    assert unmoved == []
    discriminator.zero_grad()
    real = torch.rand_like(fake) * 2 - 1
    LOSSES["bce"].discriminator(discriminator(real, classes), discriminator(fake.detach(), classes)).backward()
    unmoved = [name for name, weight in discriminator.named_parameters() if not weight.grad.abs().sum() > 0]
    assert unmoved == []
    for player in players:
        assert all(weight.grad.isfinite().all() for weight in player.parameters())


@pytest.mark.parametrize(("kind", "layers"), [("resnet", 8), ("dcgan", 4)])
def test_spectral_norm_holds_every_layer_at_one_however_large_its_weights_are(kind, layers):
    _, discriminator = players_of(kind)
    with torch.no_grad():
        for name, weight in discriminator.named_parameters():
            if name.endswith("weight.original"):
                weight.mul_(50).add_(torch.randn_like(weight))
    for _ in range(60):  # each training pass is one more step of the power iteration
        discriminator(torch.randn(2, 3, 16, 16), torch.tensor([0, 1]))
    discriminator.eval()
    bounded = [
        module for module in discriminator.modules() if isinstance(module, (nn.Conv2d, nn.Linear, nn.Embedding))
    ]
    assert len(bounded) == layers
    for module in bounded:
        assert torch.linalg.matrix_norm(module.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)


def test_packed_players_come_back_as_they_were(kind, players, tmp_path):
    checkpoint = saved(tmp_path / "gan-tiny", kind, players)
    torch.manual_seed(1)
    others = build(architecture(kind))
    load_players(load_checkpoint(tmp_path / "gan-tiny"), *others)
    noise, classes = torch.randn(3, 6), torch.tensor([0, 1, 2])
    before, after = (
        (pair[0].eval()(noise, classes), pair[1].eval()(pair[0](noise, classes), classes)) for pair in (players, others)
    )
    # Weights are kept in half precision.
    assert torch.allclose(before[0], after[0], atol=0.02) and torch.allclose(before[1], after[1], atol=0.1)
    assert {name.split(".")[0] for name in checkpoint.weights} == {"generator", "discriminator"}


def test_the_loaded_generator_paints_what_the_network_does(kind, players, tmp_path):
    generator = load_generator(saved(tmp_path / "gan-tiny", kind, players), CPU)
    assert generator.classes == tuple(CLASSES) and (generator.latent, generator.side) == (6, SIDE[kind])
    painted = generator.generate(range(4), [0, 1, 2, 0])
    noise = torch.from_numpy(generator.latents(range(4)))
    exact = (players[0].eval()(noise, torch.tensor([0, 1, 2, 0])) + 1) * 127.5
    levels = exact.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).detach().numpy()
    assert painted.shape == (4, SIDE[kind], SIDE[kind], 3) and np.abs(painted - levels).max() < 4
    if CHANNELS[kind] == 1:
        assert np.array_equal(painted[..., 0], painted[..., 1]) and np.array_equal(painted[..., 0], painted[..., 2])


def test_a_grey_discriminator_is_asked_about_the_mean_of_the_colours(tmp_path):
    generator = load_generator(saved(tmp_path / "gan-tiny", "mlp", players_of("mlp")), CPU)
    coloured = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8) // 3 * 3
    grey = coloured.mean(axis=3, keepdims=True).round().astype(np.uint8).repeat(3, axis=3)
    assert generator.realness(coloured, [0, 1]) == pytest.approx(generator.realness(grey, [0, 1]), abs=0.02)


def test_weights_of_another_kind_or_width_are_refused(kind, players, tmp_path):
    checkpoint = saved(tmp_path / "gan-tiny", kind, players)
    for other in KINDS:
        wider = {"latent": 7} if other == kind else {}
        with pytest.raises(LabError) as caught:
            load_players(checkpoint, *build(architecture(other, **wider)))
        assert caught.value.key == "checkpoint.wrong_weights"


@pytest.mark.parametrize(("kind", "change", "key"), [
    ("mlp", {"widths": [16, 24, 145]}, "gan.not_square"),
    ("mlp", {"widths": [144]}, "gan.few_widths"),
    ("dcgan", {"discriminator_widths": [8, 8, 12]}, "gan.unequal_widths"),
    ("dcgan", {"discriminator_widths": [8]}, "gan.few_widths"),
])
def test_shapes_that_do_not_fit_are_refused_by_name(kind, change, key):
    with pytest.raises(LabError) as caught:
        build(architecture(kind, **change))
    assert caught.value.key == key and "?" not in str(caught.value)


def test_wrong_noise_and_wrong_pictures_are_refused_whatever_the_kind(kind, players, tmp_path):
    generator = load_generator(saved(tmp_path / "gan-tiny", kind, players), CPU)
    for ask, key in (
        (lambda: generator.paint(np.zeros((1, 5), np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.zeros(6, np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.full((1, 6), np.nan, np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.full((1, 6), np.inf, np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.zeros((1, 6), np.float32), [3]), "gan.unknown_class"),
        (lambda: generator.realness(np.zeros((1, 20, 20, 3), np.uint8), [0]), "gan.wrong_size"),
    ):
        with pytest.raises(LabError) as caught:
            ask()
        assert caught.value.key == key
