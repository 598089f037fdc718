"""Whose picture the tab Restore repairs: a sample, a visitor's own, or one that comes along."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from contrastlab.data.datasets import photo
from contrastlab.ui.tabs.built import Carried
from contrastlab.ui.tabs.restore import bench
from contrastlab.ui.tabs.restore.scene import STAGE
from contrastlab.ui.tabs.restore.view import MINE, STRENGTHS

from .test_restore import brought, layer, piece, uploaded
from .visiting import MendingVisit, query


@pytest.fixture(autouse=True)
def empty_bench() -> None:
    """What one test has worked out is of no use to the next."""
    bench._bench.clear()


def test_a_sample_takes_the_place_of_the_photograph(mending: MendingVisit) -> None:
    tab = mending.tab
    mending.set(own="/nowhere", photo="coffee", carried="data:")
    updates = mending.happens(tab.samples, "select")
    assert np.array_equal(layer(updates[tab.layers], "clean"), piece("coffee"))
    assert updates[tab.own] is None
    assert updates[tab.carried] == ""
    assert "photo=coffee" in query(updates, tab)


def test_ones_own_photo_is_made_smaller_and_stays_out_of_the_address(mending: MendingVisit, tmp_path: Path) -> None:
    tab = mending.tab
    path = brought(tmp_path, photo("coffee"))
    updates = uploaded(mending, path)
    clean = layer(updates[tab.layers], "clean")
    assert clean.shape[0] * clean.shape[1] <= 1.02 * STAGE[0] * STAGE[1]
    assert abs(clean.shape[1] / clean.shape[0] - 1.5) < 0.02
    assert "your photo" in updates[tab.layers]
    assert "made smaller" in updates[tab.layers]
    for said in (query(updates, tab), updates[tab.layers]):
        assert "mine.png" not in said
    assert "photo=" not in query(updates, tab)
    assert mending.holds(tab.own) == path
    assert np.array_equal(layer(mending.damaged("noise", 20)[tab.layers], "clean"), clean), "a slider keeps it"


def test_what_is_damaged_already_is_repaired_pixel_for_pixel_and_without_numbers(
    mending: MendingVisit, tmp_path: Path
) -> None:
    tab, rows = mending.tab, np.random.default_rng(0).integers(0, 256, (500, 700, 3), np.uint8)
    uploaded(mending, brought(tmp_path, rows))
    mending.set(place="0,1000")
    updates = mending.damaged(MINE)
    expected = rows[500 - STAGE[1] :, : STAGE[0]]
    assert np.array_equal(layer(updates[tab.layers], "before"), expected)
    assert "layer clean" not in updates[tab.layers], "nobody knows the truth"
    assert "dB" not in updates[tab.verdict]
    assert "noise" in updates[tab.verdict]
    none = mending.damaged(MINE, 0)
    assert np.array_equal(layer(none[tab.layers], "after"), expected)
    assert "photo=" not in query(updates, tab)


def test_the_piece_is_chosen_on_the_whole_picture(mending: MendingVisit, tmp_path: Path) -> None:
    tab, rows = mending.tab, np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    assert uploaded(mending, brought(tmp_path, rows))[tab.locator] == "", "all of it is shown, made smaller"
    drawn = mending.damaged(MINE)[tab.locator]
    offered = re.findall(r'data-pick="(\d+,\d+)"', drawn)
    assert len(offered) == 20
    assert "600 × 400" in drawn
    mending.set(place=offered[-1])
    updates = mending.happens(tab.place, "change")
    assert np.array_equal(layer(updates[tab.layers], "before"), rows[400 - STAGE[1] :, 600 - STAGE[0] :])
    assert "left:52.00%;top:52.00%" in updates[tab.locator]
    uploaded(mending, brought(tmp_path, rows[:100, :100], "little.png"))
    assert mending.holds(tab.locator) == "", "all of it is shown as it is"


@pytest.mark.parametrize("content", [b"", b"no picture", b"<svg/>"])
def test_what_is_no_picture_is_told_and_changes_nothing(
    mending: MendingVisit, tmp_path: Path, content: bytes
) -> None:
    tab, path = mending.tab, tmp_path / "broken.png"
    path.write_bytes(content)
    before = mending.holds(tab.layers)
    updates = uploaded(mending, str(path))
    assert "complaint" in updates[tab.upload_message]
    assert mending.holds(tab.layers) == before
    assert mending.holds(tab.own) is None


def test_thin_and_tiny_pictures_are_repaired_too(mending: MendingVisit, tmp_path: Path) -> None:
    for place, size in enumerate(((8, 8), (8, 400), (300, 9))):
        pixels = np.random.default_rng(place).integers(0, 256, (*size, 3), np.uint8)
        uploaded(mending, brought(tmp_path, pixels, f"{place}.png"))
        for damage in STRENGTHS:
            updates = mending.damaged(damage)
            assert not updates[mending.tab.message]
            most = STAGE[::-1] if damage == MINE else size
            assert layer(updates[mending.tab.layers], "after").shape[:2] == tuple(map(min, size, most))


def test_a_generated_picture_comes_along_in_its_own_pixels(mending: MendingVisit) -> None:
    tab = mending.tab
    flower = mending.lab.generator("gan-flowers64").generate([3], [1])[0]
    values = [mending.holds(one) for one in tab.inputs]
    updates = tab.take("en", Carried(pixels=flower), *values)
    assert np.array_equal(layer(updates[tab.layers], "clean"), flower)
    assert "layer clean pixels" in updates[tab.layers]
    assert "generated" in updates[tab.layers]
    assert "data:" not in query(updates, tab)
    mending.now.update(updates)
    assert np.array_equal(layer(mending.damaged("noise", 10)[tab.layers], "clean"), flower), "a slider keeps it"


@pytest.mark.parametrize(
    "carried", ["x", "data:image/png;base64,", "data:image/png;base64,####", "data:image/png;base64," + "a" * 10**6]
)
def test_a_carried_picture_that_is_none_is_told(mending: MendingVisit, carried: str) -> None:
    mending.set(photo="", carried=carried)
    assert "complaint" in mending.damaged("noise", 9)[mending.tab.message]


def test_who_leaves_takes_their_picture_along(mending: MendingVisit, tmp_path: Path) -> None:
    path = brought(tmp_path, photo("coffee"))
    uploaded(mending, path)
    assert any(path in key for key in bench._bench)
    bench.forget(path)
    assert not any(path in key for key in bench._bench)
    assert not Path(path).exists()
    assert "complaint" in mending.damaged("noise", 12)[mending.tab.message]
