"""The rooms of the fold "For the curious" in the tab Restore, without a browser."""

from __future__ import annotations

import base64
import dataclasses
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contrastlab.core.images import Image, encode_jpeg, encode_png, open_image
from contrastlab.metrics.fidelity import psnr
from contrastlab.models.restorer.inference import Findings
from contrastlab.models.restorer.jacobian import pixel_filter, telling_places
from contrastlab.ui.tabs.restore import batch, bench
from contrastlab.ui.tabs.restore.batch import Batch
from contrastlab.ui.tabs.restore.estimate import TOLD, Estimate, rounded
from contrastlab.ui.tabs.restore.pixel import REACH, Pixel, read_place
from contrastlab.ui.tabs.restore.scene import Scene
from contrastlab.ui.tabs.restore.strengths import STRENGTHS, Against, Course
from contrastlab.ui.tabs.restore.view import MINE, View

from .visiting import MendingVisit


@pytest.fixture(autouse=True)
def empty_bench() -> None:
    """What one test has worked out is of no use to the next."""
    bench._bench.clear()


def room(mending: MendingVisit, kind: type) -> Any:
    """The room, with its door open."""
    fold = mending.fold("inside")
    mending.now[fold.room] = kind.NAME  # type: ignore[attr-defined]
    return next(one for one in fold.rooms if isinstance(one, kind))


def followed(mending: MendingVisit, damage: str, strength: float) -> dict[Any, Any]:
    """What the open room shows of this damage."""
    mending.damaged(damage, strength)
    return mending.follow(mending.fold("inside"))


def scene(mending: MendingVisit, damage: str, strength: float, language: str = "en") -> Scene:
    return Scene(mending.lab, View(damage=damage, strength=strength), None, "", language)


