"""The tab Neighbours: one's own pictures as a gallery, and what no control can send."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contrastlab.core.images import encode_png
from contrastlab.ui.tabs.neighbours.mine import Mine
from contrastlab.ui.tabs.neighbours.view import OWN

from .visiting import SearchVisit, ask, query


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
