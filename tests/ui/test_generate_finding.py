"""The tab Generate: a picture is found in a generator, a goal is climbed, and neither is kept."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contrastlab.core.images import encode_jpeg, encode_png
from contrastlab.data.datasets import photo
from contrastlab.data.seen import view as seen_at
from contrastlab.studies import inversion
from contrastlab.studies.reach import Reach
from contrastlab.ui.bringing import bring
from contrastlab.ui.tabs.built import Carried
from contrastlab.ui.tabs.generate import ascent, finding
from contrastlab.ui.tabs.generate.finding import Found
from contrastlab.ui.tabs.generate.latents import pack, unpack
from contrastlab.ui.tabs.generate.taking import take

from .studio import LATENT
from .test_generate import picture
from .visiting import MakingVisit


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches and climbs of a few steps, each of them shown."""
    monkeypatch.setattr(finding, "_FRAME", 0)
    monkeypatch.setattr(ascent, "_FRAME", 0)
    monkeypatch.setattr(finding, "invert", lambda *a, **k: inversion.invert(*a, steps=6, restarts=3, **k))
    real = ascent.ascend
    monkeypatch.setattr(ascent, "ascend", lambda *a, **k: real(*a, steps=4, **k))


def opened(making: MakingVisit) -> Any:
    fold = making.fold("finding")
    making.follow(fold)
    return fold


def search(making: MakingVisit) -> list[dict[Any, Any]]:
    return list(making.stream(making.fold("finding").press, "click"))


def test_it_begins_with_the_picture_above(making: MakingVisit) -> None:
    fold = opened(making)
    shown = making.holds(fold.pair)
    assert np.array_equal(picture(shown), picture(making.holds(making.tab.main)))
    assert "appears here" in shown and making.holds(fold.found) == ""


def test_a_search_is_seen_as_it_goes_and_ends_with_numbers(making: MakingVisit) -> None:
    fold = opened(making)
    answers = search(making)
    frames = [one for one in answers if fold.pair in one]
    assert len(frames) == 8 and answers[0][fold.stop]["visible"]  # seven on the way, and the last again in the end
    line = fold.progress.line
    assert "step 3 of 6" in frames[3][line] and frames[3][fold.course].count("<polyline") == 4
    assert "not measured" in frames[-1][line]
    assert answers[-1][fold.edit]["visible"] and not answers[-1][fold.stop]["visible"]
    found = Found.read(making.holds(fold.found))
    assert found is not None and found.model == making.holds(making.tab.model)
    # What is seen is what the numbers paint.
    generator = making.lab.generator(found.model)
    painted = generator.paint(unpack(found.latents, LATENT)[None], [generator.class_number(found.kind)])[0]
    _, right = making.holds(fold.pair).split("</figure>", 1)
    assert np.array_equal(picture(right), painted)


def test_what_was_found_is_edited_with_the_sliders(making: MakingVisit) -> None:
    fold, tab = opened(making), making.tab
    making.set(step1=1.0)
    search(making)
    found = Found.read(making.holds(fold.found))
    assert found is not None
    making.happens(fold.edit, "click")
    assert making.holds(tab.base) == found.latents and making.holds(tab.kind) == found.kind
    assert making.holds(tab.sliders[0]) == 0 and "numbers that were found" in making.holds(tab.main)
    before = picture(making.holds(tab.main))
    assert np.array_equal(before, picture(making.holds(fold.pair).split("</figure>", 1)[1]))
    making.set(step1=2.0)
    making.happens(tab.sliders[0], "input")
    assert not np.array_equal(before, picture(making.holds(tab.main)))


def test_what_is_over_says_nothing_of_a_stop(making: MakingVisit) -> None:
    fold = opened(making)
    begun(making, fold.press, fold.pair, 2)
    making.happens(fold.stop, "click")
    search(making)
    assert "halt" not in making.holds(fold.progress.outputs[1]) and "Stopped" not in making.holds(fold.progress.line)


def begun(making: MakingVisit, press: Any, shown: Any, frames: int) -> None:
    """Press, and have so many frames of a search in sight."""
    search = making.stream(press, "click")
    while frames:
        frames -= shown in next(search)
    search.close()


def test_a_search_that_is_stopped_says_so_and_keeps_what_it_found(making: MakingVisit) -> None:
    fold = opened(making)
    begun(making, fold.press, fold.pair, 4)
    there, found = making.holds(fold.pair), making.holds(fold.found)
    updates = making.happens(fold.stop, "click")
    assert "Stopped at step 3 of 6" in making.holds(fold.progress.line)
    assert "halt" in making.holds(fold.progress.outputs[1]) and fold.progress.line not in updates
    assert updates[fold.edit]["visible"] and updates[fold.press]["interactive"] and not updates[fold.stop]["visible"]
    assert making.holds(fold.pair) == there and making.holds(fold.found) == found
    making.follow(fold)
    assert "halt" in making.holds(fold.progress.outputs[1])
    making.happens(fold.edit, "click")
    assert making.holds(making.tab.base) == Found.read(found).latents  # type: ignore[union-attr]
    making.happens(fold.samples, "select", "coffee")
    assert [making.holds(one) for one in fold.progress.outputs] == ["", ""]


