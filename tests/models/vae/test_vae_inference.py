"""Pictures become codes and come back, each by itself; every bad request gets a sentence."""

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import load_checkpoint, save_checkpoint, save_metrics
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.models.vae.inference import NestedAutoencoder, VariationalAutoencoder, load_autoencoder
from contrastlab.models.vae.network import build

CPU = Device("cpu", torch.float32)
ARCHITECTURE = {"method": "vae", "latent": 5, "classes": 3, "widths": [8], "hidden": 16}
NESTED = {**ARCHITECTURE, "method": "nested", "classes": 0}


def save_tiny_vae(folder, architecture=ARCHITECTURE):
    """A random but well-spread autoencoder in a checkpoint folder."""
    torch.manual_seed(0)
    network = build(architecture)
    for _ in range(20):
        codes, _ = network.encode(torch.rand(32, 1, 14, 14), torch.randint(3, (32,)))
        network.decode(torch.randn_like(codes), torch.randint(3, (32,)))  # BatchNorm's statistics
    torch.nn.init.normal_(network.paint.weight, 0, 0.5)
    return save_checkpoint(
        folder, family="vae", architecture=architecture,
        preprocessing={"side": 14, "range": [0.0, 1.0], "classes": ["cat", "dog", "frog"]}, training={"data": "toy"},
        weights=network.state_dict(), draft=True,
    )


@pytest.fixture(scope="module")
def pictures():
    grey = np.random.default_rng(0).integers(0, 256, (70, 14, 14, 1), np.uint8)
    return np.repeat(grey, 3, axis=3)


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    loaded = load_autoencoder(save_tiny_vae(tmp_path_factory.mktemp("checkpoints") / "vae-tiny"), CPU)
    assert isinstance(loaded, VariationalAutoencoder)
    return loaded


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    loaded = load_autoencoder(save_tiny_vae(tmp_path_factory.mktemp("checkpoints") / "nested", NESTED), CPU)
    assert isinstance(loaded, NestedAutoencoder)
    return loaded


def test_it_paints_grey_pictures_that_depend_on_seed_and_class(vae):
    painted = vae.generate(range(6), [0, 0, 1, 1, 2, 2])
    assert painted.shape == (6, 14, 14, 3) and painted.dtype == np.uint8
    assert (painted == painted[:, :, :, :1]).all() and len(np.unique(painted.reshape(6, -1), axis=0)) == 6
    assert not np.array_equal(vae.generate([0], [1])[0], painted[0])


def test_decode_lets_gradients_through_to_the_noise(vae):
    noise = torch.from_numpy(vae.latents([3, 4])).requires_grad_()
    painted = vae.decode(noise, torch.tensor([1, 2]))
    assert painted.shape == (2, 3, 14, 14) and 0 <= painted.min() < painted.max() <= 1
    painted[0].sum().backward()
    assert noise.grad[0].abs().sum() > 0 and noise.grad[1].abs().sum() == 0


def test_encode_gives_a_mean_and_a_deviation_for_each_number(vae, pictures):
    means, deviations = vae.encode(pictures, [0] * 70)
    assert means.shape == deviations.shape == (70, 5) and means.dtype == np.float32
    assert (deviations > 0).all() and np.isfinite(means).all()
    pixels = torch.from_numpy(pictures[3:4, :, :, 0] / 255).float()[:, None]
    expected, logarithms = vae.network.encode(pixels, torch.tensor([2]))
    found = vae.encode(list(pictures[3:4]), [2])
    assert np.allclose(found[0], expected.numpy(), atol=1e-4)
    assert np.allclose(found[1], (logarithms / 2).exp().numpy(), atol=1e-4)
    assert vae.encode([], [])[0].shape == (0, 5)


def test_reconstruct_paints_the_means(vae, pictures):
    back = vae.reconstruct(pictures[:4], [0, 1, 2, 0])
    assert np.array_equal(back, vae.paint(vae.encode(pictures[:4], [0, 1, 2, 0])[0], [0, 1, 2, 0]))


def test_active_numbers_are_those_that_were_measured(vae, tmp_path):
    assert vae.active == (0, 1, 2, 3, 4)
    save_tiny_vae(tmp_path / "vae-tiny")
    save_metrics(tmp_path / "vae-tiny", {"active": {"threshold": 0.1, "latents": [3, 1], "kl": [0, 1, 0, 2, 0]}})
    assert load_autoencoder(load_checkpoint(tmp_path / "vae-tiny"), CPU).active == (3, 1)


def test_a_cut_code_uses_its_first_numbers_alone(nested, pictures):
    codes = nested.encode(pictures)
    assert codes.shape == (70, 5) and codes.dtype == np.float32
    changed = codes.copy()
    changed[:, 3:] = 100
    assert np.array_equal(nested.paint(codes, length=3), nested.paint(changed, length=3))
    assert not np.array_equal(nested.paint(codes, length=4), nested.paint(changed, length=4))
    assert np.array_equal(nested.reconstruct(pictures), nested.paint(codes, length=5))
    assert np.array_equal(nested.reconstruct(pictures, length=2), nested.paint(codes, length=2))
    assert nested.paint(codes[:0]).shape == (0, 14, 14, 3)


@pytest.mark.parametrize(("ask", "key"), [
    (lambda v, n: v.encode(np.zeros((1, 8, 8, 3), np.uint8), [0]), "gan.wrong_size"),
    (lambda v, n: v.encode(np.zeros((1, 14, 14, 3), np.uint8), [0, 1]), "gan.wrong_count"),
    (lambda v, n: v.encode(np.zeros((1, 14, 14, 3), np.uint8), [3]), "gan.unknown_class"),
    (lambda v, n: v.encode(np.zeros((1, 14, 14), np.uint8), [0]), "image.wrong_shape"),
    (lambda v, n: v.decode(torch.full((1, 5), float("nan")), torch.tensor([0])), "gan.wrong_noise"),
    (lambda v, n: n.encode(np.zeros((1, 8, 8, 3), np.uint8)), "gan.wrong_size"),
    (lambda v, n: n.paint(np.zeros((1, 4), np.float32)), "gan.wrong_noise"),
    (lambda v, n: n.paint(np.full((1, 5), np.nan, np.float32)), "gan.wrong_noise"),
    (lambda v, n: n.paint(np.zeros((1, 5), np.float32), length=0), "knob.out_of_range"),
    (lambda v, n: n.paint(np.zeros((1, 5), np.float32), length=6), "knob.out_of_range"),
    (lambda v, n: n.paint(np.zeros((1, 5), np.float32), length=2.5), "knob.not_whole"),
])
def test_bad_requests_are_refused(vae, nested, ask, key):
    with pytest.raises(LabError) as caught:
        ask(vae, nested)
    assert caught.value.key == key


def test_weights_that_do_not_fit_are_refused(tmp_path):
    checkpoint = save_tiny_vae(tmp_path / "vae-tiny")
    weights = {name: weight for name, weight in checkpoint.weights.items() if not name.startswith("paint")}
    save_checkpoint(
        tmp_path / "half", family="vae", architecture=ARCHITECTURE, preprocessing=checkpoint.preprocessing,
        training={}, weights=weights, draft=True,
    )
    with pytest.raises(LabError, match="checkpoint.wrong_weights"):
        load_autoencoder(load_checkpoint(tmp_path / "half"), CPU)
