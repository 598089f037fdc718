"""Every loss against numbers worked out by hand, and its gradient against the formula."""

import math

import pytest
import torch

from contrastlab.models.gan.losses import LOSSES, gradient_penalty, r1_penalty
from contrastlab.models.gan.network import build

REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def mean(values):
    return sum(values) / len(values)


DISCRIMINATOR = {
    "bce": mean([-math.log(sigmoid(2)), -math.log(sigmoid(-1))])
    + mean([-math.log(1 - sigmoid(0.5)), -math.log(1 - sigmoid(-3))]),
    "lsgan": 0.5 * ((1 + 4) / 2 + (0.25 + 9) / 2),
    "hinge": (0 + 2) / 2 + (1.5 + 0) / 2,
    "wgan": -1.25 - 0.5,
}
DISCRIMINATOR["minimax"] = DISCRIMINATOR["bce"]
GENERATOR = {
    "minimax": mean([math.log(1 - sigmoid(0.5)), math.log(1 - sigmoid(-3))]),
    "bce": mean([-math.log(sigmoid(0.5)), -math.log(sigmoid(-3))]),
    "lsgan": 0.5 * (0.25 + 16) / 2,
    "hinge": 1.25,
    "wgan": 1.25,
}
#: Gradients by the logits: of the discriminator's loss by the real and the fake ones, of the generator's.
GRADIENTS = {
    "bce": (
        [(sigmoid(2) - 1) / 2, (sigmoid(-1) - 1) / 2], [sigmoid(0.5) / 2, sigmoid(-3) / 2],
        [(sigmoid(0.5) - 1) / 2, (sigmoid(-3) - 1) / 2],
    ),
    "lsgan": ([0.5, -1.0], [0.25, -1.5], [-0.25, -2.0]),
    "hinge": ([0, -0.5], [0.5, 0], [-0.5, -0.5]),
    "wgan": ([-0.5, -0.5], [0.5, 0.5], [-0.5, -0.5]),
}
GRADIENTS["minimax"] = (*GRADIENTS["bce"][:2], [-sigmoid(0.5) / 2, -sigmoid(-3) / 2])


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients_are_those_worked_out_by_hand(name):
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    loss = LOSSES[name].discriminator(real, fake)
    assert loss.shape == () and loss.item() == pytest.approx(DISCRIMINATOR[name], rel=1e-5)
    loss.backward()
    assert real.grad.tolist() == pytest.approx(GRADIENTS[name][0], rel=1e-5)
    assert fake.grad.tolist() == pytest.approx(GRADIENTS[name][1], rel=1e-5)
    fake.grad = None
    loss = LOSSES[name].generator(fake)
    assert loss.shape == () and loss.item() == pytest.approx(GENERATOR[name], rel=1e-5)
    loss.backward()
    assert fake.grad.tolist() == pytest.approx(GRADIENTS[name][2], rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_logits_of_any_size_give_finite_losses(name):
    huge = torch.tensor([1e4, -1e4])
    assert LOSSES[name].discriminator(huge, huge).isfinite() and LOSSES[name].generator(huge).isfinite()


def test_where_the_discriminator_is_sure_only_the_minimax_gradient_fades():
    slopes = {}
    for name in ("minimax", "bce"):
        fake = torch.tensor([-10.0], requires_grad=True)
        LOSSES[name].generator(fake).backward()
        slopes[name] = abs(fake.grad.item())
    assert slopes["minimax"] < 1e-4 and slopes["bce"] > 0.99


def test_the_gradient_penalty_is_that_of_the_mixed_points():
    # score(x) = |x|^2 has the gradient 2x, of length 2|x|.
    real, fake = torch.tensor([[3.0, 4.0], [0.0, 1.0]]), torch.tensor([[0.0, 0.0], [0.0, 3.0]])
    mix = torch.tensor([0.5, 0.25])  # points (1.5, 2) of length 2.5 and (0, 2.5)
    penalty = gradient_penalty(lambda x: x.square().sum(dim=1), real, fake, mix)
    assert penalty.item() == pytest.approx(((5 - 1) ** 2 + (5 - 1) ** 2) / 2)
    assert gradient_penalty(lambda x: x[:, 0], real, fake, mix).item() == pytest.approx(0, abs=1e-6)


def test_r1_is_half_the_squared_gradient_at_real_pictures():
    real = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    assert r1_penalty(lambda x: x.square().sum(dim=1), real).item() == pytest.approx(0.5 * (100 + 4) / 2)


def test_penalties_train_the_score_and_leave_the_pictures_alone():
    weight = torch.tensor(3.0, requires_grad=True)
    real = torch.ones(2, 3, 4, 4, requires_grad=True)

    def score(x):
        return weight * x.flatten(1).sum(dim=1)

    # The gradient is the weight at each of 48 values: |gradient|^2 = 48 w^2.
    r1_penalty(score, real).backward()
    assert weight.grad.item() == pytest.approx(48 * 3) and real.grad is None
    weight.grad = None
    gradient_penalty(score, real, torch.zeros_like(real), torch.tensor([0.3, 0.9])).backward()
    root = math.sqrt(48)
    assert weight.grad.item() == pytest.approx(2 * (3 * root - 1) * root, rel=1e-5) and real.grad is None


@pytest.mark.parametrize("kind", ["resnet", "dcgan", "mlp"])
def test_penalties_of_a_real_discriminator_are_those_of_finite_differences(kind):
    shapes = {"resnet": ((16, 8), (8, 8)), "dcgan": ((8, 8), (8, 8)), "mlp": ((8, 64), (16, 8))}[kind]
    torch.manual_seed(0)
    generator, discriminator = build({
        "kind": kind, "latent": 4, "classes": 2, "widths": shapes[0], "discriminator_widths": shapes[1]
    })
    discriminator.eval()
    classes = torch.tensor([0, 1])

    def score(pictures):
        return discriminator(pictures, classes)

    side, channels = generator.side, generator.channels
    real, fake = (torch.rand(2, channels, side, side) * 2 - 1 for _ in range(2))
    mix = torch.tensor([0.3, 0.8])
    between = mix.view(2, 1, 1, 1) * real + (1 - mix.view(2, 1, 1, 1)) * fake
    assert r1_penalty(score, real).item() == pytest.approx(
        0.5 * (slopes(score, real) ** 2).sum(dim=1).mean().item(), rel=0.01
    )
    lengths = slopes(score, between).norm(dim=1)
    assert gradient_penalty(score, real, fake, mix).item() == pytest.approx(
        ((lengths - 1) ** 2).mean().item(), rel=0.01
    )


@torch.no_grad()
def slopes(score, at, step=4e-3):
    """The gradient of each picture's score by its values, (N, values), by central differences."""
    rows = []
    for place in range(at[0].numel()):
        moved = torch.zeros_like(at).flatten(1)
        moved[:, place] = step
        rows.append((score(at + moved.view_as(at)) - score(at - moved.view_as(at))) / (2 * step))
    return torch.stack(rows, dim=1)
