"""NT-Xent against a slow float64 double loop and its closed forms."""

import math

import pytest
import torch

from contrastlab.models.encoder.losses import nt_xent


def slow(first, second, temperature):
    """Algorithm 1 of the paper, word by word."""
    count = len(first)
    z = [row for pair in zip(first.double(), second.double(), strict=True) for row in pair]  # z_{2k-1}, z_{2k}

    def s(i, j):
        return float(z[i] @ z[j] / (z[i].norm() * z[j].norm()))

    def pair_loss(i, j):
        others = sum(math.exp(s(i, k) / temperature) for k in range(2 * count) if k != i)
        return -math.log(math.exp(s(i, j) / temperature) / others)

    return sum(pair_loss(2 * k, 2 * k + 1) + pair_loss(2 * k + 1, 2 * k) for k in range(count)) / (2 * count)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_equals_the_papers_double_loop(temperature):
    torch.manual_seed(0)
    first, second = torch.randn(6, 5) * 3, torch.randn(6, 5)
    assert nt_xent(first, second, temperature=temperature).item() == pytest.approx(
        slow(first, second, temperature), rel=1e-5
    )


@pytest.mark.parametrize("count", [2, 16, 256])
def test_collapse_gives_pure_chance(count):
    same = torch.ones(count, 8)
    assert nt_xent(same, same * 5, temperature=0.2).item() == pytest.approx(math.log(2 * count - 1), abs=1e-5)


def test_perfectly_told_apart_gives_almost_nothing():
    apart = torch.eye(8)
    expected = math.log(1 + 14 * math.exp(-1 / 0.1))
    assert nt_xent(apart, apart, temperature=0.1).item() == pytest.approx(expected, rel=1e-4)


def test_a_step_along_the_gradient_pulls_twins_together_and_pushes_others_apart():
    torch.manual_seed(1)
    first, second = torch.randn(4, 6, requires_grad=True), torch.randn(4, 6)

    def similarity(rows):
        return torch.nn.functional.cosine_similarity(rows[:, None], second[None], dim=2)

    nt_xent(first, second, temperature=0.5).backward()
    before, after = similarity(first.detach()), similarity(first.detach() - 0.5 * first.grad)
    twins = torch.eye(4, dtype=torch.bool)
    assert (after - before)[twins].mean() > 0 > (after - before)[~twins].mean()


def test_bf16_autocast_changes_nothing():
    torch.manual_seed(2)
    first, second = torch.randn(8, 16), torch.randn(8, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = nt_xent(first, second, temperature=0.1)
    assert torch.equal(mixed, nt_xent(first, second, temperature=0.1))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match="temperature"):
        nt_xent(torch.randn(2, 3), torch.randn(2, 3), temperature=temperature)


@pytest.mark.parametrize("shapes", [((3, 2), (2, 3)), ((1, 4), (1, 4)), ((4,), (4,))])
def test_shapes_that_make_no_pairs_are_refused(shapes):
    with pytest.raises(ValueError, match="N >= 2"):
        nt_xent(torch.randn(shapes[0]), torch.randn(shapes[1]), temperature=0.5)
