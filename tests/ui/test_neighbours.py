"""The tab Neighbours: handlers called as Gradio calls them, values in, {component: value} out."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from contrastlab.core.images import encode_png, open_image
from contrastlab.data.augment import POLICIES, apply, draw
from contrastlab.data.datasets import photo
from contrastlab.lab import DEFAULT_ENCODER
from contrastlab.models.encoder.inference import view as seen_by
from contrastlab.text import LANGUAGES
from contrastlab.ui.address import Address
from contrastlab.ui.tabs.built import Carried
from contrastlab.ui.tabs.neighbours.scene import Scene
from contrastlab.ui.tabs.neighbours.view import OWN

from .visiting import SearchVisit, ask, query


def picks(html: str, row: str) -> list[int]:
    """The places of a row's answers, best first."""
    section = html.partition(f'class="answered {row}"')[2].partition("</section>")[0]
    return [int(place) for place in re.findall(r'data-pick="(\d+)"', section)]


def scores(html: str, row: str) -> list[float]:
    section = html.partition(f'class="answered {row}"')[2].partition("</section>")[0]
    return [float(said.replace("−", "-")) for said in re.findall(r"<b>([−\d.]+)</b>", section)]


def png(html: str) -> np.ndarray:
    found = re.search(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)
    assert found
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(found[1]))))


def test_both_rows_are_what_an_exhaustive_search_finds(search: SearchVisit) -> None:
    updates = ask(search, "17")
    for row, encoder in (("baseline", "pixels"), ("learned", DEFAULT_ENCODER)):
        bank = search.lab.gallery("glyphs", encoder=encoder).index.rows.astype(np.float64)
        alike = bank @ bank[17]
        alike[17] = -np.inf
        best = np.lexsort((np.arange(len(alike)), -alike))[:5]
        assert picks(updates[search.tab.rows], row) == best.tolist()
        assert scores(updates[search.tab.rows], row) == pytest.approx(alike[best], abs=0.006)


def test_the_question_is_itself_at_rank_nought_and_in_no_row(search: SearchVisit) -> None:
    updates = ask(search, "30")
    assert "rank 0: itself, 1.00" in updates[search.tab.seen]
    assert 30 not in picks(updates[search.tab.rows], "baseline") + picks(updates[search.tab.rows], "learned")


def test_signs_say_whether_the_classes_agree_and_both_marks_what_both_rows_have(search: SearchVisit) -> None:
    html = ask(search, "8")[search.tab.rows]
    gallery = search.lab.gallery("glyphs", encoder="pixels")
    for row in ("baseline", "learned"):
        section = html.partition(f'class="answered {row}"')[2].partition("</section>")[0]
        judged = re.findall(r'class="under answer (same|other)"', section)
        assert judged == [
            "same" if gallery.labels[place] == gallery.labels[8] else "other" for place in picks(html, row)
        ]
    shared = set(picks(html, "baseline")) & set(picks(html, "learned"))
    assert html.count('class="both answer"') == 2 * len(shared)
    assert (f"In both rows: {len(shared)}." in html) == bool(shared)


def test_a_trail_leads_back_and_ends_where_it_leads(search: SearchVisit) -> None:
    start = search.holds(search.tab.query)
    for picked in ("5", "9", "chelsea"):
        updates = ask(search, picked)
    assert search.holds(search.tab.trail) == f"{start}.5.9"
    assert updates[search.tab.steps].count("data-pick") == 3
    updates = search.happens(search.tab.steps, "select", "5")
    assert search.holds(search.tab.query) == "5"
    assert search.holds(search.tab.trail) == start
    assert "query=5&amp;" in query(updates, search.tab)


def test_sliders_change_the_question_and_nothing_else_is_sent(search: SearchVisit) -> None:
    ask(search, "3")
    tab = search.tab
    search.now[tab.sliders["turn"]] = 120
    updates = search.happens(tab.sliders["turn"], "input")
    assert set(updates) == {tab.question, tab.seen, tab.rows, tab.view, tab.message}
    assert "turn=120" in query(updates, tab)
    gallery = search.lab.gallery("glyphs")
    assert not np.array_equal(png(updates[tab.seen]), seen_by(gallery.pictures[3], 32))
    search.now[tab.sliders["turn"]] = 0
    updates = search.happens(tab.sliders["turn"], "input")
    np.testing.assert_array_equal(png(updates[tab.seen]), seen_by(gallery.pictures[3], 32))


