"""One picture: the same as in steps, the film strip, and what is never done twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.data.augment import (
    POLICIES,
    STEPS,
    Drawn,
    Policy,
    apply,
    apply_steps,
    augment,
    draw,
    make_step,
    policy,
)
from tests.data.augment.pictures import difference, photo

ALL = Policy("all", tuple(make_step(kind) for kind in STEPS if kind != "crop"))


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_augment_is_draw_and_apply(name: str) -> None:
    assert np.array_equal(augment(photo(), policy(name), 4), apply(photo(), draw(policy(name), 4)))
    assert not np.array_equal(augment(photo(), policy(name), 4), augment(photo(), policy(name), 5))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), name=st.sampled_from([*sorted(POLICIES), "all"]))
def test_the_film_strip_ends_in_the_result(seed: int, name: str) -> None:
    drawn = draw(ALL if name == "all" else policy(name), seed)
    image = photo()
    frames = apply_steps(image, drawn)
    assert [frame.step for frame in frames] == list(drawn.steps)
    assert np.array_equal(frames[-1].image, apply(image, drawn))
    before = image
    for number, frame in enumerate(frames):
        assert np.array_equal(
            frame.image, apply(image, dataclasses.replace(drawn, steps=drawn.steps[: number + 1]))
        )
        assert not np.shares_memory(frame.image, image)
        if frame.step.applied:
            assert frame.milliseconds > 0
        else:
            assert frame.milliseconds == 0 and np.array_equal(frame.image, before)
        before = frame.image


def test_no_steps_is_a_copy() -> None:
    image = photo()
    out = apply(image, Drawn(()))
    assert np.array_equal(out, image) and not np.shares_memory(out, image)
    assert apply_steps(image, Drawn(())) == []


def test_runs_of_one_kind_are_one_pass() -> None:
    image = photo()
    together = apply(
        image,
        Drawn.of(
            [
                (make_step("rotate"), {"angle": 10}),
                (make_step("rotate"), {"angle": -10}),
                (make_step("brightness"), {"factor": 1.9}),
                (make_step("saturation"), {"factor": 1.5}),
                (make_step("brightness"), {"factor": 1 / 1.9}),
                (make_step("saturation"), {"factor": 1 / 1.5}),
            ]
        ),
    )
    assert difference(together, image).max() <= 1


def test_a_filter_in_between_parts_a_run() -> None:
    image = photo()
    turn, blur = (make_step("rotate"), {"angle": 20.0}), (make_step("blur"), {"sigma": 1.0})
    whole = apply(image, Drawn.of([turn, blur, turn]))
    parts = image
    for one in (turn, blur, turn):
        parts = apply(parts, Drawn.of([one]))
    assert np.array_equal(whole, parts)


def test_what_lies_beyond_the_edge_is_the_policys_choice() -> None:
    results = {
        border: augment(photo(), dataclasses.replace(policy("article"), border=border), 3)
        for border in ("constant", "replicate", "reflect", "reflect101", "wrap")
    }
    assert len({one.tobytes() for one in results.values()}) == 5
