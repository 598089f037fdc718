from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastlab.nn.decoding import TRUNCATION
from contrastlab.studies.directions import KEPT
from contrastlab.ui.address import Address, write
from contrastlab.ui.tabs.generate.view import ANY, View, checked_seed, read_steps, write_steps

MODELS = ("gan-flowers64", "gan-cifar10")
FIRST = View("gan-flowers64", "17")

steps = st.lists(st.integers(-30, 30).map(lambda step: round(step / 10, 1)), min_size=KEPT, max_size=KEPT).map(tuple)
seeds = st.one_of(st.integers(0, 2**70).map(str), st.text(max_size=30).map(checked_seed))
views = st.builds(
    View, st.sampled_from(MODELS), seeds, st.sampled_from([ANY, "tulip", "rose & thorn"]), steps,
    st.integers(0, 30).map(lambda step: round(0.05 * step, 2)), st.text("aZ09-_", max_size=700),
)


def through_address(view: View) -> View:
    said = write(tab="generate", language="en", values=view.values())
    return View.read(Address(dict(parse_qsl(said))), FIRST, MODELS)


@given(views)
def test_a_view_comes_back_from_its_address(view: View) -> None:
    assert through_address(view) == view


def test_a_first_visit_is_what_an_empty_address_says() -> None:
    assert View.read(Address({}), FIRST, MODELS) == FIRST
    assert not FIRST.is_moved


@pytest.mark.parametrize("wrong", [
    {"steps": "nan,inf,-inf,x,1e9,-4,--1"}, {"steps": ",,,,,,,,,,,,,,,,"}, {"truncation": "nan"},
    {"truncation": "9"}, {"model": "../../etc"}, {"model": "gan-flowers64x"}, {"seed": "   "}, {"class": ""},
])
def test_what_an_address_says_wrongly_is_as_at_first(wrong: dict[str, str]) -> None:
    assert View.read(Address({"v": "1", "tab": "generate", **wrong}), FIRST, MODELS) == FIRST


def test_one_wrong_step_does_not_spoil_the_others() -> None:
    assert read_steps("1.5,oops,-2")[:4] == (1.5, 0.0, -2.0, 0.0)
    assert len(read_steps(",".join(["3"] * 500))) == KEPT
    assert write_steps(read_steps("0,0,1,0,0")) == "0,0,1"


def test_a_seed_may_be_anything_and_is_never_too_long_for_an_address() -> None:
    assert View.read(Address({"v": "1", "seed": "my cat"}), FIRST, MODELS).seed == "my cat"
    assert len(View.read(Address({"v": "1", "seed": "9" * 5000}), FIRST, MODELS).seed) == 100
    assert checked_seed("") == checked_seed("  ") == "0"
    assert write(tab="generate", language="en", values=View("m", checked_seed("\ud800")).values())


def test_any_number_that_is_not_as_at_first_counts_as_moved() -> None:
    assert View("m", "1", steps=(0.0,) * (KEPT - 1) + (0.1,)).is_moved
    assert View("m", "1", truncation=TRUNCATION.default / 2).is_moved
