"""Whether a repair is true: the numbers that are told, what is hatched, and what cannot be told."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from contrastlab.core.images import Image, encode_png, open_image
from contrastlab.data.degrade import degrade
from contrastlab.models.restorer.trust import Spread, self_consistency
from contrastlab.text import LANGUAGES, say
from contrastlab.ui.drawing import number
from contrastlab.ui.tabs.restore import bench, checks
from contrastlab.ui.tabs.restore.checks import Doubt
from contrastlab.ui.tabs.restore.scene import Repaired, Scene
from contrastlab.ui.tabs.restore.verdicts import fits, made_up, took
from contrastlab.ui.tabs.restore.view import DAMAGE, MINE, STRENGTHS, View

from .visiting import MendingVisit

STRENGTH = {"noise": 25.0, "jpeg": 30.0, "blur": 1.5, "small": 2.0, "holes": 5.0, MINE: 100.0}


@pytest.fixture(autouse=True)
def empty_bench() -> None:
    """What one test has worked out is of no use to the next."""
    bench._bench.clear()


def scene(mending: MendingVisit, damage: str, language: str = "en", **changed: object) -> Scene:
    view = replace(View(), damage=damage, strength=STRENGTHS[damage].check(changed.get("strength", STRENGTH[damage])))
    return Scene(mending.lab, view, None, "", language)


def repaired_as(looked: Scene, image: Image) -> Scene:
    """The scene, had the network come to this."""
    looked.__dict__["repaired"] = Repaired("restorer", image, 0.1)
    return looked


def words(drawn: str) -> str:
    return re.sub('base64,[^"]*', "", drawn)


def overlay(drawn: str) -> np.ndarray | None:
    """bool (H, W) of what is hatched, in the picture's own pixels."""
    found = re.search(r'base64,([^"]+)" alt="" class="hatched', drawn)
    if found is None:
        return None
    alpha = open_image(base64.b64decode(found[1])).alpha
    assert alpha is not None
    return alpha[::3, ::3] > 0


# -- does it fit ------------------------------------------------------------------------------------------------------


