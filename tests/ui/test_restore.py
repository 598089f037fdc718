"""What the tab Restore answers, without a browser."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.images import Image, encode_jpeg, encode_png, open_image
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import degrade
from contrastlab.data.pixels import blocks, resize
from contrastlab.lab import Lab
from contrastlab.metrics.fidelity import psnr, removed
from contrastlab.metrics.points import lost_points
from contrastlab.models.restorer import classical
from contrastlab.models.restorer.inference import Repairer
from contrastlab.text import say
from contrastlab.ui.address import Address
from contrastlab.ui.tabs.restore import bench
from contrastlab.ui.tabs.restore.scene import PIECES, STAGE
from contrastlab.ui.tabs.restore.view import MINE, STRENGTHS, View

from .visiting import BuiltMending, MendingVisit, query


@pytest.fixture(autouse=True)
def empty_bench() -> None:
    """What one test has worked out is of no use to the next."""
    bench._bench.clear()


def layer(drawn: str, name: str) -> Image:
    found = re.search(rf'data:image/png;base64,([A-Za-z0-9+/=]+)" alt="[^"]*" class="layer {name}', drawn)
    assert found, name
    return open_image(base64.b64decode(found[1])).pixels


def piece(name: str) -> Image:
    left, top, width = PIECES[name]
    return resize(photo(name)[top : top + width * 2 // 3, left : left + width], STAGE)


def brought(tmp_path: Path, pixels: Image, name: str = "mine.png") -> str:
    path = tmp_path / name
    path.write_bytes(encode_png(pixels) if name.endswith("png") else encode_jpeg(pixels))
    return str(path)


def uploaded(mending: MendingVisit, path: str) -> dict[Any, Any]:
    return mending.happens(mending.tab.upload, "input", path)


def linked(mending: MendingVisit, said: str) -> dict[Any, Any]:
    """A visit that begins at this address."""
    opened = mending.tab.open(Address({"v": "1", "tab": "restore", **dict(parse_qsl(said))}), "en")
    for one, update in opened.items():
        mending.now[one] = update.get("value", mending.holds(one)) if isinstance(update, dict) else update
    return dict(opened)


# -- damaged, repaired, and what it was -------------------------------------------------------------------------------


@pytest.mark.parametrize(("damage", "strength", "values"), [
    ("noise", 30, {"noise": 30}), ("jpeg", 20, {"quality": 20}), ("blur", 1.5, {"blur": 1.5}),
    ("small", 2.5, {"factor": 2.5}), ("holes", 20, {"holes": 0.2}),
])
def test_the_picture_is_damaged_by_its_seed_and_repaired_whatever_the_damage(
    mending: MendingVisit, damage: str, strength: float, values: dict[str, float]
) -> None:
    tab, clean = mending.tab, piece("chelsea")
    updates = mending.damaged(damage, strength)
    result = degrade(clean, [(damage, values)], View().seed)
    before = blocks(clean, strength) if damage == "small" else result.image
    assert np.array_equal(layer(updates[tab.layers], "clean"), clean)
    assert np.array_equal(layer(updates[tab.layers], "before"), before)
    repairer, missing = mending.lab.restorer(), result.missing if damage == "holes" else None
    expected = repairer.restore(result.image, missing, strength=0.0 if damage == "holes" else 1.0)
    after = layer(updates[tab.layers], "after")
    assert np.array_equal(after, expected)
    assert not np.array_equal(after, result.image)
    share = removed(before, after, clean)
    told = re.search(r"([\d.]+) %", updates[tab.verdict])
    assert told
    assert abs(float(told[1]) - abs(100 * share)) < 0.51
    assert f"{abs(psnr(after, clean) - psnr(before, clean)):.1f} dB" in updates[tab.verdict]
    assert ("larger" in updates[tab.verdict]) == (share < 0)


def test_around_a_hole_nothing_is_touched(mending: MendingVisit) -> None:
    updates = mending.damaged("holes", 30)
    missing = degrade(piece("chelsea"), [("holes", {"holes": 0.3})], View().seed).missing
    after, clean = layer(updates[mending.tab.layers], "after"), layer(updates[mending.tab.layers], "clean")
    assert np.array_equal(after[~missing], clean[~missing])
    assert not np.array_equal(after[missing], clean[missing])


def test_without_damage_it_says_so(mending: MendingVisit) -> None:
    for damage, strength in (("noise", 0), ("holes", 0), ("small", 1), ("blur", 0)):
        updates = mending.damaged(damage, strength)
        assert "nothing is damaged" in updates[mending.tab.verdict]
        drawn = updates[mending.tab.layers]
        assert np.array_equal(layer(drawn, "before"), layer(drawn, "clean"))


@pytest.mark.parametrize(("damage", "method"), [
    ("noise", "nlm"), ("jpeg", "shifts"), ("blur", "wiener"), ("small", "cubic"), ("holes", "telea"), (MINE, "nlm"),
])
def test_a_classical_method_stands_beside_it(mending: MendingVisit, damage: str, method: str) -> None:
    tab = mending.tab
    mending.damaged(damage)
    updates = mending.happens(tab.layers, "tick")
    assert say(f"method.{method}", "en") in updates[tab.classical]
    after = layer(updates[tab.other], "other")
    clean = piece("chelsea")
    if damage == MINE:
        assert "%" not in re.sub(r'style="[^"]*"', "", updates[tab.classical])
        return
    assert psnr(after, clean) > psnr(layer(mending.holds(tab.layers), "before"), clean), "no straw man"


def test_the_network_never_waits_for_the_classical_method(
    mending: MendingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classical, "non_local_means", None)
    updates = mending.damaged("noise", 41)
    assert not set(updates) & {mending.tab.other, mending.tab.classical}


def test_a_picture_is_repaired_once_however_many_ask(mending: MendingVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    whole = Repairer.restore
    monkeypatch.setattr(Repairer, "restore", lambda *a, **k: asked.append(1) or whole(*a, **k))
    mending.damaged("noise", 33)
    mending.happens(mending.tab.layers, "tick")
    mending.happens(mending.switch, "input")
    assert len(asked) == 1


# -- the address, the language, the buttons ---------------------------------------------------------------------------


def test_the_address_damages_the_same_picture_again_to_the_pixel(built_mending: BuiltMending) -> None:
    there, here = MendingVisit(built_mending), MendingVisit(built_mending)
    there.set(photo="coffee", seed="123")
    updates = there.damaged("holes", 33)
    drawn = linked(here, html.unescape(query(updates, there.tab)))
    assert drawn[here.tab.layers] == there.holds(there.tab.layers)
    assert here.holds(here.tab.strengths["holes"]) == 33
    assert here.holds(here.tab.damage) == "holes"


@pytest.mark.parametrize("said", [
    "damage=fire&strength=7", "strength=1e9", "strength=nan", "photo=../etc&seed=-4", "place=9,9,9&seed=x",
])
def test_a_link_with_nonsense_opens_what_there_is(mending: MendingVisit, said: str) -> None:
    drawn = linked(mending, said)
    assert "layer after" in drawn[mending.tab.layers]
    assert mending.holds(mending.tab.photo) == "chelsea"


def test_a_strength_is_read_as_its_damage_means_it() -> None:
    assert View.read(Address({"v": "1", "damage": "blur", "strength": "1.5"})).strength == 1.5
    assert View.read(Address({"v": "1", "damage": "blur", "strength": "50"})).strength == STRENGTHS["blur"].default


def test_values_that_no_component_sends_are_refused(mending: MendingVisit) -> None:
    values = [mending.holds(one) for one in mending.tab.inputs]
    for place, nonsense in ((1, "dog"), (3, "-1"), (5, "fire"), (6, "nan"), (6, 1e9)):
        with pytest.raises(LabError):
            mending.tab.read("en", *values[:place], nonsense, *values[place + 1 :])


def test_another_roll_is_another_damage_of_the_same_strength(mending: MendingVisit) -> None:
    tab = mending.tab
    first = layer(mending.damaged("noise", 25)[tab.layers], "before")
    mending.set(seed="8")
    updates = mending.happens(tab.seed, "change")
    second = layer(updates[tab.layers], "before")
    clean = layer(updates[tab.layers], "clean")
    assert not np.array_equal(first, second)
    assert abs(psnr(first, clean) - psnr(second, clean)) < 0.3


def test_reset_goes_back_to_the_first_damage_of_the_same_picture(mending: MendingVisit) -> None:
    tab = mending.tab
    mending.set(photo="rocket", seed="5")
    mending.damaged("jpeg", 77)
    updates = mending.happens(tab.reset, "click")
    assert (mending.holds(tab.damage), mending.holds(tab.seed), mending.holds(tab.photo)) == ("noise", "7", "rocket")
    assert [mending.holds(one) for one in tab.strengths.values()] == [knob.default for knob in STRENGTHS.values()]
    assert "photo=rocket" in query(updates, tab)


def test_it_speaks_chinese(mending: MendingVisit) -> None:
    mending.language = "zh"
    updates = mending.happens(mending.switch, "input")
    for part in (mending.tab.verdict, mending.tab.network, mending.tab.classical, mending.tab.layers):
        words = re.sub(r"<[^>]*>", " ", updates[part])
        assert re.search(r"[\u4e00-\u9fff]", words), words
        assert not re.search(r"[a-z]{4,}", words.replace("OpenCV", "")), words


def test_of_the_sky_the_verdict_tells_what_decibels_do_not(mending: MendingVisit) -> None:
    tab = mending.tab
    mending.set(photo="hubble", seed="7")
    updates = mending.damaged("noise", 50)
    points = lost_points(piece("hubble"), layer(updates[tab.layers], "after"))
    assert points.before > 20
    assert f"{points.before} points of light, {len(points.lost)} are gone" in updates[tab.verdict]
    assert "dB" in updates[tab.verdict]


# -- without a network ------------------------------------------------------------------------------------------------


def test_without_a_restorer_the_rest_works_and_says_what_is_missing(tmp_path: Path) -> None:
    visit = MendingVisit(BuiltMending(Lab(tmp_path, device="cpu")))
    tab = visit.tab
    updates = visit.damaged("noise", 30)
    assert "complaint" in updates[tab.verdict]
    assert "restorer" in updates[tab.verdict]
    assert "layer before" in updates[tab.layers]
    assert "layer after" not in updates[tab.layers]
    assert updates[tab.network] == ""
    assert "layer other" in visit.happens(tab.layers, "tick")[tab.other]
    visit.damaged(MINE)
    assert "complaint" not in (visit.happens(tab.layers, "tick")[tab.message] or "")
