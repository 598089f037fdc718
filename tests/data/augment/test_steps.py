"""Every step: knobs, refusals, hostile pictures, strength that grows, nothing changed in place."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.core.errors import LabError
from contrastlab.core.knobs import Choice, Knob
from contrastlab.data.augment import BORDERS, STEPS, Drawn, Policy, Step, apply, draw, make_step
from contrastlab.text import say
from tests.data.augment.pictures import photo, speckle

KINDS = sorted(STEPS)
#: Kind -> knob settings from none to full, everything else at its default: the change must grow.
STRENGTHS: dict[str, list[dict[str, float]]] = {
    "rotate": [{"degrees": d} for d in (0, 5, 15, 40)],
    "translate": [{"distance": d} for d in (0, 2, 5, 10)],
    "scale": [{"smallest": 1 / f, "largest": 1} for f in (1, 1.1, 1.3, 1.6)],
    "shear": [{"degrees_x": d, "degrees_y": d / 2} for d in (0, 5, 12, 25)],
    "perspective": [{"distortion": d} for d in (0, 10, 25, 50)],
    "crop": [{"smallest": s, "largest": s, "stretch": 1} for s in (1, 0.8, 0.5, 0.2)],
    "elastic": [{"strength": s} for s in (0, 1, 3, 6)],
    "brightness": [{"strength": s} for s in (0, 0.2, 0.5, 0.9)],
    "contrast": [{"strength": s} for s in (0, 0.2, 0.5, 0.9)],
    "saturation": [{"strength": s} for s in (0, 0.2, 0.5, 0.9)],
    "hue": [{"turn": t} for t in (0, 0.05, 0.15, 0.4)],
    "jitter": [{"brightness": s, "contrast": s, "saturation": s, "hue": s / 4} for s in (0, 0.2, 0.5, 0.9)],
    "gamma": [{"reach": r} for r in (1, 1.3, 2, 4)],
    "posterise": [{"bits": b} for b in (8, 6, 4, 1)],
    "solarise": [{"threshold": t} for t in (256, 200, 128, 0)],
    "blur": [{"smallest": s, "largest": s} for s in (0, 1, 3, 8)],
    "motion-blur": [{"length": n} for n in (0, 3, 8, 20)],
    "sharpness": [{"strength": s} for s in (0, 0.3, 0.6, 1)],
    "noise": [{"sigma": s} for s in (0, 5, 20, 60)],
    "salt-and-pepper": [{"share": s} for s in (0, 3, 10, 40)],
    "jpeg": [{"lowest": q, "highest": q} for q in (100, 60, 30, 5)],
    "downscale": [{"factor": f} for f in (1, 2, 4, 8)],
    "cutout": [{"side": s} for s in (0, 20, 40, 80)],
    "randaugment": [{"count": c} for c in (0, 1, 2, 4)],
    "trivialaugment": [{"strength": s} for s in (0, 10, 20, 30)],
}
#: On or off only.
SWITCHES = ("flip", "flip-vertical", "grayscale", "equalise", "autocontrast")


def certain(kind: str, **knobs: float) -> Step:
    return make_step(kind, {"p": 1, **knobs})


def rolled(step: Step, image: np.ndarray, seed: int = 3, border: str = "reflect101") -> np.ndarray:
    return apply(image, draw(Policy("one", (step,), border), seed))


def test_every_step_is_listed_once_and_by_its_own_name() -> None:
    assert all(kind == STEPS[kind].KIND for kind in KINDS)
    assert set(STRENGTHS) | set(SWITCHES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_knobs_and_fields_stand_in_one_place(kind: str) -> None:
    step = make_step(kind)
    assert step.KNOBS[-1].name == "p" and len({knob.name for knob in step.KNOBS}) == len(step.KNOBS)
    assert {knob.name: knob.default for knob in step.KNOBS} == step.settings()
    assert type(step).__doc__ and "Step(" not in type(step).__doc__
    assert "p" not in step.FIELDS and len(set(step.FIELDS)) == len(step.FIELDS)
    for language in ("en", "zh"):
        assert say(f"step.{kind}", language)
        for knob in step.KNOBS:
            assert say(f"knob.{knob.name}", language)
            if isinstance(knob, Choice):
                assert all(say(f"choice.{knob.name}.{option}", language) for option in knob.options)


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_knobs_are_refused_and_the_known_ones_named(kind: str) -> None:
    with pytest.raises(LabError, match="knob.unknown") as caught:
        make_step(kind, {"brightnes": 0.2})
    assert all(knob.name in str(caught.value.facts["options"]) for knob in STEPS[kind].KNOBS)


@pytest.mark.parametrize(
    ("kind", "knob"), [(kind, knob) for kind in KINDS for knob in STEPS[kind].KNOBS], ids=str
)
def test_values_out_of_range_are_refused(kind: str, knob: Knob | Choice) -> None:
    bad = (
        ["nonsense"]
        if isinstance(knob, Choice)
        else [knob.minimum - 1, knob.maximum + 1, float("nan"), "x", None]
    )
    for value in bad:
        with pytest.raises(LabError, match="knob."):
            make_step(kind, {knob.name: value})
    # The constructor checks as well, not only the door for plain data.
    with pytest.raises(LabError, match="knob."):
        STEPS[kind](**{knob.name: bad[0]})


def test_unknown_kinds_ids_and_reversed_ranges_are_refused() -> None:
    with pytest.raises(LabError, match="augment.unknown_step") as caught:
        make_step("rotation")
    assert "rotate" in str(caught.value.facts["options"])
    with pytest.raises(LabError, match="augment.bad_id"):
        make_step("rotate", {"id": "Ünsäfe id"})
    for kind, low, high in (("scale", 1.2, 1.1), ("crop", 0.9, 0.5), ("blur", 2, 1)):
        with pytest.raises(LabError, match="augment.range_reversed"):
            make_step(kind, {"smallest": low, "largest": high})
    with pytest.raises(LabError, match="augment.range_reversed"):
        make_step("jpeg", {"lowest": 80, "highest": 20})
    with pytest.raises(LabError, match="augment.size_by_chance"):
        make_step("crop", {"size": 32, "p": 0.5})


@pytest.mark.parametrize("kind", sorted(STRENGTHS))
def test_more_strength_is_more_change_and_none_is_none(kind: str) -> None:
    # Waves and fine grain, away from black and white.
    image = photo(96, 80) // 2 + speckle(96, 80) // 4 + 32
    # Many draws: a single one may be blind to the knob (a turn by u = 0.5 is no turn).
    changes = []
    for knobs in STRENGTHS[kind]:
        outs = [rolled(certain(kind, **knobs), image, seed) for seed in range(24)]
        changes.append(np.mean([np.abs(out.astype(float) - image).mean() for out in outs]))
    # Quality 100 is not lossless, and equalise has no strength; everything else must leave every bit.
    assert changes[0] == 0 or kind in ("jpeg", "trivialaugment")
    assert all(before < after for before, after in itertools.pairwise(changes)), changes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 64), (33, 17)])
@pytest.mark.parametrize("border", BORDERS)
def test_hostile_shapes(kind: str, shape: tuple[int, int], border: str) -> None:
    image = speckle(shape[1], shape[0])
    for seed in range(2):
        out = rolled(certain(kind), image, seed, border)
        assert out.shape == image.shape and out.dtype == np.uint8 and out.flags.c_contiguous


@pytest.mark.parametrize("kind", KINDS)
def test_input_is_never_changed_and_never_shared(kind: str) -> None:
    for image in (photo(), photo()[::-1, ::-2], np.asfortranarray(photo()), photo()[:, :, ::-1]):
        before = image.copy()
        image.flags.writeable = False
        for p in (0, 1):
            out = rolled(make_step(kind, {"p": p}), image)
            assert np.array_equal(image, before)
            assert not np.shares_memory(out, image)
            assert out.flags.writeable and out.flags.c_contiguous
        # What lies in memory backwards is the same picture.
        assert np.array_equal(rolled(certain(kind), image), rolled(certain(kind), before))


@pytest.mark.parametrize("kind", KINDS)
def test_probability_zero_is_the_same_picture_bit_for_bit(kind: str) -> None:
    assert np.array_equal(rolled(make_step(kind, {"p": 0}), speckle()), speckle())


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((8, 8, 3), np.float32),
        np.full((8, 8, 3), 0.5),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((3, 8, 8), np.uint8),
        np.zeros((8, 8, 3), np.uint16),
        np.zeros((0, 8, 3), np.uint8),
        [[1, 2, 3]],
        None,
    ],
    ids=str,
)
def test_other_arrays_are_refused(wrong: object) -> None:
    with pytest.raises(LabError, match="image.wrong_shape"):
        apply(wrong, Drawn(()))  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=6),
    seed=st.integers(0, 2**64 - 1),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    border=st.sampled_from(BORDERS),
)
def test_any_chain_on_any_picture(kinds: list[str], seed: int, width: int, height: int, border: str) -> None:
    policy = Policy("any", tuple(make_step(kind) for kind in kinds), border)
    image = speckle(width, height, seed % 1000)
    drawn = draw(policy, seed)
    out = apply(image, drawn)
    assert out.shape == image.shape and out.dtype == np.uint8
    assert np.array_equal(out, apply(image, Drawn.from_json(drawn.to_json())))


def test_texts_of_errors_are_there() -> None:
    for key in (
        "unknown_step",
        "unknown_policy",
        "no_such_step",
        "same_id",
        "bad_id",
        "range_reversed",
        "bad_policy",
        "bad_counter",
        "bad_batch",
        "bad_indices",
        "bad_out",
        "bad_drawn",
        "bad_values",
        "size_by_chance",
        "bad_mix",
    ):
        facts = dict.fromkeys(
            ("got", "options", "policy", "step", "low", "high", "name", "count", "shape", "names"), "x"
        )
        for language in ("en", "zh"):
            assert say(f"error.augment.{key}", language, low_value=1.0, high_value=0.5, **facts)