def test_moving_the_crop_asks_about_that_square(search: SearchVisit) -> None:
    ask(search, "chelsea")
    updates = search.happens(search.tab.question, "select", "400,100,500")
    whole = open_image(photo("chelsea"), max_side=512).pixels
    expected = seen_by(np.ascontiguousarray(whole[30:180, 120:270]), 32)
    np.testing.assert_array_equal(png(updates[search.tab.seen]), expected)
    assert search.tab.question not in updates, "the frame stays in the hand that drags it"
    assert "crop=400%2C100%2C500" in query(updates, search.tab)
    updates = search.happens(search.tab.question, "select", "nonsense")
    np.testing.assert_array_equal(png(updates[search.tab.seen]), seen_by(whole, 32))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["motorcycle", "astronaut"])
def test_no_verdict_is_passed_on_a_picture_from_elsewhere(search: SearchVisit, language: str, name: str) -> None:
    search.language = language
    updates = search.happens(search.tab.samples, "select", name)
    html = updates[search.tab.rows]
    assert len(picks(html, "learned")) == 5
    assert 'class="sign"' not in html
    assert "Same kind" not in html
    assert "同类" not in html
    assert ("no word is put on it" if language == "en" else "不给它贴标签") in html


def test_an_upload_is_asked_about_and_a_bad_one_leaves_everything(search: SearchVisit, tmp_path: Path) -> None:
    good, bad = tmp_path / "mine.png", tmp_path / "bad.png"
    good.write_bytes(encode_png(np.full((90, 60, 3), (0, 90, 200), np.uint8)))
    bad.write_bytes(b"GIF89a")
    updates = search.happens(search.tab.upload, "input", str(good))
    assert search.holds(search.tab.query) == OWN
    assert "query=" not in query(updates, search.tab), "a picture is never in the address"
    updates = search.happens(search.tab.upload, "input", str(bad))
    assert set(updates) == {search.tab.upload_message, search.tab.upload}
    assert 'role="alert"' in updates[search.tab.upload_message]
    assert search.holds(search.tab.own) == str(good)
    ask(search, "4")
    assert search.holds(search.tab.trail).endswith(OWN), "the way back leads to it"


def test_a_picture_of_the_gallery_that_is_uploaded_finds_itself(search: SearchVisit, tmp_path: Path) -> None:
    path = tmp_path / "copy.png"
    path.write_bytes(encode_png(search.lab.gallery("glyphs").pictures[11]))
    updates = search.happens(search.tab.upload, "input", str(path))
    assert "itself" in updates[search.tab.seen]
    assert 11 not in picks(updates[search.tab.rows], "baseline")


def test_what_comes_along_from_the_tab_before_is_the_changed_picture(search: SearchVisit) -> None:
    drawn = draw(POLICIES["strong"], 3)
    inputs = [search.holds(one) for one in search.tab.inputs]
    updates = search.tab.take("en", Carried("coffee", None, drawn.to_json()), *inputs)
    expected = apply(open_image(photo("coffee"), max_side=512).pixels, drawn)
    np.testing.assert_array_equal(png(updates[search.tab.seen]), seen_by(expected, 32))
    assert "query=coffee" in query(updates, search.tab)


def test_what_goes_along_to_the_tab_after_is_the_question_as_it_is_asked(search: SearchVisit) -> None:
    ask(search, "11")
    carried = search.tab.give("en", *(search.holds(one) for one in search.tab.inputs))
    assert carried.pixels is not None
    np.testing.assert_array_equal(carried.pixels, search.lab.gallery("glyphs").pictures[11])
    search.now[search.tab.sliders["turn"]] = 60
    turned = search.tab.give("en", *(search.holds(one) for one in search.tab.inputs)).pixels
    assert turned is not None
    assert turned.shape == carried.pixels.shape
    assert not np.array_equal(turned, carried.pixels)


