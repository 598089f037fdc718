from __future__ import annotations

from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastlab.data.augment import POLICIES, draw
from contrastlab.data.datasets import PHOTOS
from contrastlab.ui.address import Address, write
from contrastlab.ui.tabs.neighbours.view import (
    EYE,
    OWN,
    Crop,
    View,
    is_query,
    read_change,
    read_trail,
    read_wish,
    wish,
)

GALLERIES = ("cifar10", "glyphs")
FIRST = View("glyphs", "17")

queries = st.one_of(st.integers(0, 9_999).map(str), st.sampled_from(PHOTOS))
crops = st.builds(Crop, st.integers(0, 2_000), st.integers(0, 2_000), st.integers(100, 1_000))
views = st.builds(
    View, st.sampled_from(GALLERIES), queries, st.none() | crops, st.sampled_from(EYE.options),
    st.lists(queries, max_size=8, unique=True).map(tuple), turn=st.integers(0, 180), cut=st.integers(0, 99),
    colours=st.integers(0, 20).map(lambda step: round(0.05 * step, 2)),
)


def through_address(view: View) -> View:
    said = write(tab="neighbours", language="en", values=view.values())
    return View.read(Address(dict(parse_qsl(said))), FIRST, GALLERIES)


@given(views)
def test_a_view_comes_back_from_its_address(view: View) -> None:
    assert through_address(view) == view
    assert read_wish(wish(view), FIRST, GALLERIES) == view


def test_a_change_that_came_along_comes_back_too() -> None:
    change = read_change(draw(POLICIES["simclr"], 5).to_json())
    view = View("glyphs", "chelsea", drawn=change)
    assert through_address(view) == view
    assert read_change(change) == change


@pytest.mark.parametrize("said", ["", "{", "[]", "null", '{"steps": 3}', "x" * 3000])
def test_what_is_no_change_counts_as_none(said: str) -> None:
    assert read_change(said) == ""


def test_a_first_visit_is_what_an_empty_address_says() -> None:
    assert View.read(Address({}), FIRST, GALLERIES) == FIRST


def test_an_address_of_another_gallery_leaves_the_question_to_be_found() -> None:
    assert View.read(Address({"v": "1", "gallery": "cifar10"}), FIRST, GALLERIES).query == ""


def test_own_pictures_are_in_no_address_but_in_a_wish() -> None:
    view = View(OWN, "3", trail=("7", OWN, "chelsea"))
    said = write(tab="neighbours", language="en", values=view.values())
    assert said == "v=1&tab=neighbours&lang=en&eye=simclr&trail=chelsea"
    assert read_wish(wish(view), FIRST, GALLERIES) == view
    assert "query" not in View("glyphs", OWN).values() or View("glyphs", OWN).values()["query"] == ""
    assert View.read(Address({"v": "1", "gallery": OWN, "query": OWN}), FIRST, GALLERIES) == FIRST


@pytest.mark.parametrize("said", ["", "-1", "1e3", "../x", "99999999", "own", "Chelsea", "١"])
def test_only_places_and_photographs_are_questions(said: str) -> None:
    assert not is_query(said)
    assert View.read(Address({"v": "1", "query": said}), FIRST, GALLERIES).query == FIRST.query


def test_a_trail_goes_on_leads_back_and_forgets_what_is_long_ago() -> None:
    view = View("glyphs", "0")
    for step in range(1, 12):
        view = view.asking(str(step))
    assert view.trail == tuple(str(step) for step in range(3, 11))
    assert view.asking("6").trail == ("3", "4", "5")
    assert view.asking("11") == view
    assert read_trail("1.x.2.chelsea.<b>") == ("1", "2", "chelsea")


def test_the_next_question_is_asked_plainly() -> None:
    view = View("glyphs", "chelsea", Crop(0, 0, 500), turn=40, drawn=read_change(draw(POLICIES["simclr"], 1).to_json()))
    assert view.asking("3") == View("glyphs", "3", trail=("chelsea",))


def test_another_gallery_keeps_a_photograph_but_no_picture_of_the_old_one() -> None:
    assert View("glyphs", "chelsea", trail=("3", "coffee")).moved("cifar10") == View(
        "cifar10", "chelsea", trail=("coffee",)
    )
    assert View("glyphs", "3", trail=("1",)).moved("cifar10") == View("cifar10", "")
    assert View("glyphs", "3", trail=("1",)).moved("glyphs") == View("glyphs", "3", trail=("1",))


@given(crops, st.integers(8, 3_000), st.integers(8, 3_000))
def test_a_crop_is_never_outside_the_picture(crop: Crop, width: int, height: int) -> None:
    left, top, side = crop.within(width, height)
    assert left >= 0
    assert top >= 0
    assert side >= 1
    assert left + side <= width
    assert top + side <= height


@pytest.mark.parametrize(
    "said", ["", "1,2", "1,2,3,4", "-1,0,500", "0,0,99", "0,0,1001", "a,b,c", "1.5,0,500", "٣,0,500"]
)
def test_what_is_no_crop_is_the_central_square(said: str) -> None:
    assert Crop.read(said) is None


def test_sliders_at_nought_change_nothing_and_the_others_what_their_names_say() -> None:
    assert not FIRST.is_changed
    settings = {one.step.KIND: one.step.settings() for one in View("glyphs", "1", turn=90, cut=30).change.steps}
    assert settings["rotate"]["degrees"] == 90
    assert settings["crop"]["smallest"] == pytest.approx(0.7)
    assert settings["jitter"]["brightness"] == 0
    assert np.isclose(float(settings["jitter"]["hue"]), 0)
