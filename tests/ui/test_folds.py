"""What lies below the stage: film strip, many rolls, fooling, and the rooms for the curious."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import numpy as np
import PIL.Image
import pytest

from contrastlab.data.augment import POLICIES, Policy, apply, draw
from contrastlab.data.datasets import photo
from contrastlab.text import LANGUAGES
from contrastlab.ui.tabs.augment.view import OWN, View, read_chain

from .visiting import Visit


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("policy", POLICIES)
def test_the_film_strip_shows_every_step_of_every_policy(language: str, policy: str, visit: Visit) -> None:
    visit.language = language
    fold = visit.fold("happened")
    visit.now[visit.tab.chain] = POLICIES[policy].to_json()
    visit.set(ready=OWN, draws="3").happens(visit.tab.ready, "input")  # brings the sliders to the chain's values
    for look in ("picture", "grid", "origin"):
        visit.now[fold.look] = look
        strip = visit.happens(fold.look, "input")[fold.strip]
        drawn = draw(POLICIES[policy], 3)
        # The photograph before its steps, and the network's view after them.
        assert strip.partition("<ol")[2].count("<li") == len(drawn.steps) + 2
        assert strip.count("badge skipped") == sum(not one.applied for one in drawn.steps)


def test_a_followed_point_lies_where_the_picture_went(visit: Visit) -> None:
    fold = visit.fold("happened")
    visit.now[fold.point] = "0.25,0.5"
    visit.set(turn=0, cut=0, colours=0, ready="article", draws="0")
    strip = visit.happens(fold.point, "change")[fold.strip]
    places = re.findall(r'class="point" style="left:([\d.]+)%;top:([\d.]+)%"', strip)
    assert places[0] == ("25.00", "50.00")
    drawn = draw(POLICIES["article"].changed({"rotate": {"degrees": 0}}), 0)
    flipped = next(one.applied for one in drawn.steps if one.step.KIND == "flip")
    moved = next(one.values for one in drawn.steps if one.step.KIND == "translate")
    x = (0.75 if flipped else 0.25) + moved["x"] / 451
    assert float(places[-1][0]) == pytest.approx(100 * x, abs=0.02)
    assert float(places[-1][1]) == pytest.approx(100 * (0.5 + moved["y"] / 300), abs=0.02)


def test_a_roll_of_the_sheet_is_the_roll_one_gets_by_taking_it(visit: Visit) -> None:
    fold = visit.fold("rolls")
    sheet = visit.set(draws="100;turn:5").follow(fold)[fold.sheet]
    picks = re.findall(r'data-pick="([^"]+)"', sheet)
    scores = re.findall(r'<b>(−?[\d.]+)</b>', sheet)
    assert picks[0] == "101;turn:5"
    assert len(picks) == len(scores) == 12
    bar = visit.set(draws=picks[3]).happens(visit.tab.draws, "change")[visit.tab.bar]
    assert re.search(r'class="number answer">([^<]+)<', bar)[1] == scores[3]  # type: ignore[index]


def test_many_rolls_stream_and_end_with_what_each_step_costs(visit: Visit) -> None:
    fold = visit.fold("rolls")
    answers = list(visit.stream(fold.many, "click"))
    texts = [answer[fold.result] for answer in answers if fold.result in answer]
    assert len(texts) > 5, "it can be watched, and stopped in between"
    assert "10 of 200" in texts[0]
    assert "200 of 200" in texts[-1]
    assert texts[-1].count('class="effect learned"') == 3
    assert answers[0][fold.stop]["visible"] is True
    assert answers[-1][fold.stop]["visible"] is False


def test_fooling_shows_the_attack_beside_the_same_by_chance(visit: Visit) -> None:
    fold = visit.fold("fool")
    for method in ("fgsm", "pgd"):
        visit.now[fold.method] = method
        tiles = visit.happens(fold.method, "input")[fold.tiles]
        before, attacked, chance = (float(value) for value in re.findall(r"<b>([\d.]+)</b>", tiles))
        assert before == 1
        assert attacked <= chance


def room(visit: Visit, name: str) -> Any:
    fold = visit.fold("curious")
    visit.now[fold.room] = name
    return next(room for room in fold.rooms if name == room.NAME)


def test_a_chain_is_edited_step_by_step(visit: Visit) -> None:
    chain = room(visit, "chain")

    def kinds() -> list[str]:
        policy = read_chain(visit.holds(visit.tab.chain))
        assert policy is not None
        return [step.id for step in policy.steps]

    visit.happens(chain.steps, "select", "add:blur")
    assert kinds() == ["crop", "rotate", "jitter", "blur"]
    assert visit.now[visit.tab.ready] == OWN
    visit.happens(chain.steps, "select", "up:blur")
    assert kinds() == ["crop", "rotate", "blur", "jitter"]
    visit.happens(chain.steps, "select", "remove:rotate")
    assert kinds() == ["crop", "blur", "jitter"]
    visit.happens(chain.supplies, "select", "begin:article")
    assert kinds() == ["rotate", "flip", "translate"]
    refused = visit.happens(chain.steps, "select", "up:nonsense")
    assert set(refused) == {chain.message}


def test_a_knob_of_the_selected_step_changes_the_chain_and_leaves_the_finger_alone(visit: Visit) -> None:
    chain = room(visit, "chain")
    updates = visit.happens(chain.steps, "select", "add:noise")
    assert updates[chain.sliders[0]]["maximum"] == 100
    assert updates[chain.sliders[1]]["label"] == "how often"
    assert updates[chain.sliders[2]]["visible"] is False
    visit.now[chain.sliders[0]] = 66
    updates = visit.happens(chain.sliders[0], "input")
    policy = read_chain(visit.holds(visit.tab.chain))
    assert policy is not None
    assert policy.steps[-1].settings()["sigma"] == 66
    assert not set(updates) & {*chain.sliders, *chain.choices, chain.border}


def test_the_main_sliders_and_the_chain_do_not_contradict_each_other(visit: Visit) -> None:
    chain = room(visit, "chain")
    visit.happens(chain.supplies, "select", "begin:simclr")
    assert visit.now[visit.tab.sliders["cut"]] == 80
    visit.set(turn=45).happens(visit.tab.sliders["turn"], "input")
    updates = visit.happens(chain.steps, "select", "add:flip-vertical")
    policy = read_chain(visit.holds(visit.tab.chain))
    assert policy is not None
    assert (policy.steps[0].KIND, policy.steps[0].settings()["degrees"]) == ("rotate", 45)
    assert updates[visit.tab.sliders["turn"]] == 45


def test_curves_are_measured_once_for_a_photograph(visit: Visit) -> None:
    curves = room(visit, "curves")
    chart = visit.happens(curves.change, "input")[curves.chart]
    assert chart.count("<polyline") == 3
    asked = len(visit.lab.asked)
    visit.set(turn=50).follow(visit.fold("curious"))
    assert visit.lab.asked[asked:] == []
    visit.set(photo="coffee").follow(visit.fold("curious"))
    assert max(visit.lab.asked[asked:]) > 50


def test_a_mixed_label_adds_up_to_one(visit: Visit) -> None:
    mixing = room(visit, "mixing")
    for way in ("mixup", "cutmix"):
        visit.now[mixing.way], visit.now[mixing.share] = way, 0.3
        result = visit.happens(mixing.share, "input")[mixing.result]
        first, second = (int(part) for part in re.findall(r"<b>(\d+) %</b>", result))
        assert first + second == 100
        assert abs(first - 30) <= (0 if way == "mixup" else 70)


@pytest.mark.parametrize("what", ["policy", "roll"])
@pytest.mark.parametrize("form", ["contrastlab", "torchvision", "json"])
@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_can_be_taken_along_in_every_form(what: str, form: str, policy: str, visit: Visit) -> None:
    taking = room(visit, "taking")
    visit.now[visit.tab.chain] = POLICIES[policy].to_json()
    visit.now[taking.what], visit.now[taking.form] = what, form
    code = visit.set(ready=OWN).happens(taking.what, "input")[taking.code]
    assert "<pre" in code
    assert "complaint" not in code


def test_the_saved_picture_is_full_size_and_the_zip_holds_what_it_says(visit: Visit) -> None:
    taking = room(visit, "taking")
    visit.set(photo="hubble", draws="5")
    done = visit.happens(taking.one, "click")
    saved = np.asarray(PIL.Image.open(done[taking.file]["value"]))
    assert saved.shape == photo("hubble").shape
    np.testing.assert_array_equal(saved, apply(photo("hubble"), View(photo="hubble").rolled(5).drawn()))

    visit.set(photo="chelsea")
    answers = list(visit.stream(taking.many, "click", 3))
    assert [taking.progress in answer for answer in answers] == [False, True, True, True, True]
    assert answers[-1][taking.stop]["visible"] is False
    with zipfile.ZipFile(answers[-1][taking.file]["value"]) as packed:
        assert packed.namelist() == ["policy.json", "000005.png", "000006.png", "000007.png"]
        policy = Policy.from_json(packed.read("policy.json").decode())
        picture = np.asarray(PIL.Image.open(io.BytesIO(packed.read("000006.png"))))
    np.testing.assert_array_equal(picture, apply(photo("chelsea"), draw(policy, 6)))
