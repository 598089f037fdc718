"""The fold "Watch it having learnt", without a browser."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import numpy as np
import pytest

from contrastlab.core.images import open_image
from contrastlab.training.curve import Curve
from contrastlab.ui.tabs.generate.course import along, charts

from .test_generate import linked, picture
from .visiting import MakingVisit


@pytest.fixture(autouse=True)
def nothing_kept(making: MakingVisit) -> None:
    making.fold("learning")._kept.clear()


def opened(making: MakingVisit) -> Any:
    fold = making.fold("learning")
    return making.happens(fold.accordion, "expand").get(fold.strip)


def told(drawn: str, name: str) -> Any:
    found = re.search(rf'data-{name}="([^"]*)"', drawn)
    assert found
    return json.loads(html.unescape(found[1]))


def test_the_strip_holds_every_step_and_each_says_what_it_means(making: MakingVisit) -> None:
    drawn = opened(making)
    assert picture(drawn, "webp").shape == (4 * 16, 16 * 16, 3)
    assert drawn.count("--column:") == 16
    says = told(drawn, "says")
    assert says[0] == "Step 8 of 100, 8 % of the training: it has looked at 80 pictures."
    assert len(says) == 4
    assert told(drawn, "rows") == [0, 1, 2, 3]
    assert told(drawn, "at")[0] == 0
    assert told(drawn, "at")[-1] == 1
    assert drawn.count("<svg") == 2
    assert "the judge's lead changed by" in html.unescape(drawn)


def test_the_pictures_are_those_that_were_kept(making: MakingVisit) -> None:
    kept = open_image((making.lab._painters.checkpoints / "gan-flowers64" / "snapshots.webp").read_bytes()).pixels
    assert np.array_equal(picture(opened(making), "webp"), kept)


def test_it_is_sent_once_and_again_only_for_another_generator_or_language(making: MakingVisit) -> None:
    fold = making.fold("learning")
    assert opened(making)
    making.set(step1=2.0)
    assert fold.strip not in making.follow(fold)
    making.language = "zh"
    assert "第 8 步，共 100 步" in html.unescape(making.follow(fold)[fold.strip])
    making.language = "en"
    linked(making, "model=vae-digits")
    assert fold.strip in making.follow(fold)


def test_trainings_that_differ_in_their_loss_only_stand_beside_each_other(making: MakingVisit) -> None:
    linked(making, "model=gan-digits-bce")
    drawn = opened(making)
    assert drawn.count("<section") == len(set(re.findall(r"#strip-\d", drawn))) == 2
    assert drawn.count('class="watched"') == 2
    assert "Side by side" in drawn


def test_a_generator_without_a_strip_says_so(making: MakingVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making.lab, "strip", lambda name: None)
    assert "no pictures were kept" in opened(making)


def test_without_a_curve_the_pictures_are_there_all_the_same(
    making: MakingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making.lab, "curve", lambda name: None)
    drawn = opened(making)
    assert "#strip-0 i" in drawn
    assert "<svg" not in drawn
    assert "dashed" not in drawn


def test_a_step_stands_where_doubling_puts_it() -> None:
    assert [along(step, 8, 128) for step in (1, 8, 16, 32, 128, 9999)] == [0, 0, 0.25, 0.5, 1, 1]
    assert along(5, 5, 5) == 1


def test_a_flat_curve_and_one_with_a_single_point_can_be_drawn() -> None:
    flat = Curve((8, 16), {"cross_entropy": (1.0, 1.0), "kl": (1.0, 1.0), "kl_weight": (0.0, 1.0)})
    assert charts(flat, 8, 16, "en").count("<polyline") == 2
    assert "nan" not in charts(Curve((8,), {"generator_loss": (3.0,)}), 8, 8, "en")