def test_without_anything_found_there_is_nothing_to_edit(making: MakingVisit) -> None:
    fold = opened(making)
    for said in ("", "[]", "[1, 2, 3, 4]", "nonsense", json.dumps(["gan-flowers64", 1, "AAAA", "rose"]),
                 json.dumps(["gan-flowers64", 1, pack(np.zeros(LATENT, np.float32)), "unicorn"])):
        making.now[fold.found] = said
        updates = making.happens(fold.edit, "click")
        assert set(updates) == {fold.message} and "complaint" in updates[fold.message], said


def test_the_result_stays_for_its_picture_and_goes_with_another(making: MakingVisit) -> None:
    fold = opened(making)
    search(making)
    assert fold.pair not in making.follow(fold)
    making.happens(fold.samples, "select", "coffee")
    assert making.holds(fold.target) == "coffee" and making.holds(fold.found) == ""
    shown = picture(making.holds(fold.pair))
    assert np.abs(shown.astype(int) - seen_at(photo("coffee"), shown.shape[0])).mean() < 2
    making.happens(fold.above, "click")
    assert making.holds(fold.target) == ""
    search(making)
    making.set(seed="another")
    making.follow(fold)
    assert making.holds(fold.found) == "" and "appears here" in making.holds(fold.pair)


def test_an_upload_is_made_small_and_its_file_goes_at_once(making: MakingVisit, tmp_path: Path) -> None:
    fold = opened(making)
    path = tmp_path / "large.jpg"
    tall = np.tile(np.linspace(0, 255, 8000).astype(np.uint8)[:, None, None], (1, 6400, 3))
    path.write_bytes(encode_jpeg(tall))  # 51 megapixels
    making.happens(fold.upload, "input", str(path))
    assert not path.exists() and making.holds(fold.upload_message) == ""
    assert len(making.holds(fold.target)) < 100_000
    side = making.lab.generator(making.holds(making.tab.model)).side
    shown = picture(making.holds(fold.pair)).astype(int)
    assert shown.shape == (side, side, 3) and abs(shown[0].mean() - 26) < 10 and abs(shown[-1].mean() - 229) < 10
    search(making)
    assert Found.read(making.holds(fold.found)) is not None


def test_a_digit_on_paper_is_turned_over_for_a_network_of_digits(making: MakingVisit, tmp_path: Path) -> None:
    paper = np.full((200, 160, 3), 235, np.uint8)
    paper[40:150, 70:85] = 30
    path = tmp_path / "one.png"
    fold = making.fold("finding")
    for model, turned in (("gan-digits-lsgan", True), ("gan-flowers64", False)):
        path.write_bytes(encode_png(paper))
        making.set(model=model)
        making.happens(fold.upload, "input", str(path))
        shown = picture(making.holds(fold.pair))
        assert ("light on black" in making.holds(fold.pair)) == turned
        assert (shown[0].max() == 0) == turned
    making.set(model="gan-digits-lsgan")
    target = picture(making.follow(fold)[fold.pair])
    search(making)
    assert np.array_equal(picture(making.holds(fold.pair)), target) and "light on black" in making.holds(fold.pair)
    assert fold.pair not in making.follow(fold)


@pytest.mark.parametrize("kind", ["grey", "alpha", "tiny", "palette"])
def test_any_kind_of_picture_can_be_brought(making: MakingVisit, tmp_path: Path, kind: str) -> None:
    import PIL.Image

    path = tmp_path / "picture.png"
    whole = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 40, 4), np.uint8))
    made = {"grey": whole.convert("L"), "alpha": whole, "tiny": whole.convert("RGB").crop((0, 0, 8, 8)),
            "palette": whole.convert("RGB").convert("P")}
    made[kind].save(path)
    fold = opened(making)
    making.happens(fold.upload, "input", str(path))
    assert making.holds(fold.upload_message) == "" and "data:image/png" in making.holds(fold.pair)


def test_what_is_no_picture_is_told_and_changes_nothing(making: MakingVisit, tmp_path: Path) -> None:
    fold = opened(making)
    path = tmp_path / "words.png"
    path.write_text("no picture")
    updates = making.happens(fold.upload, "input", str(path))
    assert "complaint" in updates[fold.upload_message] and fold.target not in updates and not path.exists()
    head = "data:image/png;base64,"
    broken = [head + "AAAA", head + "!!!", "../../etc/passwd", "data:text/html,x", head + "A" * 10**6, "12",
              head + base64.b64encode(encode_png(np.zeros((4, 4, 3), np.uint8))).decode()]
    for said in broken:
        making.now[fold.target] = said
        *_, last = search(making)
        assert 'role="alert"' in last[fold.message] and "bug" not in last[fold.message], said[:40]
        assert last[fold.press]["interactive"]


def test_two_visitors_do_not_see_each_others(making: MakingVisit) -> None:
    other = MakingVisit.__new__(MakingVisit)
    other.__dict__ = {**making.__dict__, "now": {}}
    fold = opened(making)
    opened(other)
    making.happens(fold.samples, "select", "coffee")
    search(making)
    assert other.holds(fold.target) == "" and other.holds(fold.found) == ""


