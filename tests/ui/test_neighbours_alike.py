"""The fold "Why do these two match?": occlusion maps of the question and a neighbour."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from contrastlab.data.datasets import Dataset
from contrastlab.gallery import Own
from contrastlab.models.encoder.explain import Why, why_alike
from contrastlab.text import say
from contrastlab.ui.tabs.neighbours.mine import Mine
from contrastlab.ui.tabs.neighbours.scene import Scene
from contrastlab.ui.tabs.neighbours.view import OWN, View

from .visiting import SearchVisit


def scene(visit: SearchVisit, query: str = "17", language: str = "en") -> Scene:
    return Scene(visit.lab, View("glyphs", query), None, None, language)


def show(visit: SearchVisit, where: Scene, which: str = "learned:0") -> tuple[str, str]:
    fold = visit.fold("alike")
    updates = fold.show(where, which)
    return updates[fold.choice], updates[fold.pair]


def explained(where: Scene, role: str, rank: int) -> Why:
    eye = where.eye if role == "learned" else where.pixels
    place = int(where.nearest(eye).indices[rank])
    return why_alike(eye, where.query, where.gallery("pixels").pictures[place], grid=6)


def written(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("role", "rank"), [("learned", 0), ("learned", 4), ("baseline", 2)])
def test_the_sentences_say_what_covering_costs(role: str, rank: int, language: str, search: SearchVisit) -> None:
    where = scene(search, language=language)
    _, pair = show(search, where, f"{role}:{rank}")
    why = explained(where, role, rank)
    for part, figure in zip((why.first, why.second), pair.split("<figure")[1:], strict=True):
        before, after = written(why.similarity), written(why.similarity - part.lost)
        if before == after:
            says = say("neighbours.alike.nothing", language, before=before)
        else:
            average = written(why.similarity - float(part.drops.mean()))
            says = say("neighbours.alike.falls", language, before=before, after=after, average=average)
        assert says in figure
        # What the eye alone sees, a colour blind visitor must see, too: the patch is outlined, and only then named.
        assert ('class="worst"' in figure) == (before != after)


def test_the_map_is_as_strong_as_what_is_lost_and_every_cell_says_its_number(search: SearchVisit) -> None:
    where = scene(search)
    _, pair = show(search, where)
    why = explained(where, "learned", 0)
    scale = max(0.05, float(why.first.drops.max()), float(why.second.drops.max()))
    strengths = [float(said) for said in re.findall(r"--lost:([\d.]+)", pair)]
    drops = np.concatenate([why.first.drops.ravel(), why.second.drops.ravel()])
    assert strengths == pytest.approx(np.clip(drops / scale, 0, 1), abs=0.006)
    cells = re.findall(r'data-says="Covered here: ([−\d.]+) → ([−\d.]+)"', pair)
    assert cells == [(written(why.similarity), written(why.similarity - float(drop))) for drop in drops]


def test_the_outline_lies_where_covering_costs_most(search: SearchVisit) -> None:
    outlined = 0
    for query in ("3", "30", "64"):
        where = scene(search, query)
        _, pair = show(search, where, "baseline:0")
        why = explained(where, "baseline", 0)
        for part, figure in zip((why.first, why.second), pair.split("<figure")[1:], strict=True):
            edges = ";".join(rf"{edge}:([\d.]+)%" for edge in ("left", "top", "width", "height"))
            found = re.search(rf'class="worst" style="{edges}"', figure)
            if found:
                left, top, width, height = (float(value) * 32 / 100 for value in found.groups())
                assert (left, top, left + width, top + height) == pytest.approx(part.worst, abs=0.01)
                outlined += 1
    assert outlined


def test_any_neighbour_of_either_row_can_be_compared(search: SearchVisit) -> None:
    fold = search.fold("alike")
    choice = search.follow(fold)[fold.choice]
    offered = [f"{row}:{at}" for row in ("baseline", "learned") for at in range(5)]
    assert re.findall(r'data-pick="([^"]+)"', choice) == offered
    assert re.findall(r'data-pick="([^"]+)"[^>]*aria-pressed="true"', choice) == ["learned:0"]
    search.now[fold.which] = "baseline:3"
    updates = search.happens(fold.which, "change")
    assert re.findall(r'data-pick="([^"]+)"[^>]*aria-pressed="true"', updates[fold.choice]) == ["baseline:3"]
    assert "rank 4" in updates[fold.pair]
    assert 'class="mapped baseline"' in updates[fold.pair]


@pytest.mark.parametrize("which", ["", "learned:99999999999", "nobody:1", "learned:-1", 'learned:"><b>', "learned:²"])
def test_a_pick_that_cannot_be_one_breaks_nothing(which: str, search: SearchVisit) -> None:
    choice, pair = show(search, scene(search), which)
    assert choice.count('aria-pressed="true"') == 1
    assert "<b>\"" not in pair


def test_no_class_word_stands_beside_a_picture_from_elsewhere(search: SearchVisit) -> None:
    where = scene(search, "chelsea")
    _, pair = show(search, where)
    assert "its neighbour, rank 1<" in pair
    _, pair = show(search, scene(search, "17"))
    assert "its neighbour, rank 1 · " in pair


def own(names: tuple[str, ...], count: int) -> Mine:
    pictures = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)
    labels = np.arange(count) % len(names)
    return Mine(Own(Dataset("own", "all", pictures, labels, names), tuple(f"{at}.png" for at in range(count)), ()))


def test_what_a_visitor_named_is_escaped_and_a_single_picture_is_no_pair(search: SearchVisit) -> None:
    where = replace(scene(search, "0"), view=View(OWN, "0"), own_gallery=own(("<img src=x>", "&amp"), 6))
    _, pair = show(search, where)
    assert "<img src=x>" not in pair
    assert "&lt;img src=x&gt;" in pair or "&amp;amp" in pair
    alone = replace(where, own_gallery=own(("one",), 1))
    choice, pair = show(search, alone)
    assert choice == ""
    assert say("neighbours.alike.alone") in pair


def test_chinese_has_no_english_left(search: SearchVisit) -> None:
    both = "".join(show(search, scene(search, language="zh")))
    words = re.sub(r"<[^>]+>", " ", both) + " ".join(re.findall(r'(?:title|aria-label|data-says|alt)="([^"]*)"', both))
    assert re.findall(r"[A-Za-z]{2,}", words) == []
