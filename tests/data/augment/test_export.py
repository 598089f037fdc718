"""Exported code is run, and its picture compared with ours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from contrastlab.data.augment import (
    BORDERS,
    POLICIES,
    STEPS,
    Drawn,
    Policy,
    apply,
    augment,
    draw,
    make_step,
    policy,
)
from contrastlab.data.augment.export import (
    Exported,
    drawn_code,
    drawn_to_torchvision,
    policy_code,
    policy_to_torchvision,
)
from contrastlab.text import say
from tests.data.augment.pictures import difference, photo

#: Soft, so that no colour step reaches black or white and clipping cannot differ.
IMAGE = (photo(60, 48) // 2 + 60).astype(np.uint8)
SIZE = (60, 48)


def run(exported: Exported) -> dict[str, object]:
    names: dict[str, object] = {"image": IMAGE}
    exec(exported.code, names)
    return names


def keys(exported: Exported) -> set[str]:
    return {note.key for note in exported.notes}


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_our_own_code_gives_the_same_bits(name: str) -> None:
    for seed in range(6):
        drawn = draw(policy(name), seed)
        assert np.array_equal(run(drawn_code(drawn))["result"], apply(IMAGE, drawn))
        assert np.array_equal(
            run(policy_code(policy(name), seed))["result"], augment(IMAGE, policy(name), seed)
        )
    assert run(policy_code(policy(name)))["policy"] == policy(name)


@pytest.mark.parametrize("kind", sorted(STEPS))
@pytest.mark.parametrize("border", BORDERS)
def test_torchvision_code_at_fixed_parameters(kind: str, border: str) -> None:
    exact = 0
    for seed in range(8):
        drawn = draw(Policy("one", (make_step(kind, {"p": 1}),), border), seed)
        exported = drawn_to_torchvision(drawn, SIZE)
        result = run(exported)["result"]
        assert isinstance(result, np.ndarray) and result.dtype == np.uint8 and result.shape == IMAGE.shape
        wrong = difference(result, apply(IMAGE, drawn))
        if not exported.notes:
            exact += 1
            assert wrong.max() <= 2 and wrong.mean() < 0.6, exported.code
        elif keys(exported) == {"codec"}:
            assert wrong.mean() < 2
        elif keys(exported) == {"border"} and kind != "randaugment":  # where equalise would see the border
            assert wrong[16:-16, 20:-20].max() <= 2
    left_out = {"motion-blur", "noise", "salt-and-pepper", "downscale", "elastic"}
    if kind in left_out:
        assert keys(exported) == {"left_out"} and exported.notes[0].facts == {"step": kind}
    elif kind == "jitter":
        assert keys(exported) == {"clipping"}
    elif kind != "jpeg" and border in ("constant", "replicate"):
        assert exact >= 3


def test_torchvision_code_of_a_whole_row() -> None:
    for seed in range(10):
        gentle = dict.fromkeys(("brightness", "contrast", "saturation"), 0.1)
        drawn = draw(policy("simclr", {"jitter": gentle}), seed)
        exported = drawn_to_torchvision(drawn, SIZE)
        assert keys(exported) <= {"clipping"}
        wrong = difference(run(exported)["result"], apply(IMAGE, drawn))  # type: ignore[arg-type]
        assert wrong.max() <= 2


def test_torchvision_code_keeps_sides_and_directions() -> None:
    steps = [
        (make_step("rotate"), {"angle": 30.0}),
        (make_step("translate"), {"x": 6.0, "y": -4.0}),
        (make_step("shear"), {"x": 10.0, "y": 0.0}),
    ]
    drawn = Drawn.of(steps, "constant")
    exported = drawn_to_torchvision(drawn, SIZE)
    assert not exported.notes
    assert difference(run(exported)["result"], apply(IMAGE, drawn)).max() <= 1  # type: ignore[arg-type]


@pytest.mark.parametrize("side", [16, 24, 100])
def test_torchvision_code_of_a_crop_to_another_size(side: int) -> None:
    drawn = draw(Policy("c", (make_step("crop", {"size": side, "smallest": 0.8}),)), 3)
    exported = drawn_to_torchvision(drawn, SIZE)
    assert keys(exported) == ({"box"} if side < 40 else set())
    result = run(exported)["result"]
    assert result.shape == (side, side, 3)  # type: ignore[attr-defined]
    wrong = difference(result, apply(IMAGE, drawn))  # type: ignore[arg-type]
    assert wrong.mean() < (6 if side < 40 else 0.6)


def test_notes_say_what_torchvision_cannot() -> None:
    wrapped = Drawn.of([(make_step("translate"), {"x": 9.0, "y": 0.0})], "wrap")
    assert keys(drawn_to_torchvision(wrapped, SIZE)) == {"border"}
    shrunk = Drawn.of([(make_step("scale"), {"factor": 0.4})], "replicate")
    assert keys(drawn_to_torchvision(shrunk, SIZE)) == {"aliased"}
    assert keys(policy_to_torchvision(policy("simclr"), SIZE)) == {"crop_draw", "hue", "jitter_order"}
    assert keys(policy_to_torchvision(policy("article"), SIZE)) == {"filled_black"}


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_torchvision_policies_run_and_every_note_has_a_text(name: str) -> None:
    exported = policy_to_torchvision(policy(name), SIZE)
    transform = run(exported)["transform"]
    out = transform(torch.from_numpy(IMAGE).permute(2, 0, 1))  # type: ignore[operator]
    assert out.shape == (3, 48, 60) and out.dtype == torch.uint8
    for note in exported.notes:
        for language in ("en", "zh"):
            assert say(f"export.note.{note.key}", language, **note.facts)


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_torchvision_has_each_step_or_a_note(kind: str) -> None:
    exported = policy_to_torchvision(Policy("one", (make_step(kind),)), SIZE)
    transform = run(exported)["transform"]
    missing = "left_out" in keys(exported)
    assert [isinstance(one, v2.Identity) for one in transform.transforms] == [missing]  # type: ignore[attr-defined]
    transform(torch.from_numpy(IMAGE).permute(2, 0, 1))  # type: ignore[operator]


def test_torchvision_policies_without_chance_give_our_picture() -> None:
    sure = Policy(
        "sure",
        (
            make_step("flip", {"p": 1}),
            make_step("flip-vertical", {"p": 1}),
            make_step("equalise", {"p": 1}),
            make_step("crop", {"smallest": 1, "stretch": 1}),
            make_step("posterise", {"bits": 8}),
            make_step("grayscale", {"p": 1}),
            make_step("rotate", {"degrees": 0}),
            make_step("blur", {"smallest": 1.5, "largest": 1.5}),
        ),
    )
    transform = run(policy_to_torchvision(sure, SIZE))["transform"]
    square = IMAGE[:, :48]
    names: dict[str, object] = {}
    exec(policy_to_torchvision(sure, (48, 48)).code, names)
    transform = names["transform"]
    out = transform(torch.from_numpy(square.copy()).permute(2, 0, 1)).permute(1, 2, 0).numpy()  # type: ignore[operator]
    assert difference(out, augment(square, sure, 0)).max() <= 2


def test_torchvision_draws_from_the_same_range() -> None:
    torch.manual_seed(0)
    exported = policy_to_torchvision(
        Policy("b", (make_step("brightness", {"strength": 0.4, "p": 0.5}),)), SIZE
    )
    assert not exported.notes
    transform = run(exported)["transform"]
    flat = torch.full((3, 2, 2), 100, dtype=torch.uint8)
    theirs = np.array([int(transform(flat)[0, 0, 0]) for _ in range(600)])  # type: ignore[operator]
    ours = np.array(
        [
            augment(
                np.full((2, 2, 3), 100, np.uint8),
                Policy("b", (make_step("brightness", {"strength": 0.4, "p": 0.5}),)),
                seed,
            )[0, 0, 0]
            for seed in range(600)
        ]
    )
    for quantity in (np.mean, np.std, lambda x: np.mean(x == 100)):
        assert quantity(ours) == pytest.approx(quantity(theirs), rel=0.15)
