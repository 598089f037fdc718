"""The losses against a slow float64 double loop and its closed forms."""

import math

import pytest
import torch

from contrastlab.models.encoder.losses import nt_xent, pair_margin, supcon, triplet_margin


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


def slow_supcon(rows, y, temperature):
    """Equation 2 of the paper, word by word."""
    z = [row / row.norm() for row in rows.double()]
    total, anchors = 0.0, 0
    for i in range(len(z)):
        positives = [p for p in range(len(z)) if p != i and y[p] == y[i]]
        if not positives:
            continue
        anchors += 1
        others = sum(math.exp(float(z[i] @ z[a]) / temperature) for a in range(len(z)) if a != i)
        total += -sum(math.log(math.exp(float(z[i] @ z[p]) / temperature) / others) for p in positives) / len(positives)
    return total / anchors


@pytest.mark.parametrize("temperature", [0.1, 0.7])
def test_supcon_equals_the_papers_double_loop(temperature):
    torch.manual_seed(3)
    rows, labels = torch.randn(9, 4) * 3, torch.tensor([0, 1, 0, 2, 1, 0, 3, 2, 0])  # nobody else is a 3
    assert supcon(rows, labels, temperature=temperature).item() == pytest.approx(
        slow_supcon(rows, labels.tolist(), temperature), rel=1e-5
    )


def test_supcon_of_two_views_and_no_other_twins_is_nt_xent():
    torch.manual_seed(4)
    first, second = torch.randn(6, 4), torch.randn(6, 4)
    assert supcon(torch.cat([first, second]), torch.arange(6).repeat(2), temperature=0.2).item() == pytest.approx(
        nt_xent(first, second, temperature=0.2).item(), rel=1e-6
    )


def test_supcon_of_a_collapse_is_chance_whatever_the_labels():
    same = torch.ones(16, 4)
    assert supcon(same, torch.tensor([0, 0, 0, 1, 1, 2, 2, 2]).repeat(2), temperature=0.1).item() == pytest.approx(
        math.log(15), abs=1e-5
    )


def test_supcon_has_finite_gradients_and_wants_a_label_for_each():
    rows = torch.randn(4, 3, requires_grad=True)
    supcon(rows, torch.tensor([0, 0, 1, 2]), temperature=0.05).backward()
    assert torch.isfinite(rows.grad).all()
    with pytest.raises(ValueError, match="labels"):
        supcon(torch.randn(4, 3), torch.tensor([0, 1]), temperature=0.1)
    with pytest.raises(ValueError, match="M >= 2"):
        supcon(torch.randn(1, 3), torch.tensor([0]), temperature=0.1)


def test_supcon_without_any_twins_teaches_nothing():
    rows = torch.randn(4, 3, requires_grad=True)
    loss = supcon(rows, torch.arange(4), temperature=0.1)
    loss.backward()
    assert loss.item() == 0 and (rows.grad == 0).all()


def test_pair_margin_by_hand_with_the_right_sign():
    first = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    second = torch.tensor([[3.0, 4.0], [0.6, 0.8], [3.0, 4.0]])
    same = torch.tensor([True, False, False])
    # A positive 5 apart pays 25; a negative 1 apart, with margin 2, pays 1; one beyond the margin pays nothing.
    assert pair_margin(first, second, same, margin=2.0).item() == pytest.approx((25 + 1 + 0) / 2 / 3)
    moving = first.clone().requires_grad_()
    pair_margin(moving, second, same, margin=2.0).backward()
    step = -moving.grad
    assert (step[0] @ (second[0] - first[0])) > 0 > (step[1] @ (second[1] - first[1]))
    assert (step[2] == 0).all()


def test_pair_margin_of_equal_negatives_stays_finite():
    same = torch.zeros(2, 3, requires_grad=True)
    pair_margin(same, torch.zeros(2, 3), torch.tensor([False, True]), margin=1.0).backward()
    assert torch.isfinite(same.grad).all()


def test_triplet_margin_by_hand_and_against_squared_distances_of_unit_vectors():
    torch.manual_seed(5)
    a, p, n = (torch.nn.functional.normalize(torch.randn(9, 4), dim=1) for _ in range(3))
    paper = ((a - p).pow(2).sum(1) - (a - n).pow(2).sum(1) + 2 * 0.3).clamp(min=0).mean() / 2
    assert triplet_margin(a, 5 * p, n, margin=0.3).item() == pytest.approx(paper.item(), rel=1e-5)
    assert triplet_margin(a, a, -a, margin=0.3).item() == 0
    assert triplet_margin(a, -a, a, margin=0.3).item() == pytest.approx(2.3, rel=1e-6)


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan")])
def test_a_margin_must_be_positive(margin):
    rows = torch.randn(2, 3)
    with pytest.raises(ValueError, match="margin"):
        pair_margin(rows, rows, torch.tensor([True, False]), margin=margin)
    with pytest.raises(ValueError, match="margin"):
        triplet_margin(rows, rows, rows, margin=margin)
