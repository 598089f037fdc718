"""The stage: handlers called as Gradio calls them, values in, {component: value} out."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from contrastlab.core.images import encode_jpeg, encode_png, open_image
from contrastlab.data.augment import POLICIES, apply, draw
from contrastlab.data.datasets import photo
from contrastlab.text import LANGUAGES
from contrastlab.ui.tabs.augment.view import View

from .visiting import Visit, jpeg, query


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
    updates = visit.set(turn=20).happens(tab.sliders["turn"], "input")
    assert asked == [2], "the photograph and the changed one, once"
    assert set(updates) == {tab.changed, tab.bar, tab.view, tab.message}
    event = next(one for one in visit.page.fns.values() if (tab.sliders["turn"]._id, "input") in one.targets)
    assert set(event.outputs) == set(updates)
    assert len(event.inputs) <= 12
    fold = visit.fold("rolls")
    assert set(visit.follow(fold)) == {fold.sheet, fold.complaint}
    assert asked == [2, 13]


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
