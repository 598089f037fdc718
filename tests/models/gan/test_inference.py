"""A picture belongs to its seed, class and truncation alone, and every bad request gets a sentence."""

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import load_checkpoint, save_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.models.gan.inference import load_generator
from contrastlab.models.gan.network import build, pack_players
from contrastlab.nn.decoding import TRUNCATION

CPU = Device("cpu", torch.float32)
ARCHITECTURE = {"kind": "resnet", "latent": 6, "classes": 3, "widths": [16, 12, 8], "discriminator_widths": [8, 12]}
CLASSES = ["cat", "dog", "frog"]


def save_tiny(folder):
    """A random but well-spread generator in a checkpoint folder."""
    torch.manual_seed(0)
    players = build(ARCHITECTURE)
    for _ in range(20):
        players[0](torch.randn(32, 6), torch.randint(3, (32,)))  # BatchNorm's statistics
    for block in players[0].blocks:
        torch.nn.init.normal_(block.norm1.gain.weight, 1, 0.5)
    return save_checkpoint(
        folder, family="gan", architecture=ARCHITECTURE,
        preprocessing={"side": 16, "range": [-1.0, 1.0], "classes": CLASSES}, training={"data": "toy"},
        weights=pack_players(*players), draft=True,
    )


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("checkpoints") / "gan-tiny")


@pytest.fixture(scope="module")
def generator(checkpoint):
    return load_generator(checkpoint, CPU)


def test_the_same_seed_gives_the_same_picture_whatever_stands_beside_it(generator):
    together = generator.generate(range(100), [n % 3 for n in range(100)])
    assert together.shape == (100, 16, 16, 3) and together.dtype == np.uint8
    assert len(np.unique(together.reshape(100, -1), axis=0)) == 100
    again = generator.generate(range(100), [n % 3 for n in range(100)])
    assert np.array_equal(together, again)
    for seed in (0, 1, 63, 64, 99):
        alone = generator.generate([seed], [seed % 3])[0].astype(int)
        assert np.abs(alone - together[seed]).max() <= 1  # to the rounding of another batch size
    assert generator.generate([], []).shape == (0, 16, 16, 3)


def test_latents_depend_on_their_seed_alone_and_on_no_global_state(generator):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    rows = generator.latents([5, 2**64 - 1, 5])
    assert torch.equal(torch.get_rng_state(), before)
    assert rows.shape == (3, 6) and rows.dtype == np.float32
    assert np.array_equal(rows[0], rows[2]) and not np.array_equal(rows[0], rows[1])
    assert np.array_equal(rows[:1], generator.latents([5]))
    many = generator.latents(range(2000))
    assert abs(many.mean()) < 0.05 and many.std() == pytest.approx(1, abs=0.03)


def test_truncation_draws_pictures_together(generator):
    spreads = [
        generator.generate(range(30), [0] * 30, truncation=each).astype(float).std(axis=0).mean()
        for each in (0, 0.5, 1)
    ]
    assert spreads[0] == 0 < spreads[1] < spreads[2]


def test_decode_is_what_generate_paints_and_lets_gradients_through(generator):
    noise = torch.from_numpy(generator.latents([3, 4])).requires_grad_()
    painted = generator.decode(noise, torch.tensor([1, 2]))
    assert painted.shape == (2, 3, 16, 16) and painted.dtype == torch.float32
    assert 0 <= painted.min() < painted.max() <= 1
    levels = (painted * 255).round().byte().permute(0, 2, 3, 1).numpy()
    assert np.abs(levels.astype(int) - generator.generate([3, 4], [1, 2])).max() <= 1
    painted[0].sum().backward()
    assert noise.grad[0].abs().sum() > 0 and noise.grad[1].abs().sum() == 0
    assert all(not weight.requires_grad for weight in generator.network.parameters())


def test_realness_is_the_discriminators_logit_of_each_picture_for_its_class(generator, checkpoint):
    pictures = generator.generate(range(70), [0] * 70)
    logits = generator.realness(pictures, [1] * 70)
    assert logits.shape == (70,) and logits.dtype == np.float32
    assert generator.realness(list(pictures[:2]), [1, 2])[0] == pytest.approx(logits[0], abs=1e-4)
    _, discriminator = build(ARCHITECTURE)
    weights = {name.removeprefix("discriminator."): weight for name, weight in checkpoint.weights.items()
               if name.startswith("discriminator.")}
    discriminator.load_state_dict(weights)
    pixels = torch.from_numpy(pictures[:4].transpose(0, 3, 1, 2) / 127.5 - 1).float()
    expected = discriminator.eval()(pixels, torch.ones(4, dtype=torch.long))
    assert logits[:4].tolist() == pytest.approx(expected.tolist(), abs=1e-4)
    assert generator.realness([], []).shape == (0,)


def test_a_class_is_known_by_name_and_by_number(generator):
    assert generator.class_number("dog") == generator.class_number("1") == 1
    for word in ("cow", "3", "-1", ""):
        with pytest.raises(LabError, match="cat, dog, frog"):
            generator.class_number(word)


@pytest.mark.parametrize(("ask", "key"), [
    (lambda g: g.generate([1, 2], [0]), "gan.wrong_count"),
    (lambda g: g.generate([1], [3]), "gan.unknown_class"),
    (lambda g: g.generate([1], [-1]), "gan.unknown_class"),
    (lambda g: g.generate([-1], [0]), "knob.out_of_range"),
    (lambda g: g.generate([1.5], [0]), "knob.not_whole"),
    (lambda g: g.generate([1], [0], truncation=TRUNCATION.maximum + 1), "knob.out_of_range"),
    (lambda g: g.generate([1], [0], truncation=float("nan")), "knob.not_a_number"),
    (lambda g: g.decode(torch.zeros(1, 7), torch.tensor([0])), "gan.wrong_noise"),
    (lambda g: g.decode(torch.full((1, 6), float("nan")), torch.tensor([0])), "gan.wrong_noise"),
    (lambda g: g.decode(torch.zeros(2, 6), torch.tensor([0])), "gan.wrong_count"),
    (lambda g: g.decode(torch.zeros(1, 6), torch.tensor([9])), "gan.unknown_class"),
    (lambda g: g.realness(np.zeros((1, 8, 8, 3), np.uint8), [0]), "gan.wrong_size"),
    (lambda g: g.realness(np.zeros((2, 16, 16, 3), np.uint8), [0]), "gan.wrong_count"),
    (lambda g: g.realness(np.zeros((1, 16, 16), np.uint8), [0]), "image.wrong_shape"),
])
def test_bad_requests_are_refused(generator, ask, key):
    with pytest.raises(LabError) as caught:
        ask(generator)
    assert caught.value.key == key


def test_weights_that_do_not_fit_are_refused(checkpoint, tmp_path):
    weights = {name: weight for name, weight in checkpoint.weights.items() if not name.startswith("discriminator")}
    save_checkpoint(
        tmp_path / "gan-half", family="gan", architecture=ARCHITECTURE, preprocessing=checkpoint.preprocessing,
        training={}, weights=weights, draft=True,
    )
    with pytest.raises(LabError, match="checkpoint.wrong_weights"):
        load_generator(load_checkpoint(tmp_path / "gan-half"), CPU)
