"""Knobs refuse what is out of range or not a number, and name what they accept."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contrastlab.core.errors import LabError
from contrastlab.core.knobs import Choice, Knob, check_all

ANGLE = Knob("angle", -15, 15, 5, 0.5, "deg")
COUNT = Knob("count", 1, 9, 2, 1, integer=True)
MODE = Choice("mode", ("fast", "exact"), "fast")


@given(some.floats(-15, 15))
def test_what_lies_inside_comes_back_unchanged(value):
    assert ANGLE.check(value) == value


@given(some.one_of(some.floats(15.001), some.floats(max_value=-15.001)).filter(math.isfinite))
def test_what_lies_outside_is_refused_with_the_range(value):
    with pytest.raises(LabError) as caught:
        ANGLE.check(value)
    assert caught.value.key == "knob.out_of_range"
    assert caught.value.facts == {"name": "angle", "got": value, "minimum": -15, "maximum": 15}


@pytest.mark.parametrize("value", [None, "many", [], {}, True, float("nan"), float("inf"), "nan", "1e999", 10**400])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(LabError, match="knob.not_a_number"):
        ANGLE.check(value)


def test_a_slider_may_overshoot_by_rounding_only():
    assert ANGLE.check(15 + 1e-10) == 15
    with pytest.raises(LabError):
        ANGLE.check(15.0001)


def test_whole_numbers_have_no_rounding_to_forgive():
    seed = Knob("seed", 0, 2**53, 0, 1, integer=True)
    assert seed.check(2**53) == 2**53
    with pytest.raises(LabError, match="knob.out_of_range"):
        seed.check(-1)


def test_whole_numbers_only_where_it_says_so():
    assert COUNT.check("4") == 4 and isinstance(COUNT.check(4.0), int)
    with pytest.raises(LabError, match="knob.not_whole"):
        COUNT.check(2.5)


@pytest.mark.parametrize("value", ["slow", "", None, 1])
def test_choices_name_their_options(value):
    with pytest.raises(LabError, match="knob.unknown_choice.*fast, exact"):
        MODE.check(value)


def test_check_all_fills_in_defaults_and_names_unknown_settings():
    knobs = (ANGLE, COUNT, MODE)
    assert check_all("thing", knobs, {"count": 3}) == {"angle": 5, "count": 3, "mode": "fast"}
    with pytest.raises(LabError, match="knob.unknown .*'angel'.*angle, count, mode"):
        check_all("thing", knobs, {"angel": 3})
