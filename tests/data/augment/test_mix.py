"""Mixup and CutMix: labels that follow what was really mixed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.data.augment.mix import cutmix, mixup

N, K = 24, 5
PICTURES = torch.rand(N, 3, 12, 20, generator=torch.Generator().manual_seed(0))
LABELS = torch.nn.functional.one_hot(torch.arange(N) % K, K).float()


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_labels_are_shared_as_the_pictures_are(mix: object) -> None:
    mixed = mix(PICTURES, LABELS, seed=3)  # type: ignore[operator]
    assert mixed.pictures.shape == PICTURES.shape and mixed.labels.shape == LABELS.shape
    assert torch.allclose(mixed.labels.sum(1), torch.ones(N))
    own = mixed.shares[:, None]
    assert torch.allclose(mixed.labels, own * LABELS + (1 - own) * LABELS[mixed.partners])
    assert sorted(mixed.partners.tolist()) == list(range(N))


def test_mixup_is_the_weighted_mean() -> None:
    mixed = mixup(PICTURES, LABELS, seed=3, alpha=1.0)
    own = mixed.shares[:, None, None, None]
    assert torch.allclose(mixed.pictures, own * PICTURES + (1 - own) * PICTURES[mixed.partners])
    assert not mixed.boxes.any()


def test_cutmix_pastes_the_box_and_counts_what_was_really_replaced() -> None:
    for seed in range(20):
        mixed = cutmix(PICTURES, LABELS, seed=seed)
        for i in range(N):
            left, top, right, bottom = mixed.boxes[i].tolist()
            assert 0 <= left <= right <= 20 and 0 <= top <= bottom <= 12
            expected = PICTURES[i].clone()
            expected[:, top:bottom, left:right] = PICTURES[mixed.partners[i], :, top:bottom, left:right]
            assert torch.equal(mixed.pictures[i], expected)
            assert mixed.shares[i].item() == np.float32(1 - (right - left) * (bottom - top) / 240)


def test_cutmix_boxes_fall_over_the_edge_sometimes() -> None:
    mixed = cutmix(PICTURES, LABELS, seed=1, share=0.5)
    assert (mixed.shares >= 0.5 - 0.08).all() and (mixed.shares > 0.6).any()


def test_share_can_be_dialled_from_all_own_to_all_other() -> None:
    for mix in (mixup, cutmix):
        assert torch.equal(mix(PICTURES, LABELS, seed=2, share=1).pictures, PICTURES)
    mixed = mixup(PICTURES, LABELS, seed=2, share=0)
    assert torch.equal(mixed.pictures, PICTURES[mixed.partners])


def test_shares_have_the_mean_and_spread_of_their_beta() -> None:
    many, labels = torch.zeros(4000, 3, 1, 1), torch.ones(4000, 1)
    for alpha in (0.2, 1.0, 4.0):
        shares = mixup(many, labels, seed=5, alpha=alpha).shares
        assert abs(shares.mean() - 0.5) < 0.03
        assert shares.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_the_seed_decides() -> None:
    for mix in (mixup, cutmix):
        assert torch.equal(mix(PICTURES, LABELS, seed=4).pictures, mix(PICTURES, LABELS, seed=4).pictures)
        assert not torch.equal(mix(PICTURES, LABELS, seed=4).pictures, mix(PICTURES, LABELS, seed=5).pictures)


def test_wrong_input_is_refused() -> None:
    for pictures, labels in (
        (PICTURES[:3], LABELS),
        (PICTURES[0], LABELS),
        (PICTURES.to(torch.uint8), LABELS),
        (PICTURES, LABELS.long()),
        (PICTURES, LABELS[:, 0]),
    ):
        with pytest.raises(LabError, match="augment.bad_mix"):
            mixup(pictures, labels, seed=0)
    with pytest.raises(LabError, match="knob.out_of_range"):
        cutmix(PICTURES, LABELS, seed=0, share=1.2)
    with pytest.raises(LabError, match="knob.out_of_range"):
        mixup(PICTURES, LABELS, seed=0, alpha=0)
    with pytest.raises(LabError, match="augment.bad_counter"):
        mixup(PICTURES, LABELS, seed=-1)
