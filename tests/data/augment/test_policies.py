"""Policies: what the ready-made ones hold, names, overrides, plain data there and back."""

from __future__ import annotations

import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.augment import BORDERS, POLICIES, STEPS, Policy, make_step, policy
from contrastlab.text import say


def test_the_article_rotates_flips_and_moves_with_its_edge_repeated() -> None:
    article = policy("article")
    assert [step.KIND for step in article.steps] == ["rotate", "flip", "translate"]
    assert article.border == "replicate"
    assert article.steps[0].settings() == {"degrees": 15, "p": 1}
    assert article.steps[2].settings() == {"distance": 10, "measure": "px", "p": 1}


@pytest.mark.parametrize("name", ["simclr", "supcon"])
def test_simclr_at_32_pixels(name: str) -> None:
    crop, flip, jitter, grey = policy(name).steps
    assert crop.settings() == {
        "smallest": 0.2,
        "largest": 1,
        "stretch": pytest.approx(4 / 3),
        "size": 0,
        "p": 1,
    }
    assert flip.settings() == {"p": 0.5}
    strengths = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}
    assert jitter.settings() == {**strengths, "form": "yiq", "p": 0.8}
    assert grey.settings() == {"p": 0.2}


def test_all_ready_made_policies_have_names_in_both_languages() -> None:
    published = {"article", "simclr", "supcon", "randaugment", "trivialaugment", "strong"}
    assert set(POLICIES) == published | {"light", "digits", "flowers"}
    for name, one in POLICIES.items():
        assert one.name == name
        assert policy(name) == one
        assert all(say(f"policy.{name}", language) for language in ("en", "zh"))
    assert all(say(f"choice.border.{border}", "zh") for border in BORDERS)


def test_overrides_change_what_they_name_and_nothing_else() -> None:
    stronger = policy("simclr", {"jitter": {"hue": 0.3}, "flip": {"p": 0}})
    assert stronger.steps[2].settings() == {**policy("simclr").steps[2].settings(), "hue": 0.3}
    assert stronger.steps[1].settings() == {"p": 0}
    assert stronger.steps[0] == policy("simclr").steps[0]
    assert policy("simclr").steps[1].settings() == {"p": 0.5}


def test_wrong_names_are_refused_and_the_right_ones_named() -> None:
    with pytest.raises(LabError, match="augment.unknown_policy") as caught:
        policy("simclear")
    assert "simclr" in str(caught.value.facts["options"])
    with pytest.raises(LabError, match="augment.no_such_step") as caught:
        policy("simclr", {"rotate": {}})
    assert caught.value.facts["options"] == "crop, flip, jitter, grayscale"
    with pytest.raises(LabError, match="knob.unknown"):
        policy("simclr", {"jitter": {"colour": 1}})
    with pytest.raises(LabError, match="knob.out_of_range"):
        policy("simclr", {"jitter": {"hue": 0.7}})
    with pytest.raises(LabError, match="knob.unknown_choice"):
        Policy("p", (), border="mirror")


def test_steps_get_names_of_their_own() -> None:
    steps = (
        make_step("rotate"),
        make_step("rotate"),
        make_step("rotate", {"id": "rotate-2"}),
        make_step("flip"),
    )
    assert [step.id for step in Policy("p", steps).steps] == ["rotate", "rotate-3", "rotate-2", "flip"]
    with pytest.raises(LabError, match="augment.same_id"):
        Policy("p", (make_step("flip", {"id": "a"}), make_step("rotate", {"id": "a"})))


def test_named_steps_keep_their_names_when_the_chain_changes() -> None:
    two = Policy("p", (make_step("rotate"), make_step("rotate")))
    assert [step.id for step in Policy("p", two.steps[::-1]).steps] == ["rotate-2", "rotate"]
    assert [step.id for step in Policy("p", (make_step("rotate"), *two.steps[1:])).steps] == [
        "rotate",
        "rotate-2",
    ]


@pytest.mark.parametrize("border", BORDERS)
def test_json_there_and_back(border: str) -> None:
    everything = Policy("all", tuple(make_step(kind) for kind in STEPS), border)
    assert Policy.from_json(everything.to_json()) == everything
    for one in POLICIES.values():
        assert Policy.from_dict(one.to_dict()) == one


def test_json_may_be_short() -> None:
    short = Policy.from_json('{"steps": [{"kind": "rotate"}, {"kind": "blur", "largest": 1}]}')
    assert [step.id for step in short.steps] == ["rotate", "blur"] and short.border == "reflect101"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "augment.bad_policy"),
        ("[]", "augment.bad_policy"),
        ('{"name": "x"}', "augment.bad_policy"),
        ('{"steps": [3]}', "augment.bad_policy"),
        ('{"steps": [{"degrees": 3}]}', "augment.bad_policy"),
        ('{"steps": [{"kind": "spin"}]}', "augment.unknown_step"),
        ('{"steps": [{"kind": "rotate", "angle": 3}]}', "knob.unknown"),
        ('{"steps": [], "borders": "wrap"}', "knob.unknown"),
        ('{"steps": [], "border": "none"}', "knob.unknown_choice"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, key: str) -> None:
    with pytest.raises(LabError, match=key):
        Policy.from_json(text)
