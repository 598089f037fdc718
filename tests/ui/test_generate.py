"""What the tab Generate answers, without a browser."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from urllib.parse import parse_qsl

import numpy as np
import PIL.Image
import pytest

from contrastlab.core.images import Image, open_image
from contrastlab.core.seeds import seed_of
from contrastlab.ui.address import Address
from contrastlab.ui.tabs.generate import morphing
from contrastlab.ui.tabs.generate.latents import pack
from contrastlab.ui.tabs.generate.models import choices, group_of, offered

from .conftest import SmallLab
from .studio import FLOWERS, LATENT
from .visiting import BuiltMaking, MakingVisit, query


def picture(drawn: str, kind: str = "png") -> Image:
    found = re.search(rf"data:image/{kind};base64,([A-Za-z0-9+/=]+)", drawn)
    assert found, drawn[:200]
    return open_image(base64.b64decode(found[1])).pixels


def frames(drawn: str) -> list[Image]:
    found = re.search(r"data:image/webp;base64,([A-Za-z0-9+/=]+)", drawn)
    assert found
    with PIL.Image.open(io.BytesIO(base64.b64decode(found[1]))) as film:
        made = []
        for place in range(film.n_frames):
            film.seek(place)
            made.append(np.asarray(film.convert("RGB")))
    return made


def moved(making: MakingVisit, place: int, value: float) -> dict[object, str]:
    making.set(**{f"step{place}": value})
    return making.happens(making.tab.sliders[place - 1], "input")


def linked(making: MakingVisit, said: str) -> dict[object, object]:
    """A visit that begins at this address."""
    opened = making.tab.open(Address({"v": "1", "tab": "generate", **dict(parse_qsl(said))}), "en")
    for one, update in opened.items():
        making.now[one] = update.get("value", making.holds(one)) if isinstance(update, dict) else update
    return dict(opened)


# -- the picture ------------------------------------------------------------------------------------------------------


def test_the_picture_is_that_of_the_same_seed_class_and_truncation_anywhere(making: MakingVisit) -> None:
    making.set(seed="my cat", kind="rose", truncation="0.5")
    updates = making.happens(making.tab.seed, "change")
    generator = making.lab.generator("gan-flowers64")
    expected = generator.generate([seed_of("my cat")], [FLOWERS.index("rose")], truncation=0.5)[0]
    assert np.array_equal(picture(updates[making.tab.main]), expected)
    assert "rose, no. my cat" in updates[making.tab.main]


def test_a_slider_moves_the_picture_along_its_direction_by_so_many_deviations(making: MakingVisit) -> None:
    updates = moved(making, 2, 1.5)
    generator = making.lab.generator("gan-flowers64")
    seed = int(making.holds(making.tab.seed))
    latents = generator.latents([seed])
    latents[0, 1] += 1.5
    assert np.array_equal(picture(updates[making.tab.main]), generator.paint(latents, [seed % 5])[0])
    assert "steps=0%2C1.5" in query(updates, making.tab)


def test_the_sixteen_move_along_and_rest_from_then_on(making: MakingVisit) -> None:
    tab = making.tab
    opening = making.holds(tab.others)
    making.set(step1=2.0)
    events = [one for one in making.page.fns.values() if (tab.sliders[0]._id, "input") in one.targets]
    assert len(events) == 2, "the picture never waits for the sixteen"
    (others,) = [one for one in events if tab.others in one.outputs]
    answer = others.fn("en", *(making.holds(one) for one in others.inputs[1:]))
    assert "Sixteen others" in answer[tab.others]
    before, after = picture(opening), picture(answer[tab.others])
    assert before.shape == after.shape
    assert not np.array_equal(before, after)


def test_a_class_is_asked_for_of_all_or_of_none(making: MakingVisit) -> None:
    making.set(kind="tulip")
    updates = making.happens(making.tab.kind, "change")
    assert "class=tulip" in query(updates, making.tab)
    assert "tulip, no." in updates[making.tab.main]
    seeds = making.lab.generator("gan-flowers64").latents([seed_of(making.holds(making.tab.seed))])
    expected = making.lab.generator("gan-flowers64").paint(seeds, [FLOWERS.index("tulip")])[0]
    assert np.array_equal(picture(updates[making.tab.main]), expected)


def test_reset_goes_back_to_what_the_generator_opens_with(making: MakingVisit) -> None:
    tab = making.tab
    first = making.holds(tab.main)
    moved(making, 1, 2.0)
    making.set(seed="5", kind="rose", truncation="0.3", rest="1,1", base=pack(np.zeros(LATENT, np.float32)))
    updates = making.happens(tab.reset, "click")
    assert updates[tab.main] == first
    assert making.holds(tab.sliders[0]) == 0
    assert (making.holds(tab.kind), making.holds(tab.rest), making.holds(tab.base)) == ("any", "", "")
    assert query(updates, tab) == f"v=1&amp;tab=generate&amp;lang=en&amp;model=gan-flowers64&amp;seed={tab.first.seed}"


def test_the_morph_starts_and_rests_at_the_picture_and_says_whose_it_is(
    making: MakingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, filmed, encode = making.tab, list[Image](), morphing.encode_animation
    # What goes into the file: what comes out of it has lost a little, and of noise much.
    monkeypatch.setattr(morphing, "encode_animation", lambda all_of_them, *a, **k: encode(
        filmed.extend(all_of_them) or all_of_them, *a, **k))
    beacon = moved(making, 1, 1.0)[tab.view]
    *_, last = making.stream(tab.morph, "click")
    film = last[tab.film]
    told = re.search('data-query="[^"]*"', film)
    assert told
    assert told[0] in beacon
    still = picture(making.holds(tab.main)).astype(int)
    # What hardly differs from the frame before is written as one with it.
    assert len(filmed) > 20
    assert len(filmed) // 2 < len(frames(film)) <= len(filmed)
    assert np.array_equal(filmed[-1], still)
    # Painted with others beside it, when single values may round to the next level.
    assert np.abs(filmed[0].astype(int) - still).max() <= 1
    assert np.abs(filmed[len(filmed) // 2].astype(int) - still).max() > 1
    assert last[tab.morph]["interactive"] is True


# -- the address ------------------------------------------------------------------------------------------------------


def test_the_address_paints_the_same_picture_again_to_the_pixel(built_making: BuiltMaking) -> None:
    there, here = MakingVisit(built_making), MakingVisit(built_making)
    there.set(seed="Größe & Maß", kind="daisy", rest="0,1.3", truncation="0.85")
    said = html.unescape(query(moved(there, 3, -2.4), there.tab))
    drawn = linked(here, said)
    assert drawn[here.tab.main] == there.holds(there.tab.main)
    assert drawn[here.tab.notice] == ""
    assert here.holds(here.tab.rest) == "0,1.3"


def test_a_link_to_an_unknown_class_says_so_and_shows_the_picture(making: MakingVisit) -> None:
    drawn = linked(making, "class=zebra&seed=3")
    tab = making.tab
    assert "zebra" in str(drawn[tab.notice])
    assert str(drawn[tab.notice]).count("<p") == 1
    assert drawn[tab.kind] == "any"
    assert picture(str(drawn[tab.main])).shape == (16, 16, 3)
    assert linked(making, "class=3&seed=3")[tab.kind] == "sunflower"  # by its number


def test_a_link_may_name_another_generator(making: MakingVisit) -> None:
    linked(making, "model=gan-digits-bce&seed=3&class=7")
    assert making.holds(making.tab.what) == "digits"
    assert picture(making.holds(making.tab.main)).shape == (8, 8, 3)
    assert "no. 3" in moved(making, 1, 1.0)[making.tab.main]


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value"), [
    ("step1", 1e9), ("step2", float("nan")), ("step3", "x"), ("step1", None), ("kind", "zebra"), ("truncation", "nan"),
    ("truncation", "7"), ("model", "../secret"), ("model", "autoencoder-digits"), ("base", "[1, 2]"), ("base", "{"),
    ("base", json.dumps([1e9] * LATENT)), ("base", "[" * 50_000), ("base", json.dumps([float("nan")] * LATENT)),
])
def test_what_no_control_can_send_is_one_sentence_and_the_picture_stays(
    making: MakingVisit, name: str, value: object
) -> None:
    making.set(**{name: value})
    updates = making.happens(making.tab.sliders[0], "input")
    assert list(updates) == [making.tab.message]
    assert updates[making.tab.message].count('role="alert"') == 1
    assert "bug" not in updates[making.tab.message]


@pytest.mark.parametrize("seed", ["-1", "9" * 40, "1e3", "<b>", "\ud800", "猫", "", None, 3.5])
def test_any_seed_paints_something(making: MakingVisit, seed: object) -> None:
    making.set(seed=seed)
    updates = making.happens(making.tab.seed, "change")
    assert picture(updates[making.tab.main]).shape == (16, 16, 3)
    assert updates[making.tab.main].count("<b>") == 1


# -- the choice of generators, and the languages ----------------------------------------------------------------------


def test_generators_are_offered_by_what_they_paint(lab: SmallLab) -> None:
    assert offered(lab) == {"flowers": "gan-flowers64", "digits": "gan-digits-lsgan"}
    assert group_of("gan-digits-bce") == "digits"
    assert choices(lab, "zh") == [("花", "flowers"), ("数字", "digits")]


def test_another_generator_opens_with_its_own(making: MakingVisit) -> None:
    tab = making.tab
    moved(making, 1, 2.0)
    updates = making.happens(tab.what, "input", "digits")
    assert making.holds(tab.model) == "gan-digits-lsgan"
    assert making.holds(tab.sliders[0]) == 0
    assert "Nobody ever wrote these" in updates[tab.headline]
    assert updates[tab.kinds].count("<button") == 11
    assert "alert" in making.happens(tab.what, "input", "horses")[tab.message]


def test_another_language_keeps_the_picture(making: MakingVisit) -> None:
    tab = making.tab
    moved(making, 1, 2.0)
    before = picture(making.holds(tab.main))
    making.language = "zh"
    updates = making.happens(making.switch, "input")
    assert np.array_equal(picture(updates[tab.main]), before)
    assert not re.search("[A-Za-z]{4,}", re.sub("<[^>]*>", "", updates[tab.kinds] + updates[tab.others]))
    assert making.holds(tab.sliders[0]) == 2


def test_sliders_are_called_after_what_was_measured(making: MakingVisit) -> None:
    tab = making.tab
    assert tab.sliders[0].label == "darker – brighter"
    assert "brighter in 97 of 100 pictures" in making.holds(tab.effects[0])
    making.happens(tab.what, "input", "digits")
    assert making.holds(tab.effects[0]) == "What it changes was not measured, or is nothing clear."


def test_a_draft_says_how_far_it_has_come(making: MakingVisit) -> None:
    assert "(50 of 100 steps): a draft" in making.holds(making.tab.about)
