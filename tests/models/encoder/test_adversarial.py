"""Attacks stay inside their cube of whole levels, beat chance, and leave the network alone."""

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.images import to_tensor
from contrastlab.data.datasets import photo
from contrastlab.models.encoder.adversarial import _gradient, fgsm, pgd
from contrastlab.models.encoder.inference import PixelEmbedder, untrained_embedder, view


@pytest.fixture(scope="module")
def embedder():
    return untrained_embedder(Device("cpu", torch.float32))


@pytest.fixture(scope="module")
def twins():
    return view(photo("chelsea")), view(photo("chelsea")[:, 30:-20])


def similarity(embedder, first, second):
    a, b = embedder.embed([first, second])
    return float(a @ b)


@pytest.mark.parametrize("epsilon", [1, 4, 16])
def test_every_number_is_measured_on_the_rounded_picture_within_epsilon(embedder, twins, epsilon):
    *_, attack = pgd(embedder, *twins, epsilon=epsilon, steps=5)
    for changed in (attack.attacked, attack.control):
        assert changed.dtype == np.uint8
        assert np.abs(changed.astype(int) - twins[0]).max() <= epsilon
    assert np.abs(attack.control.astype(int) - twins[0]).max() == epsilon
    assert attack.before == pytest.approx(similarity(embedder, *twins), abs=1e-6)
    assert attack.after == pytest.approx(similarity(embedder, attack.attacked, twins[1]), abs=1e-6)
    assert attack.by_chance == pytest.approx(similarity(embedder, attack.control, twins[1]), abs=1e-6)


def test_an_attack_beats_chance_of_equal_size_and_many_steps_beat_one(embedder, twins):
    one = fgsm(embedder, *twins, epsilon=4)
    *_, many = pgd(embedder, *twins, epsilon=4, steps=10)
    assert many.after < one.after < min(one.before, one.by_chance)


def test_one_step_moves_every_value_by_the_sign_of_the_gradient(embedder, twins):
    attack = fgsm(embedder, *twins, epsilon=3)
    target = embedder.embed_tensor(to_tensor([twins[1]]))
    sign = _gradient(embedder, to_tensor([twins[0]]) * 255, target)[0].sign().permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(attack.attacked, np.clip(twins[0] - 3 * sign, 0, 255).astype(np.uint8))


def test_the_gradient_agrees_with_finite_differences(embedder, twins):
    levels = to_tensor([twins[0]]) * 255
    target = embedder.embed_tensor(to_tensor([twins[1]]))
    gradient = _gradient(embedder, levels, target)
    along = gradient.sign() * 0.02

    def value(at):
        return float((embedder.embed_tensor(at / 255).double() * target.double()).sum())

    measured = (value(levels + along) - value(levels - along)) / 2
    # _gradient is by pixels in [0, 1]; `along` is in levels.
    assert measured == pytest.approx(float((gradient * along).sum()) / 255, rel=0.1)


def test_a_picture_that_is_its_own_twin_can_still_be_attacked(embedder, twins):
    attack = fgsm(embedder, twins[0], twins[0], epsilon=4)
    assert attack.before == pytest.approx(1, abs=1e-6) and attack.after < attack.by_chance


def test_steps_are_reported_one_by_one(embedder, twins):
    attacks = list(pgd(embedder, *twins, epsilon=4, steps=6))
    assert [attack.step for attack in attacks] == [1, 2, 3, 4, 5, 6]
    assert attacks[-1].curve[:4] == attacks[2].curve and attacks[-1].curve[-1] == attacks[-1].after


def test_nought_levels_change_nothing(embedder, twins):
    attack = fgsm(embedder, *twins, epsilon=0)
    np.testing.assert_array_equal(attack.attacked, twins[0])
    assert attack.after == pytest.approx(attack.before, abs=1e-5)


def test_the_amplified_change_is_grey_where_nothing_changed(embedder, twins):
    attack = fgsm(embedder, *twins, epsilon=2)
    change = attack.attacked.astype(int) - twins[0]
    np.testing.assert_array_equal(attack.amplified(8), np.clip(128 + 8 * change, 0, 255))


def test_the_network_is_left_as_it_was(embedder, twins):
    before = {name: value.clone() for name, value in embedder.network.state_dict().items()}
    fgsm(embedder, *twins, epsilon=8)
    after = embedder.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(weight.grad is None and not weight.requires_grad for weight in embedder.network.parameters())


def test_what_has_no_gradient_or_no_size_is_refused(embedder, twins):
    with pytest.raises(LabError, match="attack.needs_network"):
        fgsm(PixelEmbedder(), *twins, epsilon=4)
    with pytest.raises(LabError, match="knob.out_of_range"):
        fgsm(embedder, *twins, epsilon=17)
    with pytest.raises(LabError, match="attack_steps"):
        next(pgd(embedder, *twins, epsilon=4, steps=0))


def test_a_network_of_another_side_is_attacked_at_its_own_view():
    architecture = {"widths": [8, 8, 8, 8], "stem": 8, "head_hidden": 8, "projection": 4}
    embedder = untrained_embedder(Device("cpu", torch.float32), architecture=architecture, side=48)
    found = fgsm(embedder, photo("chelsea"), photo("chelsea")[:, 30:-20], epsilon=4)
    assert found.attacked.shape == found.clean.shape == (48, 48, 3) and found.after < found.before
