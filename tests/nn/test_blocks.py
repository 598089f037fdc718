"""Whitening against what it promises: spreads, directions, and nothing before it is fitted."""

import pytest
import torch

from contrastlab.nn.blocks import Whitening


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    mixed = torch.randn(500, 6, generator=generator) @ torch.randn(6, 6, generator=generator)
    return mixed + torch.tensor([5.0, 0, 0, -3, 0, 1])


def test_it_changes_nothing_before_it_is_fitted(rows):
    assert torch.equal(Whitening(6)(rows), rows)


def test_at_full_strength_all_directions_weigh_the_same(rows):
    whitening = Whitening(6)
    whitening.fit(rows, 1.0)
    found = torch.cov(whitening(rows).T)
    assert torch.allclose(found / found.trace() * 6, torch.eye(6), atol=1e-4)


def test_at_no_strength_only_the_mean_is_taken_off(rows):
    whitening = Whitening(6)
    whitening.fit(rows, 0.0)
    assert torch.allclose(whitening(rows), rows - rows.mean(0), atol=1e-4)


def test_half_strength_takes_the_root_of_each_spread(rows):
    whitening = Whitening(6)
    whitening.fit(rows, 0.5)
    spreads = torch.linalg.svdvals(rows - rows.mean(0))
    found = torch.linalg.svdvals(whitening(rows))
    assert torch.allclose(found / found[0], (spreads / spreads[0]).sqrt(), atol=1e-4)


def test_what_hardly_occurs_is_not_blown_up_without_bound(rows):
    flat = torch.cat([rows, torch.zeros(500, 1)], dim=1)
    whitening = Whitening(7)
    whitening.fit(flat, 1.0)
    assert torch.isfinite(whitening(flat)).all()
    assert whitening.matrix.abs().max() < 101