def pictures(drawn: str) -> list[Image]:
    return [open_image(base64.b64decode(one)).pixels
            for one in re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", drawn)]


# -- what it thinks is wrong ------------------------------------------------------------------------------------------


def test_the_sliders_stand_on_the_estimate_and_go_back_to_it_for_another_damage(mending: MendingVisit) -> None:
    here = room(mending, Estimate)
    for damage, strength, truth in (("noise", 40, "40"), ("jpeg", 20, "20"), ("blur", 2, "2.0"), ("small", 2, "0.9")):
        updates = followed(mending, damage, strength)
        found = rounded(scene(mending, damage, strength).findings)
        assert [mending.holds(one) for one in here.sliders.values()] == [found.noise, found.quality, found.blur]
        assert f'class="answer">{truth}</td>' in updates[here.table]
        assert f"<td>{found.quality:.0f}</td>" in updates[here.table]
        first, second = pictures(updates[here.pair])
        assert np.array_equal(first, second)
        assert "move one" in updates[here.pair]


def test_what_it_is_told_is_what_it_repairs_for(mending: MendingVisit) -> None:
    here = room(mending, Estimate)
    followed(mending, "noise", 40)
    mending.now[here.sliders["noise"]] = 90
    updates = mending.happens(here.sliders["noise"], "input")
    shown = scene(mending, "noise", 40)
    first, second = pictures(updates[here.pair])
    found = rounded(shown.findings)
    expected = shown.repairer.restore(shown.damaged.image, None, Findings(90, found.quality, found.blur))
    assert np.array_equal(second, expected)
    assert np.array_equal(first, shown.repaired.image)
    assert not np.array_equal(first, second)
    assert shown.clean is not None
    assert f"{psnr(expected, shown.clean):.1f} dB" in updates[here.pair]
    assert "move one" not in updates[here.pair]
    updates = mending.happens(here.again, "click")
    assert mending.holds(here.sliders["noise"]) == found.noise
    assert np.array_equal(*pictures(updates[here.pair]))


def test_where_nobody_knows_there_are_no_decibels(mending: MendingVisit) -> None:
    here = room(mending, Estimate)
    updates = followed(mending, MINE, 100)
    assert "nobody knows" in updates[here.table]
    mending.now[here.sliders["noise"]] = 60
    updates = mending.happens(here.sliders["noise"], "input")
    assert " dB<" not in updates[here.pair]
    assert "Compare" in updates[here.pair]


def test_an_estimate_beyond_the_sliders_is_cut() -> None:
    assert rounded(Findings(140.2, 0.2, 9.44)) == Findings(100, TOLD["quality"].minimum, 8)


# -- decibels against strength ----------------------------------------------------------------------------------------


def test_the_curve_is_that_of_the_pictures_and_comes_point_by_point(mending: MendingVisit) -> None:
    here = room(mending, Against)
    followed(mending, "blur", 2)
    answers = list(mending.stream(here.press, "click"))
    known = [Course.read(one[here.known]) for one in answers if here.known in one]
    assert [len(one.network) for one in known if one] == list(range(len(STRENGTHS["blur"]) + 1))
    last = known[-1]
    assert last is not None
    for place, strength in ((0, STRENGTHS["blur"][0]), (3, STRENGTHS["blur"][3])):
        shown = scene(mending, "blur", strength)
        assert shown.clean is not None
        assert last.network[place] == psnr(shown.repaired.image, shown.clean)
        assert last.classical[place] == psnr(shown.classical.image, shown.clean)
        assert last.damaged[place] == psnr(shown.before, shown.clean)
    assert "dB" in answers[-1][here.progress.line]
    chart = answers[-2][here.chart]
    assert chart.count("<circle") == 3 * len(STRENGTHS["blur"])
    assert "Wiener" in chart


def test_the_curve_stays_while_the_slider_moves_and_goes_with_the_damage(mending: MendingVisit) -> None:
    here = room(mending, Against)
    followed(mending, "small", 2)
    list(mending.stream(here.press, "click"))
    before = mending.holds(here.chart)
    updates = followed(mending, "small", 4)
    assert updates[here.chart].count("<circle") == before.count("<circle")
    assert updates[here.chart] != before  # the slider's mark has moved
    assert followed(mending, "noise", 20)[here.chart] == ""
    mending.now[here.known] = "[1, {"
    assert mending.follow(mending.fold("inside"))[here.chart] == ""


def test_a_curve_needs_the_truth(mending: MendingVisit) -> None:
    here = room(mending, Against)
    followed(mending, MINE, 100)
    answers = list(mending.stream(here.press, "click"))
    assert "Nobody knows the original" in answers[-1][here.message]
    assert mending.holds(here.chart) == ""


# -- the filter at a pixel --------------------------------------------------------------------------------------------


def test_the_filter_is_that_of_the_pixel_aimed_at(mending: MendingVisit) -> None:
    here = room(mending, Pixel)
    followed(mending, "noise", 40)
    mending.now[here.place] = "100,60"
    updates = mending.happens(here.place, "change")
    assert here.picture not in updates  # who moves the aim by keys keeps the focus
    shown = scene(mending, "noise", 40)
    found = pixel_filter(shown.repairer, shown.damaged.image, 60, 100, told=shown.findings)
    quietens = found.effective >= 1.5
    assert (f"plain mean of {found.effective:.0f} pixels" in updates[here.weights]) == quietens
    assert (f"{found.effective ** -0.5:.1f} times" in updates[here.weights]) != quietens
    around, weights = pictures(updates[here.weights])
    assert np.array_equal(around, shown.damaged.image[60 - REACH : 61 + REACH, 100 - REACH : 101 + REACH])
    assert weights.shape == around.shape
    strongest = np.unravel_index(np.abs(found.kernel).argmax(), found.kernel.shape)
    place = (strongest[0] + found.top - 60 + REACH, strongest[1] + found.left - 100 + REACH)
    assert (weights[place] == [0x00, 0x9E, 0x73]).all() == (found.kernel[strongest] > 0)


@pytest.mark.parametrize("said", ["", "nonsense", "9999,9999", "-1,3", "288,0"])
def test_an_aim_beside_the_picture_is_an_edge_in_it(mending: MendingVisit, said: str) -> None:
    shown = scene(mending, "noise", 40)
    row, column = read_place(said, shown)
    assert (row, column) == telling_places(shown.source)["edge"]


def test_at_the_corner_there_is_less_to_see(mending: MendingVisit) -> None:
    here = room(mending, Pixel)
    followed(mending, "noise", 40)
    mending.now[here.place] = "0,0"
    around, _ = pictures(mending.happens(here.place, "change")[here.weights])
    assert around.shape == (2 * REACH + 1, 2 * REACH + 1, 3)


# -- many at once -----------------------------------------------------------------------------------------------------


def noisy(seed: int, height: int = 40, width: int = 60) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def put(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def packed(folder: Path, files: dict[str, bytes]) -> str:
    path = folder / "mine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def test_files_and_a_zip_come_back_repaired_and_bad_ones_are_listed(mending: MendingVisit, tmp_path: Path) -> None:
    here = room(mending, Batch)
    alpha = np.full((40, 60), 77, np.uint8)
    paths = [
        put(tmp_path, "one.png", encode_png(noisy(1), alpha)), put(tmp_path, "two.jpg", encode_jpeg(noisy(2), 90)),
        put(tmp_path, "bad.png", b"no picture"),
        packed(tmp_path, {"far/../../one.png": encode_png(noisy(3)), "in/er/ONE.PNG": encode_png(noisy(4)),
                          "in/er/one.jpg": encode_png(noisy(5)), "in/torn.png": encode_png(noisy(6))[:60]}),
    ]
    answers = list(mending.stream(here.files, "upload", paths))
    place = mending.now[here.file]
    repairer = mending.lab.restorer()
    with zipfile.ZipFile(place) as archive:
        names = archive.namelist()
        assert names == ["one.png", "two.png", "far/one.png", "in/er/ONE.png", "in/er/one-2.png"]
        first = open_image(archive.read("one.png"))
        assert np.array_equal(first.pixels, repairer.restore(noisy(1)))
        assert first.alpha is not None
        assert np.array_equal(first.alpha, alpha)
        assert np.array_equal(open_image(archive.read("in/er/one-2.png")).pixels, repairer.restore(noisy(5)))
    last = answers[-1]
    assert "Pictures repaired: 5" in last[here.result]
    assert "Left out: 2" in last[here.result]
    assert "bad.png" in last[here.result]
    assert "in/torn.png" in last[here.result]
    assert f"<td>{repairer.estimate(noisy(1)).noise:.0f}</td>" in last[here.result]
    assert any("two.jpg" in one.get(here.progress, "") for one in answers)
    assert not any(Path(path).exists() for path in paths)  # nothing is kept
    assert last[here.progress] == ""


def test_more_than_the_bound_is_left_out(
    mending: MendingVisit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "BOUNDS", dataclasses.replace(batch.BOUNDS, pictures=2))
    here = room(mending, Batch)
    paths = [put(tmp_path, f"{seed}.png", encode_png(noisy(seed))) for seed in range(4)]
    last = list(mending.stream(here.files, "upload", paths))[-1]
    assert "Pictures repaired: 2" in last[here.result]
    assert "Left out: 1" in last[here.result]


def test_nothing_but_bad_files_is_a_list_of_reasons_and_no_zip(mending: MendingVisit, tmp_path: Path) -> None:
    here = room(mending, Batch)
    mending.now[here.file] = None
    last = list(mending.stream(here.files, "upload", [put(tmp_path, "bad.zip", b"PK\x03\x04 no")]))[-1]
    assert "bad.zip" in last[here.result]
    assert mending.now[here.file] is None
    assert "no picture" in list(mending.stream(here.files, "upload", []))[-1][here.result]


def test_a_stop_leaves_no_half_zip_and_no_files(
    mending: MendingVisit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = room(mending, Batch)
    places = []

    def place(_: Any, name: str) -> Path:
        places.append(tmp_path / name)
        return places[-1]

    monkeypatch.setattr(batch, "file_place", place)
    paths = [put(tmp_path, f"{seed}.png", encode_png(noisy(seed))) for seed in range(4)]
    running = mending.stream(here.files, "upload", paths)
    for _ in range(5):
        next(running)
    assert places[0].exists()
    running.close()  # as Gradio does with what is cancelled
    assert not places[0].exists()
    assert not any(Path(path).exists() for path in paths)
