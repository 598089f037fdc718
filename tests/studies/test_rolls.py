"""Rolls are reproducible one by one, and leaving a step out changes that step alone."""

import numpy as np
import pytest

from contrastlab.data.augment import POLICIES, Policy, apply, draw, make_step
from contrastlab.data.datasets import photo
from contrastlab.data.pixels import resize
from contrastlab.models.encoder.inference import PixelEmbedder
from contrastlab.studies.rolls import roll_many, which_step_hurts

EMBED = PixelEmbedder().embed


@pytest.fixture(scope="module")
def picture():
    return resize(photo("chelsea"), (96, 64))


def test_rolls_arrive_in_chunks_and_each_can_be_made_again(picture):
    policy = POLICIES["simclr"]
    stages = list(roll_many(picture, policy, EMBED, first_seed=40, count=25, chunk=10))
    assert [len(rolls.seeds) for rolls in stages] == [10, 20, 25]
    assert all(rolls.total == 25 for rolls in stages)
    last = stages[-1]
    np.testing.assert_array_equal(last.seeds, np.arange(40, 65))
    np.testing.assert_array_equal(last.similarities[:10], stages[0].similarities)
    anchor, again = EMBED([picture, apply(picture, draw(policy, 57))])
    assert last.similarities[17] == pytest.approx(float(anchor @ again), abs=1e-6)


def test_hardest_easiest_and_share_below_are_what_they_say(picture):
    *_, rolls = roll_many(picture, POLICIES["simclr"], EMBED, first_seed=0, count=20)
    by_seed = dict(zip(rolls.seeds.tolist(), rolls.similarities.tolist(), strict=True))
    assert by_seed[rolls.hardest] == min(by_seed.values()) < max(by_seed.values()) == by_seed[rolls.easiest]
    middle = sorted(by_seed.values())[10]
    assert rolls.share_below(middle) == pytest.approx(0.5)


def test_the_step_that_does_nothing_costs_nothing_and_the_one_that_does_costs_most(picture):
    policy = Policy("own", (make_step("rotate", {"degrees": 180}), make_step("brightness", {"strength": 0.0})))
    effects = {effect.step_id: effect for effect in which_step_hurts(picture, policy, EMBED, first_seed=0, count=16)}
    assert list(effects) == ["rotate", "brightness"]
    assert effects["brightness"].cost == pytest.approx(0, abs=1e-6)
    assert effects["rotate"].without == pytest.approx(1, abs=1e-6) and effects["rotate"].cost > 0.2


def test_leaving_a_step_out_keeps_the_draws_of_the_others(picture):
    policy = Policy("own", (make_step("rotate", {"degrees": 90}), make_step("translate")))
    without = policy.changed({"translate": {"p": 0.0}})
    whole, part = draw(policy, 5), draw(without, 5)
    assert whole.steps[0].values == part.steps[0].values and whole.steps[1].u == part.steps[1].u
    assert whole.steps[1].applied and not part.steps[1].applied