@pytest.mark.parametrize(("loss", "verdict"), [(0.0, "Found"), (0.5, "Alike"), (9.0, "not from its world")])
def test_the_verdict_is_what_was_measured(
    making: MakingVisit, monkeypatch: pytest.MonkeyPatch, loss: float, verdict: str
) -> None:
    reach = Reach("", "", 1, 1, (loss - 0.1, loss + 0.1) if not loss else (0.0, 1e-6),
                  (1e6, 1e6) if loss < 9 else (0.0, 1e-6), (1e6, 2e6))
    monkeypatch.setattr(making.lab, "reach", lambda name: reach, raising=False)
    if not loss:
        monkeypatch.setattr(Reach, "limits", (1e6, 2e6))
    fold = opened(making)
    search(making)
    assert verdict in making.holds(fold.progress.line)
    assert ("no proof" in making.holds(fold.progress.line)) == (verdict == "Alike")


def test_a_picture_that_comes_along_opens_the_fold(making: MakingVisit) -> None:
    fold, tab = making.fold("finding"), making.tab
    updates = take(tab, "en", Carried("chelsea", None, ""), *(making.holds(one) for one in tab.inputs))
    assert updates[fold.accordion]["open"] and updates[fold.target].startswith("data:image/png")
    side = making.lab.generator(making.holds(tab.model)).side
    there = picture(updates[fold.pair]).astype(int)
    assert np.abs(there - seen_at(photo("chelsea"), side)).mean() < 3
    same = take(tab, "en", Carried(pixels=photo("chelsea")), *(making.holds(one) for one in tab.inputs))
    assert np.array_equal(picture(same[fold.pair]), picture(updates[fold.pair]))
    assert bring(photo("chelsea")[:9, :9]).startswith("data:image/png")  # smaller than what is kept


# -- the climb ----------------------------------------------------------------------------------------------------


def room(making: MakingVisit) -> Any:
    fold = making.fold("more")
    making.now[fold.room] = "ascent"
    making.follow(fold)
    return next(one for one in fold.rooms if one.NAME == "ascent")


def climbed(making: MakingVisit, climb: Any, **values: Any) -> list[dict[Any, Any]]:
    for name, value in values.items():
        making.now[getattr(climb, name)] = value
    return list(making.stream(climb.press, "click"))


@pytest.mark.parametrize("where", ["latents", "pixels"])
@pytest.mark.parametrize("goal", ["class", "realness", "likeness"])
def test_a_goal_is_climbed_and_what_was_won_is_told(making: MakingVisit, goal: str, where: str) -> None:
    climb = room(making)
    answers = climbed(making, climb, goal=goal, where=where)
    assert len([one for one in answers if climb.pair in one]) == 6
    last = answers[-1]
    assert last[climb.pair].count("data:image/png") == 2 and "<polyline" in last[climb.course]
    assert "Before:" in last[climb.progress.line] and not last[climb.stop]["visible"]
    assert ("numbers are" in last[climb.progress.line]) == (where == "latents")
    assert np.array_equal(picture(last[climb.pair]), picture(making.holds(making.tab.main)))


def test_a_climb_that_is_stopped_says_where(making: MakingVisit) -> None:
    climb = room(making)
    begun(making, climb.press, climb.pair, 3)
    there = making.holds(climb.pair)
    updates = making.happens(climb.stop, "click")
    assert "Stopped at step 2 of 4" in making.holds(climb.progress.line) and updates[climb.press]["interactive"]
    assert "halt" in making.holds(climb.progress.outputs[1])
    assert making.holds(climb.pair) == there and there.count("data:image/png") == 2


def test_the_aims_fit_the_goal(making: MakingVisit) -> None:
    climb = room(making)
    kinds = making.lab.generator(making.holds(making.tab.model)).classes
    assert all(f'data-pick="{kind}"' in making.holds(climb.aims) for kind in kinds)
    making.now[climb.aim] = kinds[0]
    making.now[climb.goal] = "likeness"
    making.follow(making.fold("more"))
    assert 'data-pick="chelsea"' in making.holds(climb.aims) and 'aria-pressed="true"' in making.holds(climb.aims)
    making.now[climb.goal] = "realness"
    making.follow(making.fold("more"))
    assert "discriminator" in making.holds(climb.aims)


def test_an_autoencoder_has_no_judge_and_says_so(making: MakingVisit) -> None:
    making.set(model="vae-digits", seed="1")
    climb = room(making)
    last = climbed(making, climb, goal="realness")[-1]
    assert "vae-digits" in last[climb.message] and "complaint" in last[climb.message]


@pytest.mark.parametrize(("name", "value"), [
    ("goal", "fame"), ("where", "dreams"), ("begin", 3), ("pace", 1e9), ("pace", float("nan")), ("restraint", "much"),
])
def test_what_no_control_can_send_is_told(making: MakingVisit, name: str, value: object) -> None:
    climb = room(making)
    last = climbed(making, climb, **{name: value})[-1]
    assert 'role="alert"' in last[climb.message] and "bug" not in last[climb.message]
    assert climb.pair not in last
