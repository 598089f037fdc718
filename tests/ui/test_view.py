from __future__ import annotations

from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastlab.data.augment import POLICIES, Policy, apply, draw, make_step
from contrastlab.ui.address import Address, write
from contrastlab.ui.tabs.augment.view import (
    COLOURS,
    CUT,
    MOST_STEPS,
    OWN,
    READY,
    TURN,
    Draws,
    View,
    read_chain,
    short,
)

PICTURE = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)


def through_address(view: View, kept: dict[str, bool] | None = None) -> View:
    query = write(tab="augment", language="en", values=view.values(kept or {}))
    return View.read(Address(dict(parse_qsl(query))))


@given(
    st.integers(0, 999_999), st.integers(0, 180), st.integers(0, 99), st.integers(0, 20), st.sampled_from(["", *READY]),
    st.dictionaries(st.sampled_from(["turn", "cut", "colours"]), st.integers(0, 999_999)),
)
def test_a_view_comes_back_from_its_address(
    seed: int, turn: int, cut: int, colours: int, ready: str, kept: dict[str, int]
) -> None:
    view = View(draws=Draws(seed, kept), turn=turn, cut=cut, colours=round(0.05 * colours, 2), ready=ready)
    assert through_address(view) == view
    assert Draws.read(str(view.draws)) == view.draws


def test_a_first_visit_is_what_an_empty_address_says() -> None:
    assert View.read(Address({})) == View()


@pytest.mark.parametrize("name", READY)
def test_a_link_that_names_only_a_ready_made_policy_means_that_policy(name: str) -> None:
    assert View.read(Address({"v": "1", "ready": name})) == View(ready=name).settled()
    assert View.read(Address({"v": "1", "ready": name, "turn": "33"})).turn == 33


def test_a_ticked_keep_is_in_the_address_with_the_seed_that_it_keeps() -> None:
    assert through_address(View(draws=Draws(12)), {"turn": True}).draws == Draws(12, {"turn": 12})


@pytest.mark.parametrize("name", READY)
@pytest.mark.parametrize("seed", [0, 5, 123])
def test_a_ready_made_policy_is_exactly_what_its_name_says(name: str, seed: int) -> None:
    view = View(ready=name, draws=Draws(seed)).settled()
    np.testing.assert_array_equal(apply(PICTURE, view.drawn()), apply(PICTURE, draw(POLICIES[name], seed)))


@pytest.mark.parametrize("name", ["", *READY])
def test_the_sliders_set_the_steps_that_they_are_named_after(name: str) -> None:
    policy = View(ready=name, turn=77, cut=33, colours=0.55).policy()
    settings = {step.KIND: step.settings() for step in policy.steps}
    assert settings["rotate"]["degrees"] == 77
    assert settings["crop"]["smallest"] == pytest.approx(0.67)
    assert settings["jitter"]["brightness"] == settings["jitter"]["saturation"] == 0.55
    assert settings["jitter"]["hue"] == pytest.approx(0.55 / 4)


def test_sliders_at_nought_leave_the_photograph_as_it_is() -> None:
    for seed in range(5):
        still = View(turn=0, cut=0, colours=0, draws=Draws(seed))
        np.testing.assert_array_equal(apply(PICTURE, still.drawn()), PICTURE)


def test_turning_one_slider_leaves_what_the_others_drew() -> None:
    before, after = View(turn=10).drawn(), View(turn=100).drawn()
    values = {one.step.KIND: one.values for one in before.steps}
    for one in after.steps:
        if one.step.KIND == "rotate":
            assert one.values["angle"] == pytest.approx(10 * values["rotate"]["angle"])
        else:
            assert one.values == values[one.step.KIND]


def test_a_kept_step_keeps_its_draw_when_the_rest_is_rolled_again() -> None:
    values = {one.step.KIND: one.values for one in View(draws=Draws(1)).drawn().steps}
    rolled = {one.step.KIND: one.values for one in View(draws=Draws(2, {"turn": 1})).drawn().steps}
    assert rolled["rotate"] == values["rotate"]
    assert rolled["crop"] != values["crop"]
    assert rolled["jitter"] != values["jitter"]


def test_sliders_never_leave_their_knobs_whatever_policy_is_chosen() -> None:
    for policy in POLICIES.values():
        view = View(ready=OWN, chain=policy).settled()
        for knob, value in ((TURN, view.turn), (CUT, view.cut), (COLOURS, view.colours)):
            assert knob.check(value) == value


@pytest.mark.parametrize("name", POLICIES)
def test_an_own_chain_comes_back_from_its_address_and_means_the_same(name: str) -> None:
    view = View(ready=OWN, chain=POLICIES[name]).settled()
    again = through_address(view)
    assert again.policy().steps == view.policy().steps
    assert again.policy().border == POLICIES[name].border
    np.testing.assert_array_equal(apply(PICTURE, again.drawn()), apply(PICTURE, draw(POLICIES[name], view.draws.seed)))


def test_steps_that_are_there_for_a_slider_are_not_part_of_the_chain() -> None:
    chain = Policy(OWN, (make_step("blur"),))
    view = View(ready=OWN, chain=chain).settled()
    assert [step.KIND for step in view.policy().steps] == ["blur"]
    turned = View(ready=OWN, chain=chain, turn=30, cut=0, colours=0)
    assert [step.KIND for step in turned.policy().steps] == ["rotate", "blur"]


def test_a_chain_from_a_stranger_is_read_with_distrust() -> None:
    unknown, too_much = '{"steps":[{"kind":"__import__"}]}', '{"steps":[{"kind":"blur","largest":1e9}]}'
    for said in ("", "x", "[]", unknown, too_much, "9" * 5000):
        assert read_chain(said) is None
    long = Policy(OWN, tuple(make_step("blur") for _ in range(MOST_STEPS + 1)))
    assert read_chain(short(long)) is None
    assert View.read(Address({"v": "1", "ready": OWN, "chain": "x"})).ready == ""
