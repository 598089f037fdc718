"""Every term against numbers worked out by hand."""

import math

import pytest
import torch

from contrastlab.models.vae.losses import cross_entropy, keep_first, kl_by_latent, l1


def logit(p):
    return math.log(p / (1 - p))


def test_cross_entropy_is_summed_over_a_picture_and_takes_grey_for_a_probability():
    logits = torch.tensor([[logit(0.9), logit(0.2)], [0.0, 0.0]]).view(2, 1, 1, 2)
    pictures = torch.tensor([[1.0, 0.25], [0.0, 0.5]]).view(2, 1, 1, 2)
    first = -math.log(0.9) - 0.25 * math.log(0.2) - 0.75 * math.log(0.8)
    assert cross_entropy(logits, pictures).tolist() == pytest.approx([first, 2 * math.log(2)], rel=1e-5)


def test_the_kl_term_is_nought_for_the_prior_alone_and_agrees_with_torch():
    means, deviations = torch.tensor([[0.0, 2.0, 0.0]]), torch.tensor([[1.0, 1.0, 0.1]])
    found = kl_by_latent(means, 2 * deviations.log())
    assert found.tolist() == [pytest.approx([0.0, 2.0, 0.5 * (0.01 - 1) - math.log(0.1)], abs=1e-5)]
    normal = torch.distributions.Normal
    assert torch.allclose(found, torch.distributions.kl_divergence(normal(means, deviations), normal(0.0, 1.0)))


def test_l1_compares_with_the_picture():
    logits = torch.tensor([[logit(0.75), logit(0.5)]]).view(1, 1, 1, 2)
    assert l1(logits, torch.tensor([[1.0, 0.0]]).view(1, 1, 1, 2)).item() == pytest.approx((0.25 + 0.5) / 2)


def test_a_cut_code_keeps_its_first_numbers():
    codes = torch.arange(1.0, 7).view(2, 3)
    assert keep_first(codes, torch.tensor([1, 3])).tolist() == [[1, 0, 0], [4, 5, 6]]
    assert keep_first(codes, torch.tensor([2])).tolist() == [[1, 2, 0], [4, 5, 0]]