def test_the_truth_fits_and_leaves_as_much_as_the_noise(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    assert looked.clean is not None
    told = words(fits(repaired_as(looked, looked.clean)))
    left = self_consistency(looked.clean, lambda image: image, looked.damaged.image).size
    assert 23.5 < left < 25.5
    facts = {"size": number(left, 1), "expected": number(left, 1)}
    assert say("restore.true.fits.noise", "en", leaves=say("restore.true.fits.added", "en", **facts), **facts) in told
    assert say("restore.true.fits.caution", "en") in told
    assert not checks.fit(looked).beyond.any()


def test_where_it_disagrees_is_where_the_lie_is_and_not_where_the_noise_is_cut_off(mending: MendingVisit) -> None:
    looked = Scene(mending.lab, replace(View(), photo="hubble"), None, "", "en")
    assert looked.clean is not None
    image = looked.clean.copy()
    image[40:80, 40:100] = 255 - image[40:80, 40:100]
    beyond = checks.fit(repaired_as(looked, image)).beyond
    assert beyond[50:70, 50:90].min() > 40 and beyond[110:].max() == 0


@pytest.mark.parametrize(("lie", "key"), [("kept", "kept"), ("turned", "against")])
def test_noise_that_was_kept_and_a_contradiction_are_told_apart(mending: MendingVisit, lie: str, key: str) -> None:
    looked = scene(mending, "noise")
    assert looked.clean is not None
    image = looked.damaged.image if lie == "kept" else np.ascontiguousarray(looked.clean[:, ::-1])
    found = self_consistency(image, lambda picture: picture, looked.damaged.image)
    expected = self_consistency(looked.clean, lambda picture: picture, looked.damaged.image).size
    facts = {"size": number(found.size, 1), "expected": number(expected, 1)}
    leaves = say("restore.true.fits.added", "en", **facts)
    assert say(f"restore.true.fits.{key}", "en", leaves=leaves, **facts) in words(fits(repaired_as(looked, image)))


@pytest.mark.parametrize("damage", ["jpeg", "blur", "small"])
def test_a_damage_without_chance_is_repeated_exactly(mending: MendingVisit, damage: str) -> None:
    looked = scene(mending, damage)
    assert looked.clean is not None
    one = checks.fit(repaired_as(looked, looked.clean))
    assert one.found.size == 0 and np.array_equal(one.again, looked.damaged.image)
    idle = self_consistency(
        looked.damaged.image, lambda image: degrade(image, looked.view.damages()).image, looked.damaged.image
    ).size
    facts = {"size": "0.0", "idle": number(idle, 1)}
    assert say("restore.true.fits.exact", "en", **facts) in words(fits(looked))
    wrong = scene(mending, damage)
    assert "It disagrees" in fits(repaired_as(wrong, np.ascontiguousarray(looked.clean[::-1])))


def test_of_holes_it_is_said_that_nothing_can_be_asked(mending: MendingVisit) -> None:
    looked = scene(mending, "holes")
    assert say("restore.true.fits.holes", "en") in fits(looked) and "<img" not in fits(looked)
    assert say("restore.true.taken.holes", "en") in took(looked) and "<img" not in took(looked)


# -- what was made up -------------------------------------------------------------------------------------------------


def doubtful(looked: Scene, where: tuple[slice, slice], levels: float = 10.0) -> Doubt:
    deviation = np.full(looked.source.shape[:2], 1.0, np.float32)
    deviation[where] = levels
    spread = Spread(8, 8, looked.source.astype(np.float32), deviation)
    return Doubt(checks.subject_of(looked), 8, 16, (spread,))


def test_it_is_hatched_where_the_repairs_lie_apart_and_nowhere_else(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    where = np.s_[20:60, 30:90]
    drawn = made_up(looked, doubtful(looked, where), 4.0)
    hatched = overlay(drawn)
    assert hatched is not None
    expected = np.zeros(looked.source.shape[:2], bool)
    expected[where] = True
    assert np.array_equal(hatched, expected)
    facts = {"share": number(100 * expected.mean(), 1), "done": 8, "total": 16, "beyond": "4.0"}
    assert say("restore.true.share", "en", **facts) in drawn
    assert overlay(made_up(looked, doubtful(looked, where), 12.0)) is None, "beyond the threshold nothing is left"


def test_the_map_is_tested_against_the_truth(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    assert looked.clean is not None
    where = np.s_[20:60, 30:90]
    image = looked.clean.astype(int)
    image[where] += np.where(image[where] < 128, 20, -20)
    image[100:, :] += np.where(image[100:, :] < 128, 2, -2)
    right = repaired_as(looked, image.astype(np.uint8))
    outside = (4 * 92 * 288 / (192 * 288 - 40 * 60)) ** 0.5
    facts = {"inside": "20.0", "outside": number(outside, 1)}
    assert say("restore.true.test.tells", "en", **facts) in made_up(right, doubtful(right, where), 4.0)
    elsewhere = np.s_[100:140, 100:200]
    assert "Here the hatching tells little" in made_up(right, doubtful(right, elsewhere), 4.0)
    error = number(float(np.sqrt(np.square(right.repaired.image.astype(float) - looked.clean).mean())), 1)
    assert say("restore.true.test.none", "en", error=error) in made_up(right, doubtful(right, where), 12.0)
    assert say("restore.true.test.all", "en", error=error) in made_up(right, doubtful(right, np.s_[:, :]), 4.0)


def test_a_hole_is_hatched_from_the_start(mending: MendingVisit) -> None:
    looked = scene(mending, "holes")
    drawn = made_up(looked, None, 4.0)
    assert np.array_equal(overlay(drawn), looked.damaged.missing)
    assert say("restore.true.not-yet", "en") in drawn


@pytest.mark.parametrize(("damage", "total"), [("noise", 16), ("jpeg", 8), ("holes", 8)])
def test_a_search_shows_its_way_and_can_be_stopped_with_what_there_is(
    mending: MendingVisit, damage: str, total: int
) -> None:
    fold = mending.fold("true")
    mending.damaged(damage, STRENGTH[damage])
    steps = mending.stream(fold.press, "click")
    assert next(steps)[fold.stop]["visible"] is True
    for _ in range(3):
        seen = next(steps)
    assert f"3 repairs (of {total})" in seen[fold.made_up]
    steps.close()
    idle = mending.happens(fold.stop, "click")
    assert idle[fold.stop]["visible"] is False and fold.made_up not in idle
    found = mending.now[fold.doubt]
    assert found.done == 3
    followed = mending.follow(fold)[fold.made_up]
    assert followed == seen[fold.made_up], "what has been found stays"
    mending.now[fold.beyond] = 30.0
    assert mending.happens(fold.beyond, "input")[fold.made_up] != followed
    *_, last = mending.stream(fold.press, "click")
    assert last[fold.stop]["visible"] is False and mending.now[fold.doubt].done == total
    mending.damaged(damage, STRENGTHS[damage].maximum / 2)
    assert say("restore.true.not-yet", "en") in mending.follow(fold)[fold.made_up], "found of another picture"


def test_the_spread_is_that_of_turned_pictures_and_of_other_dice(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    *_, last = checks.doubting(looked)
    turns, redraws = last.spreads
    assert (last.done, turns.done, redraws.done) == (16, 8, 8)
    assert looked.clean is not None
    again = degrade(looked.clean, looked.view.damages(), looked.view.seed + 1).image
    assert not np.array_equal(again, looked.damaged.image)
    assert np.array_equal(last.deviation, np.maximum(turns.deviation, redraws.deviation))
    assert np.array_equal(
        last.unrecovered(None, 3.0), turns.unrecovered(beyond=3.0) | redraws.unrecovered(beyond=3.0)
    )


# -- what was taken away ----------------------------------------------------------------------------------------------


def test_detail_that_went_with_the_noise_is_counted(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    assert looked.clean is not None
    true = took(repaired_as(looked, looked.clean))
    assert "Hardly any detail" in true
    images = [open_image(base64.b64decode(one)).pixels for one in re.findall(r'base64,([^"]+)"', true)]
    assert len(images) == 2 and np.array_equal(*images)
    flat = np.broadcast_to(looked.clean.mean(axis=(0, 1)).astype(np.uint8), looked.clean.shape).copy()
    other = repaired_as(scene(mending, "noise"), flat)
    assert checks.taken(other).detail == pytest.approx(1)
    assert say("restore.true.taken.detail", "en", detail="100") in took(other)
    noisy = repaired_as(scene(mending, "noise"), looked.damaged.image)
    assert checks.taken(noisy).detail == pytest.approx(0, abs=0.05), "all of it is still there, under the noise"


def test_what_was_taken_is_compared_with_what_was_due(mending: MendingVisit) -> None:
    looked = scene(mending, "blur")
    assert looked.clean is not None
    assert say("restore.true.taken.agreement", "en", agreement="1.00") in took(repaired_as(looked, looked.clean))
    assert checks.taken(repaired_as(scene(mending, "blur"), looked.damaged.image)).agreement is None


# -- where nobody knows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sigma", [0, 30])
def test_without_the_truth_no_number_that_needs_it(
    mending: MendingVisit, language: str, sigma: int, tmp_path: object
) -> None:
    known = scene(mending, MINE, language)
    given = degrade(known.source, [("noise", {"noise": sigma})], 3).image
    path = tmp_path / "mine.png"  # type: ignore[operator]
    path.write_bytes(encode_png(given))
    looked = Scene(mending.lab, replace(known.view, photo=""), str(path), "", language)
    assert looked.clean is None
    drawn = fits(looked) + made_up(looked, doubtful(looked, np.s_[:40, :40]), 4.0) + took(looked)
    assert say("restore.true.untested", language) in drawn
    for key in ("wrong", "due"):
        assert say(f"restore.true.{key}", language) not in drawn
    told = looked.findings
    assert say("restore.true.fits.own", language, noise=number(told.noise, 0), quality=number(told.quality, 0),
               blur=number(told.blur, 1)) in drawn
    assert checks.tested(looked, np.ones(looked.source.shape[:2], bool)) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("damage", DAMAGE.options)
def test_the_fold_answers_for_every_damage(mending: MendingVisit, damage: str, language: str) -> None:
    mending.language = language
    fold = mending.fold("true")
    mending.damaged(damage, STRENGTH[damage])
    drawn = mending.happens(fold.accordion, "expand")
    assert [bool(drawn[one]) for one in (fold.fits, fold.made_up, fold.taken)] == [True] * 3
    assert not drawn[fold.complaint] and "nan" not in "".join(words(drawn[one]) for one in fold.outputs)
