"""The tab Neighbours: handlers called as Gradio calls them, values in, {component: value} out."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path
from typing import Any

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
from contrastlab.ui.tabs.neighbours.mine import Mine
from contrastlab.ui.tabs.neighbours.scene import Scene
from contrastlab.ui.tabs.neighbours.view import OWN

from .visiting import SearchVisit, query


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


def ask(visit: SearchVisit, picked: str) -> dict[Any, Any]:
    return visit.happens(visit.tab.rows, "select", picked)


def packed(folder: Path, colours: dict[str, tuple[int, int, int]]) -> str:
    """A zip with three pictures of each colour, in a folder of that name."""
    path = folder / "mine.zip"
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for name, colour in colours.items():
            for number in range(3):
                noisy = np.clip(np.array(colour) + rng.integers(-30, 30, (40, 50, 3)), 0, 255).astype(np.uint8)
                archive.writestr(f"set/{name}/{number}.png", encode_png(noisy))
        archive.writestr("set/notes.txt", "no picture")
    return str(path)


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


# -- one's own pictures -------------------------------------------------------------------------------------------


def bring(visit: SearchVisit, paths: list[str]) -> list[dict[Any, Any]]:
    return visit.waits(visit.tab.wishes.files, "upload", paths)


def test_own_pictures_become_a_gallery_and_their_files_go_at_once(search: SearchVisit, tmp_path: Path) -> None:
    tab = search.tab
    path = packed(tmp_path, {"red": (200, 20, 20), "blue": (20, 20, 200)})
    answers = bring(search, [path])
    assert not Path(path).exists()
    assert search.holds(tab.gallery) == OWN
    assert any("of 7 files" in answer.get(tab.wishes.progress, "") for answer in answers)
    assert "1 file was left out" in search.holds(tab.wishes.refused)
    assert "notes.txt" in search.holds(tab.wishes.refused)
    assert 'title="red/' in answers[-1][tab.rows] or 'title="blue/' in answers[-1][tab.rows]
    for said in ("gallery=", "query="):
        assert said not in query(answers[-1], tab), "nothing private is in the address"
    assert "my pictures" in str(answers[-1][tab.wishes.choice]["choices"])
    search.happens(tab.wishes.choice, "input", "glyphs")
    assert search.holds(tab.gallery) == "glyphs"
    search.happens(tab.wishes.choice, "input", OWN)
    assert search.holds(tab.gallery) == OWN, "they are still there"


def test_other_pictures_of_ones_own_take_the_place_of_the_first(search: SearchVisit, tmp_path: Path) -> None:
    many = {f"hue{k}": (25 * k, 90, 200 - 20 * k) for k in range(8)}
    for name, colours in (("first", many), ("second", {"red": (200, 20, 20)})):
        folder = tmp_path / name
        folder.mkdir()
        bring(search, [packed(folder, colours)])
        ask(search, "2")
        search.happens(search.tab.rows, "select", re.findall(r'data-pick="(\d+)"', search.holds(search.tab.rows))[-1])
    assert int(search.holds(search.tab.query)) < 3
    assert "complaint" not in search.holds(search.tab.message)


def test_files_without_a_picture_leave_everything_as_it_was(search: SearchVisit, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("nothing")
    answers = bring(search, [str(path)])
    assert "None of these files" in answers[-1][search.tab.wishes.message]
    assert search.tab.rows not in answers[-1]
    assert search.holds(search.tab.gallery) == "glyphs"


def test_two_visitors_have_galleries_of_their_own(search: SearchVisit, tmp_path: Path) -> None:
    other = SearchVisit.__new__(SearchVisit)
    other.__dict__ = {**search.__dict__, "now": {}}
    for visit, name, colour in ((search, "one", (250, 0, 0)), (other, "two", (0, 0, 250))):
        folder = tmp_path / name
        folder.mkdir()
        bring(visit, [packed(folder, {name: colour, "rest": (90, 90, 90)})])
    assert search.holds(search.tab.mine) is not other.holds(other.tab.mine)
    for visit, own, foreign in ((search, "one/", "two/"), (other, "two/", "one/")):
        html = visit.happens(visit.tab.sheet, "tick")[visit.tab.sheet]
        assert own in html
        assert foreign not in html


def test_a_gallery_that_is_forgotten_is_gone(search: SearchVisit, tmp_path: Path) -> None:
    bring(search, [packed(tmp_path, {"red": (200, 20, 20), "blue": (20, 20, 200)})])
    mine: Mine = search.holds(search.tab.mine)
    assert mine.has("pixels")
    search.tab.mine.delete_callback(mine)
    assert not mine.has("pixels")
    updates = ask(search, "1")
    assert set(updates) == {search.tab.message}
    assert "complaint" in updates[search.tab.message]
    search.happens(search.tab.reset, "click")
    assert search.holds(search.tab.gallery) == "glyphs", "and nobody is stuck"
    assert search.holds(search.tab.message) == ""


# -- what no control can send -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gallery", "../../etc"), ("gallery", "cifar10"), ("gallery", OWN), ("query", "../../etc/passwd"),
        ("query", "99999"), ("query", OWN), ("trail", "99999"), ("eye", "x"), ("seed", "nan"),
    ],
)
def test_what_no_control_can_send_is_refused_in_place(search: SearchVisit, name: str, value: str) -> None:
    tab = search.tab
    search.now[getattr(tab, name)] = value
    updates = search.happens(tab.sliders["turn"], "input")
    assert set(updates) == {tab.message}
    assert 'role="alert"' in updates[tab.message]
    assert "bug" not in updates[tab.message]


def test_a_gallery_is_never_fetched_because_an_address_or_a_browser_says_so(
    search: SearchVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_: Any, **__: Any) -> None:
        raise AssertionError("nobody has asked for it")

    monkeypatch.setattr("contrastlab.data.datasets.known.download.fetch", fetch)
    search.now[search.tab.gallery] = "cifar10"
    assert set(ask(search, "1")) == {search.tab.message}


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
