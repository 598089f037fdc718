"""The tab's handlers, called as Gradio calls them: values in, {component: value} out."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import PIL.Image
import pytest

from contrastlab.core.images import encode_jpeg, encode_png, open_image
from contrastlab.data.augment import POLICIES, Policy, apply, draw
from contrastlab.data.datasets import photo
from contrastlab.text import LANGUAGES
from contrastlab.ui.tabs.augment.tab import Tab
from contrastlab.ui.tabs.augment.view import OWN, View, read_chain
from contrastlab.ui.widgets import Words, panel

from .conftest import CountingLab

Updates = dict[Any, Any]


class Built:
    """The tab on a page of its own. It holds no visitor's anything, so that one serves all tests."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        with gr.Blocks() as self.page:
            language = gr.Radio(["en", "zh"], value="en")
            self.tab = Tab(lab, Words(), language, panel())


class Visit:
    """One visitor: what the components hold, and what an answer changes in them."""

    def __init__(self, built: Built) -> None:
        self.lab, self.page, self.tab = built.lab, built.page, built.tab
        self.lab.asked.clear()
        self.language = "en"
        #: What the components hold that are no longer as they were drawn.
        self.now: dict[Any, Any] = {}

    def set(self, **values: Any) -> Visit:
        named = {"turn": self.tab.sliders["turn"], "cut": self.tab.sliders["cut"],
                 "colours": self.tab.sliders["colours"], "ready": self.tab.ready, "draws": self.tab.draws,
                 "photo": self.tab.photo, "own": self.tab.own, "keep_turn": self.tab.keeps["turn"]}
        for name, value in values.items():
            self.now[named[name]] = value
        return self

    def fold(self, name: str) -> Any:
        return next(fold for fold in self.tab.folds if name == fold.NAME)

    def holds(self, component: Any) -> Any:
        return self.now.get(component, component.value)

    def happens(self, component: Any, kind: str, *first: Any) -> Updates:
        """Fire an event and put the answer into place. `first` stand for the event's first inputs."""
        return list(self.stream(component, kind, *first))[-1]

    def stream(self, component: Any, kind: str, *first: Any) -> Any:
        event = next(
            one for one in self.page.fns.values()
            if one.fn is not None and (component._id, kind) in one.targets
        )
        answer = event.fn(self.language, *first, *(self.holds(one) for one in event.inputs[1 + len(first):]))
        for updates in [answer] if isinstance(answer, dict) else answer:
            assert set(updates) <= set(event.outputs), "an answer for a component that is not an output"
            for one, update in updates.items():
                self.now[one] = update.get("value", self.holds(one)) if isinstance(update, dict) else update
            yield updates

    def follow(self, fold: Any) -> Updates:
        """What page.js asks for after a new picture, while the fold is open."""
        return self.happens(fold.pulse, "tick")


@pytest.fixture(scope="module")
def built() -> Built:
    return Built(CountingLab())


@pytest.fixture
def visit(built: Built) -> Visit:
    return Visit(built)


