"""The rooms for the curious of Generate that are about its numbers, without a browser."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.seeds import seed_of
from contrastlab.ui.tabs.generate.walking import MOST, read_stops

from .studio import LATENT
from .test_generate import frames, linked, moved, picture
from .visiting import MakingVisit, query


def room(making: MakingVisit, name: str) -> Any:
    """That room of the fold, opened."""
    fold = making.fold("more")
    making.now[fold.room] = name
    making.follow(fold)
    return next(one for one in fold.rooms if name == one.NAME)


# -- more numbers -----------------------------------------------------------------------------------------------------


def test_a_further_number_moves_the_picture_and_stays_in_the_address(making: MakingVisit) -> None:
    further = room(making, "further")
    before = making.holds(making.tab.main)
    making.now[further.sliders[2]] = -1.5
    updates = making.happens(further.sliders[2], "input")
    assert updates[making.tab.main] != before
    assert "steps=0%2C0%2C0%2C0%2C0%2C-1.5" in query(updates, making.tab)
    # The three in sight do not forget it.
    generator = making.lab.generator("gan-flowers64")
    seed = int(making.holds(making.tab.seed))
    latents = generator.latents([seed])
    latents[0, 5] -= 1.5
    latents[0, 0] += 1
    assert np.array_equal(picture(moved(making, 1, 1.0)[making.tab.main]), generator.paint(latents, [seed % 5])[0])


def test_truncation_brings_every_picture_of_a_class_to_the_same_one(making: MakingVisit) -> None:
    further = room(making, "further")
    making.now[further.truncation] = 0
    shown = []
    for seed in ("1", "6"):
        making.set(seed=seed)
        shown.append(picture(making.happens(further.truncation, "input")[making.tab.main]))
    assert np.array_equal(*shown)
    assert making.holds(making.tab.truncation) == "0"


def test_the_room_shows_what_an_address_says(making: MakingVisit) -> None:
    linked(making, "steps=0,0,0,2.5&truncation=0.5")
    further = room(making, "further")
    assert making.holds(further.sliders[0]) == 2.5
    assert making.holds(further.truncation) == 0.5


@pytest.mark.parametrize("wrong", ["x", None, 99, float("nan")])
def test_a_further_number_out_of_range_is_a_sentence(making: MakingVisit, wrong: object) -> None:
    further = room(making, "further")
    making.now[further.sliders[0]] = wrong
    assert list(making.happens(further.sliders[0], "input")) == [further.message]


# -- a walk -----------------------------------------------------------------------------------------------------------


def test_a_walk_passes_its_seeds_and_comes_back(making: MakingVisit) -> None:
    walking = room(making, "walking")
    making.set(kind="rose")
    making.now |= {walking.seeds: "7, my cat,9", walking.between: 4}
    *steps, last = making.stream(walking.press, "click")
    assert any("of 12 pictures" in one.get(walking.progress, "") for one in steps)
    assert last[walking.press]["interactive"] is True
    shown = frames(last[walking.film])
    assert len(shown) == 12
    generator = making.lab.generator("gan-flowers64")
    for place, seed in ((0, 7), (4, seed_of("my cat")), (8, 9)):
        expected = generator.generate([seed], [generator.class_number("rose")])[0].astype(int)
        assert shown[place].shape == (256, 256, 3)
        assert np.abs(shown[place][8::16, 8::16].astype(int) - expected).mean() < 12  # WebP loses a little
    assert 'download="gan-flowers64.webp"' in last[walking.film]


def test_a_walk_can_be_a_gif(making: MakingVisit) -> None:
    walking = room(making, "walking")
    making.now |= {walking.kind: "gif", walking.between: 4}
    assert "data:image/gif;base64,R0lGOD" in making.happens(walking.press, "click")[walking.film]


@pytest.mark.parametrize("said", ["", "1", " , ,", ",".join(map(str, range(MOST + 1)))])
def test_too_few_or_too_many_stops_are_a_sentence(making: MakingVisit, said: str) -> None:
    with pytest.raises(LabError, match=r"generate\.wrong_stops"):
        read_stops(said)
    walking = room(making, "walking")
    making.now[walking.seeds] = said
    assert 'role="alert"' in making.happens(walking.press, "click")[walking.message]
    assert read_stops("猫，狗") == ["猫", "狗"]


# -- the numbers themselves -------------------------------------------------------------------------------------------


def test_the_numbers_paint_the_same_picture_to_the_pixel(making: MakingVisit) -> None:
    tab = making.tab
    before = picture(moved(making, 1, 1.7)[tab.main])
    numbers = room(making, "json")
    found = re.search(r"<code>(.*?)</code>", making.holds(numbers.shown))
    assert found
    making.set(seed="8")
    kind = making.lab.generator("gan-flowers64").classes[int(tab.first.seed) % 5]
    making.set(kind=kind)
    updates = making.happens(numbers.press, "click", html.unescape(found[1]))
    assert np.array_equal(picture(updates[tab.main]), before)
    assert making.holds(tab.sliders[0]) == 0
    assert "from numbers that were found" in updates[tab.main]
    assert found[1] in updates[numbers.shown]
    # And so does the address.
    assert np.array_equal(picture(linked(making, html.unescape(query(updates, tab)))[tab.main]), before)
    # They are what the sliders now move.
    assert not np.array_equal(picture(moved(making, 1, 1.0)[tab.main]), before)


@pytest.mark.parametrize("given", ["", "[]", "[1]", "x", json.dumps([1e9] * LATENT), "[" * 99_000, "1" * 200_000])
def test_numbers_that_are_none_are_a_sentence(making: MakingVisit, given: str) -> None:
    numbers = room(making, "json")
    updates = making.happens(numbers.press, "click", given)
    assert list(updates) == [numbers.message]
    assert f"a list of {LATENT} numbers" in updates[numbers.message]


def test_wrong_numbers_in_use_can_be_replaced_by_right_ones(making: MakingVisit) -> None:
    making.set(base="oops")
    numbers = next(one for one in making.fold("more").rooms if one.NAME == "json")
    assert making.tab.main in making.happens(numbers.press, "click", json.dumps([0.0] * LATENT))