def test_another_eye_that_has_not_looked_yet_is_wished_for_and_the_old_row_stays(search: SearchVisit) -> None:
    tab = search.tab
    updates = search.happens(tab.eyes, "input", "untrained")
    if tab.rows not in updates:  # the first time in this process
        assert "data-wish" in updates[tab.wishes.wish]
        wish = str(re.search(r'data-wish="([^"]*)"', updates[tab.wishes.wish])[1]).replace("&amp;", "&")  # type: ignore[index]
        answers = search.waits(tab.wishes.wish, "tick", wish)
        assert any("120" in answer.get(tab.wishes.progress, "") for answer in answers)
        assert all(tab.rows not in answer for answer in answers[:-1])
        assert answers[-2][tab.wishes.stop]["visible"] is False
        updates = answers[-1]
    assert search.holds(tab.eye) == "untrained"
    assert "of 5 as in SimCLR’s row" in updates[tab.rows]
    assert "eye=untrained" in query(updates, tab)


def test_a_gallery_that_cannot_be_had_says_so_and_everything_stays(
    search: SearchVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contrastlab.data.datasets.known.download.NAMES", ())
    tab = search.tab
    search.happens(tab.wishes.choice, "input", "flowers")
    answers = list(search.stream(tab.wishes.wish, "tick", "v=1&tab=neighbours&gallery=flowers"))
    assert 'role="alert"' in answers[-1][tab.wishes.message]
    assert search.holds(tab.gallery) == "glyphs"
    assert search.holds(tab.wishes.choice) == "glyphs"
    assert tab.rows not in answers[-1]


def test_a_gallery_that_would_be_fetched_says_so_beforehand(search: SearchVisit) -> None:
    labels = {name: label for label, name in search.tab.wishes.choice.choices}
    assert labels["cifar10"] == "CIFAR-10 · fetch 163 MB"
    assert "flowers" not in labels, "nobody can fetch them"


def test_the_sheet_has_every_class_and_turns_its_pages(search: SearchVisit) -> None:
    tab = search.tab
    first = search.happens(tab.sheet, "tick")[tab.sheet]
    assert first.count('class="line"') == 10
    gallery = search.lab.gallery("glyphs", encoder="pixels")
    shown = [int(place) for place in re.findall(r'data-pick="(\d+)"', first)]
    assert len(set(shown)) == len(shown) == sum(min(24, int((gallery.labels == k).sum())) for k in range(10))
    for picked in ("page:-3", "page:99"):
        assert 'class="line"' in search.happens(tab.sheet, "select", picked)[tab.sheet]
    search.happens(tab.sheet, "select", str(shown[-1]))
    assert search.holds(tab.query) == str(shown[-1])


# -- what a visit begins with -------------------------------------------------------------------------------------


def test_a_visit_that_asks_for_nothing_finds_the_opening_and_searches_no_more(
    search: SearchVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = search.tab
    for language in LANGUAGES:
        tab.open(Address({}), language)
    monkeypatch.setattr(Scene, "nearest", None)
    assert "query=" + str(tab.query.value) in query(tab.open(Address({}), "en"), tab)
    assert "按学到的" in tab.open(Address({}), "zh")[tab.rows]


def test_a_link_opens_what_it_names_and_wishes_for_what_is_not_open_yet(
    search: SearchVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = search.tab
    updates = tab.open(Address({"v": "1", "query": "12", "turn": "45"}), "en")
    assert updates[tab.query] == "12"
    assert updates[tab.sliders["turn"]] == 45
    assert "itself" not in updates[tab.seen], "what was found for the opening is no answer here"
    monkeypatch.setattr("contrastlab.ui.tabs.neighbours.shelves.is_here", lambda name: True)
    updates = tab.open(Address({"v": "1", "gallery": "cifar10", "query": "12"}), "en")
    assert updates[tab.gallery] == "glyphs", "the first one meanwhile"
    assert "gallery=cifar10" in updates[tab.wishes.wish]
    assert "query=12" in updates[tab.wishes.wish]


def test_a_link_fetches_nothing(search: SearchVisit) -> None:
    tab = search.tab
    updates = tab.open(Address({"v": "1", "gallery": "cifar10"}), "en")
    assert updates[tab.gallery] == "glyphs"
    assert updates[tab.wishes.wish] == ""
    assert "Choose it under" in updates[tab.message]