def jpeg(html: str) -> bytes:
    found = re.search(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", html)
    assert found
    return base64.b64decode(found[1])


def query(updates: Updates, tab: Tab) -> str:
    return str(re.search(r'data-query="([^"]*)"', updates[tab.view])[1])  # type: ignore[index]


def test_a_slider_shows_what_the_package_makes_of_the_same_seed(visit: Visit) -> None:
    visit.set(ready="article", turn=120, cut=0, colours=0, draws="7")
    updates = visit.happens(visit.tab.sliders["turn"], "input")
    expected = apply(open_image(photo("chelsea"), max_side=512).pixels,
                     draw(POLICIES["article"].changed({"rotate": {"degrees": 120}}), 7))
    assert jpeg(updates[visit.tab.changed]) == encode_jpeg(expected, 90)
    assert "seed=7" in query(updates, visit.tab)
    assert "turn=120" in query(updates, visit.tab)


def test_a_step_of_a_slider_carries_the_stage_and_nothing_below_it(visit: Visit) -> None:
    tab, asked = visit.tab, visit.lab.asked
    visit.set(turn=10).happens(tab.sliders["turn"], "input")
    asked.clear()
    updates = visit.set(turn=20).happens(tab.sliders["turn"], "input")
    assert asked == [1], "the changed picture; the photograph is known"
    assert set(updates) == {tab.changed, tab.bar, tab.view, tab.message}
    event = next(one for one in visit.page.fns.values() if (tab.sliders["turn"]._id, "input") in one.targets)
    assert set(event.outputs) == set(updates)
    assert len(event.inputs) <= 12
    fold = visit.fold("rolls")
    assert set(visit.follow(fold)) == {fold.sheet, fold.complaint}
    assert asked == [1, 13]


def test_the_original_is_not_sent_again_while_a_slider_moves(visit: Visit) -> None:
    assert visit.tab.original not in visit.happens(visit.tab.sliders["cut"], "input")


def test_a_ready_made_policy_moves_the_sliders_to_its_values(visit: Visit) -> None:
    updates = visit.set(ready="simclr", turn=99).happens(visit.tab.ready, "input")
    assert updates[visit.tab.sliders["turn"]] == 0
    assert updates[visit.tab.sliders["cut"]] == 80
    assert updates[visit.tab.sliders["colours"]] == 0.4
    expected = apply(photo("chelsea"), draw(POLICIES["simclr"], View().draws.seed))
    assert jpeg(updates[visit.tab.changed]) == encode_jpeg(expected, 90)


def test_reset_brings_back_the_first_view_but_not_another_photograph(visit: Visit) -> None:
    visit.set(photo="coffee", turn=99, ready="strong", draws="5;turn:3", keep_turn=True)
    updates = visit.happens(visit.tab.reset, "click")
    first = View()
    assert updates[visit.tab.sliders["turn"]] == first.turn
    assert updates[visit.tab.draws] == str(first.draws)
    assert updates[visit.tab.keeps["turn"]] is False
    assert "photo=coffee" in query(updates, visit.tab)


def test_an_upload_is_taken_and_a_bad_one_leaves_everything_as_it_was(visit: Visit, tmp_path: Path) -> None:
    good, bad = tmp_path / "mine.png", tmp_path / "bad.png"
    good.write_bytes(encode_png(np.full((600, 900, 3), (0, 90, 200), np.uint8)))
    bad.write_bytes(b"GIF89a")
    updates = visit.happens(visit.tab.upload, "input", str(good))
    assert updates[visit.tab.own] == str(good)
    shown = np.asarray(PIL.Image.open(io.BytesIO(jpeg(updates[visit.tab.original]))))
    assert shown.shape == (341, 512, 3)
    assert "photo=" not in query(updates, visit.tab), "a picture is never in the address"
    assert updates[visit.tab.upload] is None, "the place is free for the next one"

    updates = visit.happens(visit.tab.upload, "input", str(bad))
    assert set(updates) == {visit.tab.upload_message, visit.tab.upload}
    assert 'role="alert"' in updates[visit.tab.upload_message]
    assert visit.holds(visit.tab.own) == str(good)


def test_choosing_a_sample_leaves_the_own_picture(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(encode_png(np.zeros((30, 30, 3), np.uint8)))
    visit.set(own=str(path), photo="rocket")
    updates = visit.happens(visit.tab.samples, "select")
    assert updates[visit.tab.own] is None
    assert "photo=rocket" in query(updates, visit.tab)
    assert "a rocket" in updates[visit.tab.original]


@pytest.mark.parametrize(("name", "value"), [("turn", 181), ("turn", float("nan")), ("photo", "../../etc/passwd")])
def test_what_no_control_can_send_is_refused_in_place(visit: Visit, name: str, value: Any) -> None:
    updates = visit.set(**{name: value}).happens(visit.tab.sliders["turn"], "input")
    assert set(updates) == {visit.tab.message}
    assert "complaint" in updates[visit.tab.message]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["motorcycle", "astronaut"])
def test_no_animal_word_stands_on_what_is_no_animal(visit: Visit, language: str, name: str) -> None:
    visit.language = language
    updates = visit.set(photo=name).happens(visit.tab.sliders["turn"], "input")
    for fold in visit.tab.folds:
        updates |= visit.follow(fold)
    words = " ".join(re.sub(r"<[^>]+>|data:[^\"]+", " ", value) for value in updates.values() if isinstance(value, str))
    assert not re.search(r"\b(cat|dog|frog|horse|bird|deer|animal)s?\b|猫|狗|青蛙|马|鸟|鹿|动物", words)


# -- folds ------------------------------------------------------------------------------------------------------------


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
