"""The room "Step by step" in the tab Restore, without a browser."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from contrastlab.metrics.fidelity import psnr
from contrastlab.models.restorer.gradient import Frame
from contrastlab.models.restorer.operators import identity
from contrastlab.text import say
from contrastlab.ui.bringing import bring
from contrastlab.ui.tabs.restore import stepwise
from contrastlab.ui.tabs.restore.problem import PAINTER, STEPS, Problem, _smooth, problem, search, shown
from contrastlab.ui.tabs.restore.scene import Scene
from contrastlab.ui.tabs.restore.stepwise import Stepwise
from contrastlab.ui.tabs.restore.strengths import STRENGTHS
from contrastlab.ui.tabs.restore.view import MINE, View

from .test_restore_curious import followed, pictures, room, scene
from .visiting import MendingVisit


@pytest.mark.parametrize("damage", ["noise", "jpeg", "blur", "small", "holes"])
def test_the_operator_makes_of_the_piece_what_is_seen(mending: MendingVisit, damage: str) -> None:
    given = problem(scene(mending, damage, STRENGTHS[damage][2]))
    assert given.clean is not None
    again = given.operator.forward(torch.from_numpy(given.clean.transpose(2, 0, 1).copy())[None] / 255)
    assert again.shape == given.seen.shape
    off = 255 * float((again - given.seen).square().mean().sqrt())
    assert off < (1.3 * given.noise if damage in ("noise", "jpeg") else 1.2)
    assert given.before.shape == given.clean.shape
    assert given.start.shape[2:] == given.clean.shape[:2]


@pytest.mark.parametrize(("method", "damage"), [
    ("variation", "noise"), ("conjugate", "blur"), ("denoiser", "holes"), ("prior", "noise"),
    ("generator", "holes"),
])
def test_each_method_goes_step_by_step_and_says_how_near_it_came(
    mending: MendingVisit, monkeypatch: pytest.MonkeyPatch, method: str, damage: str
) -> None:
    monkeypatch.setitem(STEPS, method, 5)  # type: ignore[arg-type]
    monkeypatch.setattr(stepwise, "_FRAME", 0.0)
    here = room(mending, Stepwise)
    mending.now[here.method] = method
    updates = followed(mending, damage, STRENGTHS[damage][2])
    assert say(f"restore.stepwise.does.{method}", "en").split(":")[0] in html.unescape(updates[here.about])
    given = problem(scene(mending, damage, STRENGTHS[damage][2]))
    frames = list(search(given, method, mending.lab.restorer, generator(mending), View().seed))
    answers = list(mending.stream(here.press, "click"))
    assert len([one for one in answers if here.pair in one]) == len(frames) + 1
    _, picture = pictures(answers[-1][here.pair])
    assert given.clean is not None
    assert np.array_equal(picture, shown(frames[-1].picture))
    assert f"{psnr(picture, given.clean):.1f} dB" in answers[-1][here.progress.line]


def generator(mending: MendingVisit) -> Any:
    return partial(mending.lab.generator, PAINTER)


def test_a_generator_fills_holes_alone_and_paints_all_of_another_damage(
    mending: MendingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STEPS, "generator", 2)  # type: ignore[arg-type]
    for damage, strength in (("holes", 12), ("noise", 40)):
        given = problem(scene(mending, damage, strength))
        *_, last = search(given, "generator", mending.lab.restorer, generator(mending), 0)
        same = (shown(last.picture) == given.before).all(axis=2)
        assert last.step == last.steps == 3
        assert same[~given.missing].all() if damage == "holes" else same.mean() < 0.1


def test_the_denoiser_goes_on_from_a_smooth_filling(mending: MendingVisit) -> None:
    given = problem(scene(mending, "holes", 12))
    assert given.clean is not None
    flat, smooth = (psnr(shown(one), given.clean) for one in (given.start, _smooth(given)))
    assert smooth > flat + 5
    first = next(search(given, "denoiser", mending.lab.restorer, generator(mending), 0))
    assert first.steps == STEPS["denoiser"]


def test_a_stop_ends_the_search_and_leaves_what_there_is(
    mending: MendingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepwise, "_FRAME", 0.0)
    closed = []

    def endless(*_: Any) -> Any:
        try:
            for step in range(1, 1000):
                yield Frame(step, 1000, torch.zeros(1, 3, 96, 96), 1.0)
        finally:
            closed.append(True)

    monkeypatch.setattr(stepwise, "search", endless)
    here = room(mending, Stepwise)
    followed(mending, "noise", 40)
    running = mending.stream(here.press, "click")
    for _ in range(4):
        next(running)
    running.close()  # as Gradio does with what is cancelled
    mending.happens(here.stop, "click")
    assert closed
    assert "3" in mending.holds(here.progress.line)
    assert "svg" in mending.holds(here.course)


def test_the_hump_is_told() -> None:
    shown_scene = Scene(None, View(), None, "", "en")  # type: ignore[arg-type]
    clean = np.full((40, 40, 3), 100, np.uint8)
    nothing = torch.zeros(1)
    given = Problem(clean, clean + np.uint8(20), np.zeros((40, 40), bool), identity(), nothing, nothing, 1)
    begun = psnr(given.before, clean)
    gained, hump = stepwise._won(shown_scene, given, "prior", [begun, begun + 5, begun + 1])
    assert "Nearer to the original by 1.0 dB" in gained
    assert "best at step 2" in hump
    assert "rising" in stepwise._won(shown_scene, given, "prior", [begun, begun + 1])[1]
    (lost,) = stepwise._won(shown_scene, given, "conjugate", [begun - 2])
    assert "Further from the original by 2.0 dB" in lost


def test_where_nobody_knows_it_says_how_far_it_explains_what_is_seen(
    mending: MendingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STEPS, "conjugate", 3)  # type: ignore[arg-type]
    here = room(mending, Stepwise)
    mending.now[here.method] = "conjugate"
    followed(mending, MINE, 100)
    last = list(mending.stream(here.press, "click"))[-1]
    assert "Nobody knows the original" in last[here.progress.line]
    assert ">levels<" in last[here.course]


def test_a_picture_that_is_too_small_is_a_sentence(mending: MendingVisit) -> None:
    here = room(mending, Stepwise)
    mending.set(photo="", carried=bring(np.zeros((20, 20, 3), np.uint8)))
    followed(mending, "noise", 40)
    assert "too small" in mending.holds(mending.fold("inside").complaint)
    assert "too small" in list(mending.stream(here.press, "click"))[-1][here.message]
