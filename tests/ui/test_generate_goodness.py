"""The fold "How good, how new?": sentences that follow the numbers, and a sentence where there are none."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from contrastlab.core.checkpoint import read_config
from contrastlab.data.datasets import Dataset
from contrastlab.lab import Lab
from contrastlab.studies.compact import compact
from contrastlab.studies.known import Known, Spread
from contrastlab.studies.sample_card import Reference
from contrastlab.ui.tabs.generate import goodness
from contrastlab.ui.tabs.generate.scene import Scene
from contrastlab.ui.tabs.generate.view import View

from .studio import FLOWERS, studio
from .visiting import MakingVisit

QUALITY = {
    "pictures": 435, "reference": 435, "encoders": {"encoder-x": "key"},
    "distances": {"FD-encoder-x@435": {"generated": 7.92, "floor": 0.28, "ceiling": 356.6}},
    "manifold": {"encoder-x": {
        "generated": {"precision": 0.61, "recall": 0.5, "density": 0.9, "coverage": 0.59},
        "floor": {"precision": 0.8, "recall": 0.8, "density": 1.0, "coverage": 0.97},
    }},
    "memorised": {"encoder-x": {"generated": 0.0003, "limit": 0.01}},
    "classes": {"rose": {"asked": 0.41, "memorised": 0.0, "accuracy": 0.36, "distance": 0.2, "floor": 0.0}},
    "votes": {"encoder": "encoder-x", "k": 20, "generated": 0.53, "test": 0.88, "hit": 3},
    "classifier": {"generated": 0.57, "real": 0.78},
}


def scene(language: str = "en", kind: str = "rose") -> Scene:
    return Scene(Lab(studio(), device="cpu"), View("gan-flowers64", "3", kind), language)


def reference(here: Scene, *, farthest: float) -> Reference:
    """40 training pictures, roses all of them and one the very picture; unseen ones are up to `farthest` away."""
    pixels = here.lab.encoder("pixels")
    bank = [here.main, *np.random.default_rng(0).integers(0, 256, (39, 16, 16, 3), np.uint8)]
    rows, _ = compact(np.ascontiguousarray(pixels.embed(bank)[:, :300]), budget=10**6)
    rows = replace(rows, axes=np.zeros((3072, 300), np.float32), centre=np.zeros(3072, np.float32))
    rows.axes[:300] = np.eye(300, dtype=np.float32)
    spread = Spread(np.tile(np.linspace(0, farthest, 101, dtype=np.float32), (6, 1)))
    logits = Spread(np.tile(np.linspace(-1e6, 3e6, 101, dtype=np.float32), (6, 1)))
    known = Known("pixels", pixels.key, "flowers", 16, rows, np.full(40, 2, np.uint8), spread, 435, 2.7)
    return Reference(here.generator.key, known, logits, logits)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what is kept for comparison, and whether the training pictures are here."""

    def keep(farthest: float, *, pictures: bool = False) -> None:
        monkeypatch.setattr(Lab, "sample_reference", lambda lab, name: reference(scene(), farthest=farthest))
        training = Dataset("flowers", "train", np.zeros((40, 16, 16, 3), np.uint8), np.full(40, 2), tuple(FLOWERS))
        monkeypatch.setattr(goodness, "training_pictures", lambda data, side: training if pictures else None)

    return keep


def plain(drawn: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", drawn)))


def test_without_anything_kept_it_says_so_and_shows_no_pictures(making: MakingVisit) -> None:
    fold = making.fold("goodness")
    making.follow(fold)
    assert "sample-card gan-flowers64" in making.holds(fold.card) and "<img" not in making.holds(fold.card)
    assert "has not been measured" in making.holds(fold.network)
    assert goodness.nearest(scene()) == ""


def test_the_card_says_what_is_seen_how_real_and_how_new(known: Any) -> None:
    known(farthest=2.0)
    said = plain(goodness.card(scene()))
    assert "Asked for: rose. A network that learned from real pictures takes it for that too." in said
    assert "rose 100 %" in said and "among those of its kind" in said.lower()
    assert "more real than 25 % of the pictures painted here, and than 25 % of real ones" in said
    other = plain(goodness.card(scene(kind="tulip")))
    assert "Asked for: tulip" in other and "rather takes it for: rose" in other and "tulip 0 %" in other


@pytest.mark.parametrize(("farther", "word"), [(0.6, ": not a copy"), (0.995, "may be a copy")])
def test_a_copy_is_called_one_only_where_it_is_nearer_than_nearly_all(
    known: Any, monkeypatch: pytest.MonkeyPatch, farther: float, word: str
) -> None:
    known(farthest=2.0)
    real = goodness.sample_card
    monkeypatch.setattr(goodness, "sample_card", lambda *a: replace(real(*a), farther=farther))
    said = plain(goodness.card(scene()))
    assert word in said and ("> 99 %" in said) is (farther > 0.99)


@pytest.mark.parametrize("pictures", [True, False])
def test_the_nearest_are_shown_where_they_are_here_and_told_where_not(known: Any, pictures: bool) -> None:
    known(farthest=2.0, pictures=pictures)
    drawn = goodness.nearest(scene())
    assert drawn.count("<figure") == 5 and drawn.count("<img") == (5 if pictures else 0)
    assert ("not on this machine" in drawn) is not pictures
    assert "0.10 to 1.90" in plain(drawn)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_measured_number_stands_beside_another(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    measured = replace(read_config(studio() / "gan-flowers64"), metrics={"quality": QUALITY})
    monkeypatch.setattr(Lab, "models", lambda lab: [measured])
    drawn = goodness.network(scene(language))
    assert drawn.count("<tr>") == 6 and drawn.count('class="reference"') == 6
    said = plain(drawn)
    for pair in (("53 %", "88 %"), ("7.9", "357"), ("61 %", "80 %"), ("59 %", "97 %"), ("57 %", "78 %")):
        assert all(one in said for one in pair)
    assert "< 1 %" in said and "41 %" in said and "36 %" in said
    assert bool(re.search(r"[\u4e00-\u9fff]", said)) is (language == "zh")


def test_a_generator_without_a_judge_says_that_nobody_scores_it(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known(farthest=2.0)
    real = goodness.sample_card
    monkeypatch.setattr(goodness, "sample_card", lambda *a: replace(real(*a), above_made=None, above_real=None))
    assert "without a judge" in goodness.card(scene())


def test_shares_are_never_rounded_to_none_or_all() -> None:
    said = [goodness._percent(share) for share in (0, 0.004, 0.5, 0.996, 1)]
    assert said == ["0 %", "< 1 %", "50 %", "> 99 %", "100 %"]
