"""The fold "Is it sure?": vote, nearest miss, rank stability."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from contrastlab.data.datasets import Dataset
from contrastlab.gallery import Gallery, Own, Sureness, nearest_miss, verdict
from contrastlab.lab import DEFAULT_ENCODER
from contrastlab.studies.stability import VERSIONS, stability
from contrastlab.text import say
from contrastlab.ui.drawing import exact
from contrastlab.ui.tabs.neighbours import ballot
from contrastlab.ui.tabs.neighbours.mine import Mine
from contrastlab.ui.tabs.neighbours.scene import Scene
from contrastlab.ui.tabs.neighbours.sure import stable
from contrastlab.ui.tabs.neighbours.view import OWN, View

from .visiting import SearchVisit

Parts = tuple[str, str, str]


@pytest.fixture(autouse=True)
def measured(search: SearchVisit) -> Gallery:
    gallery = search.lab.gallery("glyphs", encoder=DEFAULT_ENCODER)
    gallery.measure()
    return gallery


def scene(visit: SearchVisit, query: str = "17", language: str = "en", **settings: object) -> Scene:
    return Scene(visit.lab, View("glyphs", query, **settings), None, None, language)  # type: ignore[arg-type]


def show(visit: SearchVisit, where: Scene, asked: str = "") -> Parts:
    fold = visit.fold("sure")
    updates = fold.show(where, asked)
    return updates[fold.vote], updates[fold.miss], stable(where)


def own(labels: list[int], names: tuple[str, ...]) -> Mine:
    pictures = np.random.default_rng(0).integers(0, 256, (len(labels), 32, 32, 3), np.uint8)
    data = Dataset("own", "all", pictures, np.array(labels, np.int64), names)
    return Mine(Own(data, tuple(f"{at}.png" for at in range(len(labels))), ()))


def mine(visit: SearchVisit, labels: list[int], names: tuple[str, ...], query: str = "0") -> Scene:
    return Scene(visit.lab, View(OWN, query), None, own(labels, names), "en")


def written(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


@pytest.mark.parametrize("query", ["3", "17", "64"])
def test_the_bars_are_the_vote_without_the_picture_itself(query: str, search: SearchVisit, measured: Gallery) -> None:
    vote, _, _ = show(search, scene(search, query))
    shares = measured.vote(measured.index.rows[int(query)], exclude=int(query)).shares
    bars = re.findall(r'class="who">([^<]*)<.*?width:([\d.]+)%.*?class="number answer">([\d.]+)<', vote)
    order = np.argsort(-shares, kind="stable")[:4]
    assert [word for word, _, _ in bars] == [measured.classes[place] for place in order]
    assert [float(width) for _, width, _ in bars] == pytest.approx(100 * shares[order], abs=0.01)
    assert [said for _, _, said in bars] == [written(float(shares[place])) for place in order]


@pytest.mark.parametrize("kind", ["sure", "split", "far"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_verdict_and_what_it_is_worth(
    kind: str, language: str, search: SearchVisit, measured: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = float(measured.vote(measured.index.rows[17], exclude=17).shares.max())
    needed = share + 0.1 if kind == "split" else share - 0.1
    monkeypatch.setitem(vars(measured), "sureness", Sureness(needed, 0.957, 0.253, 120))
    monkeypatch.setitem(vars(measured), "usual", 1.0 if kind == "far" else 0.0)
    known = verdict(measured, measured.index.rows[17], exclude=17)
    assert known.kind == kind
    vote, _, _ = show(search, scene(search, language=language))
    assert say(f"neighbours.sure.{kind}", language, word=measured.classes[known.winner]) in vote
    if kind == "far":
        means = say("neighbours.sure.far.means", language, nearest=written(known.nearest), usual="1.00")
    else:
        means = say(f"neighbours.sure.{kind}.means", language, needed=written(needed), right=96, reach=25)
    assert means in vote
    assert f'class="needed" style="left:{100 * needed:.2f}'.rstrip("0") in vote


def test_a_line_that_no_vote_reaches_is_not_drawn(
    search: SearchVisit, measured: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(measured), "sureness", Sureness(math.inf, math.nan, 0.0, 120))
    monkeypatch.setitem(vars(measured), "usual", 0.0)
    vote, _, _ = show(search, scene(search))
    assert say("neighbours.sure.split") in vote
    assert say("neighbours.sure.never.means") in vote
    assert "needed" not in vote


def test_until_it_is_measured_the_bars_stand_without_a_verdict(search: SearchVisit) -> None:
    where = mine(search, [0, 1] * 4, ("frog", "toad"))
    vote, miss, _ = show(search, where)
    assert "share-bar" in vote
    assert "data-wait" in vote
    assert say("neighbours.sure.wait.short") in miss
    where.gallery().measure()
    vote, miss, _ = show(search, where)
    assert "data-wait" not in vote
    assert "<figure" in miss


def test_waiting_bars_are_drawn_anew_once_it_is_measured(search: SearchVisit) -> None:
    fold = search.fold("sure")
    before = search.now.get(fold.measured, "")
    search.happens(fold.vote, "tick")
    assert search.now[fold.measured] != before
    assert "data-wait" not in search.happens(fold.measured, "change")[fold.vote]


def test_no_class_word_is_put_on_a_picture_from_elsewhere_before_it_is_asked_for(search: SearchVisit) -> None:
    where = Scene(search.lab, View(OWN, "astronaut"), None, own([0, 1] * 4, ("frogword", "toadword")), "en")
    where.gallery().measure()
    parts = "".join(show(search, where))
    assert "word" not in re.sub(r'class="[^"]*"', "", parts)
    assert "share-bar learned" not in show(search, where)[0]
    assert "verdict" not in parts
    assert say("neighbours.sure.foreign.own", count=2) in parts
    vote, _, _ = show(search, where, ballot.stamp(where))
    assert "frogword" in vote
    assert "toadword" in vote


def test_ask_anyway_holds_for_this_picture_and_no_other(search: SearchVisit) -> None:
    fold = search.fold("sure")
    search.now[search.tab.query] = "astronaut"
    vote = search.follow(fold)[fold.vote]
    assert say("neighbours.sure.foreign", count=10) in vote
    asked = re.search(r'data-pick="([^"]+)"', vote)
    assert asked
    search.now[fold.asked] = asked[1]
    vote = search.happens(fold.asked, "change")[fold.vote]
    assert say("neighbours.sure.asked", count=10) in vote
    assert vote.count("share-bar learned") == 4
    search.now[search.tab.query] = "chelsea"
    assert say("neighbours.sure.ask") in search.follow(fold)[fold.vote]


@pytest.mark.parametrize("query", [str(place) for place in range(0, 120, 9)])
def test_the_nearest_miss_is_the_measured_one(query: str, search: SearchVisit, measured: Gallery) -> None:
    _, miss, _ = show(search, scene(search, query))
    at = int(query)
    found = nearest_miss(measured, measured.index.rows[at], int(measured.labels[at]), exclude=at)
    hits = (("own", found.own, found.own_similarity), ("other", found.other, found.other_similarity))
    for what, place, alike in hits:
        title = say(f"neighbours.sure.{what}")
        said = say("neighbours.sure.captioned", word=measured.class_of(place), similarity=written(alike))
        assert re.search(rf"{title}</b><span[^>]*>{said}</span>", miss)
    if round(found.margin, 2) < 0:
        assert say("neighbours.sure.margin.wrong", margin=written(-found.margin)) in miss
        assert say("neighbours.sure.margin.often", wrong=round(100 * measured.margins.wrong)) in miss
    elif found.share_below >= 0.5:
        assert say("neighbours.sure.margin.larger", share=round(100 * found.share_below)) in miss
    else:
        assert say("neighbours.sure.margin.smaller", share=round(100 * (1 - found.share_below))) in miss


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_neighbour_says_how_often_it_stays(language: str, search: SearchVisit, measured: Gallery) -> None:
    where = scene(search, "30", language)
    _, _, row = show(search, where)
    means = []
    for eye in (where.eye, where.pixels):
        found = stability(where.seen, where.gallery(eye.name), eye.embed, k=5, exclude=30)
        means.append(say("neighbours.sure.mean", language, kept=f"{found.mean * 5:.1f}", k=5))
        if eye is where.eye:
            kept = found.kept
    tiles = re.findall(r'<figure class="(stay[^"]*)".*?<b>([^<]*)</b>', row)
    assert [said for _, said in tiles] == [
        say("neighbours.sure.kept", language, kept=round(share * VERSIONS), versions=VERSIONS) for share in kept
    ]
    assert ["fragile" in role for role, _ in tiles] == [bool(share < 0.5) for share in kept]
    assert re.findall(r'class="number answer">([^<]*)<', row) == means


def test_the_neighbours_are_those_of_the_row_even_beside_a_double(search: SearchVisit) -> None:
    where = mine(search, [0, 1] * 5, ("a", "b"))
    pictures = np.array(where.gallery("pixels").pictures)
    pictures[7] = pictures[0]
    data = Dataset("own", "all", pictures, np.array([0, 1] * 5, np.int64), ("a", "b"))
    where = Scene(search.lab, View(OWN, "0"), None, Mine(Own(data, tuple(map(str, range(10))), ())), "en")
    assert where.nearest(where.eye).itself == (0, 7)
    _, _, row = show(search, where)
    assert row.count("<figure") == 5
    assert exact(pictures[7]) not in row
    for place in where.nearest(where.eye).indices:
        assert exact(pictures[place]) in row


def test_galleries_that_are_too_small_or_have_no_names_get_sentences(search: SearchVisit) -> None:
    nameless = mine(search, [-1] * 4, ())
    vote, miss, row = show(search, nameless)
    assert say("neighbours.sure.nameless") in vote
    assert miss == ""
    assert row.count("<figure") == 3
    alone = mine(search, [0], ("one",))
    alone.gallery().measure()
    vote, miss, row = show(search, alone)
    assert say("neighbours.sure.alone") in vote
    assert say("neighbours.sure.miss.lonely") in miss
    assert row == ""
    single = mine(search, [0, 0, 0], ("one",))
    single.gallery().measure()
    assert say("neighbours.sure.miss.lonely") in show(search, single)[1]


def test_what_a_visitor_named_is_escaped(search: SearchVisit) -> None:
    where = mine(search, [0, 1] * 4, ("<img src=x>", "b&b"))
    where.gallery().measure()
    parts = "".join(show(search, where))
    assert "<img src=x>" not in parts
    assert "&lt;img src=x&gt;" in parts
    assert "b&amp;b" in parts


def test_chinese_has_no_english_left(search: SearchVisit) -> None:
    for query, asked in (("17", ""), ("chelsea", ""), ("chelsea", "glyphs chelsea 0")):
        both = "".join(show(search, scene(search, query, "zh"), asked))
        words = re.sub(r"<[^>]+>", " ", both) + " ".join(re.findall(r'(?:title|aria-label|alt)="([^"]*)"', both))
        assert re.findall(r"[A-Za-z]{2,}", words) == []


def test_a_changed_question_is_voted_on_by_the_others_only(search: SearchVisit, measured: Gallery) -> None:
    where = scene(search, "17", turn=20.0)
    vote, _, row = show(search, where)
    shares = measured.vote(where.embedding(where.eye), exclude=17).shares
    assert f'class="number answer">{written(float(shares.max()))}<' in vote
    assert row.count("<figure") == 5


def test_the_row_follows_the_question_in_an_event_of_its_own(search: SearchVisit) -> None:
    fold = search.fold("sure")
    search.now[search.tab.query] = "41"
    assert search.happens(fold.pulse, "submit") == {fold.stable: stable(scene(search, "41")), fold.unstable: ""}
    assert fold.stable not in search.follow(fold)
