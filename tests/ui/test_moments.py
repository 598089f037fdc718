"""Four questions for a class: the surprise still happens with the weights that are there, and the link shows it."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
import pytest

from contrastlab.core.errors import LabError
from contrastlab.lab import Lab
from contrastlab.text import LANGUAGES, say
from contrastlab.ui.address import Address
from contrastlab.ui.moments import Asking, Moment, listed
from contrastlab.ui.tabs import TABS
from contrastlab.ui.tabs.augment.view import View as AugmentView
from contrastlab.ui.tabs.generate.view import View as GenerateView
from contrastlab.ui.tabs.neighbours.view import View as NeighboursView
from contrastlab.ui.tabs.restore.view import View as RestoreView

MOMENTS = [tab.MOMENT for tab in TABS]
EACH = pytest.mark.parametrize("moment", MOMENTS, ids=[moment.name for moment in MOMENTS])


def named(name: str) -> Moment:
    return next(moment for moment in MOMENTS if moment.name == name)


def address(moment: Moment, choice: str) -> Address:
    return Address(dict(parse_qsl(moment.query("en", choice))))


@pytest.fixture(scope="module")
def trained() -> Lab:
    """The weights that come with the project."""
    return Lab(device="cpu")


# -- the surprises ----------------------------------------------------------------------------------------------------


def test_the_network_minds_most_what_it_was_never_taught_and_the_pixels_something_else(trained: Lab) -> None:
    found: Any = named("taught").facts(trained)
    assert found["upside"] < 0.55 < 0.75 < min(found["flip"], found["dark"])
    assert found["dark_pixels"] < min(found["flip_pixels"], found["upside_pixels"]) - 0.1


def test_ten_out_of_ten_are_wrong_and_a_little_closer_ten_others(trained: Lab) -> None:
    found = named("cup").facts(trained)
    assert found["whole_count"] == found["closer_count"] == found["of"] == 10
    assert found["whole"] != found["closer"]
    classes = trained.gallery("generated", encoder="pixels").classes
    assert {found["whole"], found["closer"]} <= set(classes)
    assert not {"cup", "coffee"} & set(classes), "a kind that it was taught would be no surprise"


def test_more_decibels_and_fewer_stars_than_even_the_noise_had_left(trained: Lab) -> None:
    found: Any = named("stars").facts(trained)
    assert found["gain"] > 8
    assert found["kept"] < 0.6 * found["before"] < 0.75 * found["before"] < found["noisy"]


def test_every_digit_is_written_in_the_same_hand(trained: Lab) -> None:
    found: Any = named("hand").facts(trained)
    assert found["ink"] > 0.85
    assert found["lean"] > 0.65


# -- the links --------------------------------------------------------------------------------------------------------


@EACH
def test_a_link_sets_up_the_view_that_the_answer_speaks_of(moment: Moment) -> None:
    for choice, wanted in moment.views.items():
        asked = address(moment, choice)
        assert asked.tab == moment.tab
        view: Any = {
            "augment": lambda asked=asked: AugmentView.read(asked).values({}),
            "neighbours": lambda asked=asked: NeighboursView.read(
                asked, NeighboursView("generated", "0"), ("generated",)
            ).values(),
            "generate": lambda asked=asked: GenerateView.read(
                asked, GenerateView("gan-flowers64", "1"), ("gan-flowers64", "vae-digits")
            ).values(),
            "restore": lambda asked=asked: RestoreView.read(asked).values(),
        }[moment.tab]()
        assert view == wanted


@EACH
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_both_languages_with_all_its_numbers(moment: Moment, language: str, trained: Lab) -> None:
    answer = moment.answer(moment.facts(trained), language)
    assert not re.search(r"[{}]|nan", answer)
    assert len(re.findall(r"\d+(?:\.\d+)?", answer)) >= 4
    assert moment.title(language)
    assert moment.question(language)[-1] in "?？"
    if language == "zh":
        assert not re.search(r"[a-z]{3,}", answer)
    for choice in moment.views:
        if len(moment.views) > 1:
            assert say(f"moment.{moment.name}.{choice}", language)


def test_all_four_are_listed_as_links_that_hide_the_answer() -> None:
    assert len(MOMENTS) == 4
    for language in LANGUAGES:
        drawn = listed(MOMENTS, language)
        links = [html.unescape(link) for link in re.findall(r'href="([^"]*)"', drawn)]
        assert [dict(parse_qsl(link[1:]))["tab"] for link in links] == [tab.NAME for tab in TABS]
        assert all(link.startswith("?v=1&") and "guess=1" in link and f"lang={language}" in link for link in links)


# -- the question above the tabs --------------------------------------------------------------------------------------


def counted(lab: Lab) -> dict[str, float | str]:
    return {"whole": "cat", "whole_count": 10, "closer": "dog", "closer_count": 9, "of": 10}


CUP = Moment("cup", "neighbours", named("cup").views, counted)


class Handed:
    """What a tab hands to the page: here it only notes which view it was asked to open."""

    def __init__(self) -> None:
        self.outputs = [gr.Textbox()]
        self.opened: list[str] = []

    def open(self, asked: Address, language: str) -> dict[Any, Any]:
        self.opened.append(f"{asked.text('crop')} {language}")
        return {self.outputs[0]: "opened"}


@pytest.fixture
def asking(tmp_path: Path) -> tuple[Asking, Handed, gr.Blocks]:
    with gr.Blocks() as page:
        made, handed = Asking(Lab(tmp_path, device="cpu"), [CUP]), Handed()
        made.wire(gr.Radio(["en", "zh"], value="en"), {"neighbours": handed})
    return made, handed, page


def event(page: gr.Blocks, component: Any, kind: str) -> Any:
    return next(one.fn for one in page.fns.values() if (component._id, kind) in one.targets)


def test_it_stands_only_where_the_address_asks_for_it(asking: Any) -> None:
    made, _, _ = asking
    shown = made.open(address(CUP, "whole"), "en")[made.panel]
    assert "10 of 10 are “cat”" in shown
    assert 'data-of="neighbours"' in shown
    for query in ({}, {"v": "1", "tab": "restore", "moment": "cup"}, {"v": "1", "tab": "neighbours", "moment": "nine"}):
        assert made.open(Address(query), "en") == {made.asked: "", made.panel: ""}


def test_a_choice_opens_its_view_and_is_marked(asking: Any) -> None:
    made, handed, page = asking
    updates = event(page, made.panel, "select")("zh", "cup:closer")
    assert handed.opened == ["300,300,600 zh"]
    assert updates[made.asked] == "cup:closer"
    pressed = re.findall(r'data-pick="([^"]*)" aria-pressed="true"', updates[made.panel])
    assert pressed == ["cup:closer"]
    assert "猫" in updates[made.panel]


@pytest.mark.parametrize("said", ["", "cup", "cup:", "cup:spoon", "nine:whole", ":", None])
def test_what_is_no_choice_changes_nothing(asking: Any, said: Any) -> None:
    made, handed, page = asking
    assert event(page, made.panel, "select")("en", said) == {made.message: ""}
    assert handed.opened == []


def test_without_its_network_it_says_what_is_missing(tmp_path: Path) -> None:
    def missing(lab: Lab) -> dict[str, float | str]:
        raise LabError("checkpoint.unknown", name="gan-cifar10", options="none")

    with gr.Blocks():
        made = Asking(Lab(tmp_path, device="cpu"), [Moment("cup", "neighbours", CUP.views, missing)])
    assert "gan-cifar10" in made.open(address(CUP, "whole"), "en")[made.panel]
