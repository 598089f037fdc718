"""The batched path: the same pictures as one by one, whatever the batch, the layout and the thread count."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.data.augment import (
    BORDERS,
    POLICIES,
    STEPS,
    Policy,
    apply,
    augment_batch,
    draw,
    make_step,
    policy,
)
from tests.data.augment.pictures import photo

N = 40
#: Tables jump: a level that two roundings put on either side of a threshold lands far away.
JUMPS = ("posterise", "solarise", "equalise", "autocontrast", "randaugment", "trivialaugment")


def batch_of(width: int, height: int) -> torch.Tensor:
    return torch.from_numpy(np.stack([photo(width, height, seed) for seed in range(N)]))


def one_by_one(
    pictures: torch.Tensor, chosen: Policy, *, seed: int = 5, epoch: int = 2, view: int = 1
) -> np.ndarray:
    return np.stack(
        [
            apply(p.numpy(), draw(chosen, seed, epoch=epoch, picture=i + 7, view=view))
            for i, p in enumerate(pictures)
        ]
    )


def batched(pictures: torch.Tensor, chosen: Policy, **keywords: object) -> np.ndarray:
    options = {"seed": 5, "epoch": 2, "view": 1, "indices": torch.arange(len(pictures)) + 7, **keywords}
    out = augment_batch(pictures, chosen, **options)  # type: ignore[arg-type]
    assert out.dtype == torch.float32 and out.shape[1] == 3 and out.min() >= 0 and out.max() <= 1
    return out.permute(0, 2, 3, 1).numpy() * 255


@pytest.mark.parametrize("kind", sorted(STEPS))
@pytest.mark.parametrize("border", BORDERS)
def test_every_step_agrees_with_the_single_path(kind: str, border: str) -> None:
    pictures = batch_of(32, 24)
    chosen = Policy("one", (make_step(kind, {"p": 0.7}),), border)
    wrong = np.abs(batched(pictures, chosen) - one_by_one(pictures, chosen))
    if kind in JUMPS:
        assert np.mean(wrong > 1.01) < 0.005
    else:
        assert wrong.max() <= 1.01


@pytest.mark.parametrize("name", sorted(POLICIES))
@pytest.mark.parametrize("size", [(32, 32), (45, 30)])
def test_policies_agree_with_the_single_path(name: str, size: tuple[int, int]) -> None:
    pictures = batch_of(*size)
    wrong = np.abs(batched(pictures, policy(name)) - one_by_one(pictures, policy(name)))
    # The single path rounds to 8 bits after each run of steps; a later contrast stretches that, a table may jump.
    assert wrong.mean() < 0.7 and np.mean(wrong > 2) < (0.003 if name != "randaugment" else 0.012)


@pytest.mark.parametrize(
    "kinds", ["rotate blur rotate", "brightness blur contrast", "gamma jpeg gamma", "blur blur", "hue hue"]
)
def test_what_is_composed_does_not_hang_on_who_skips_what(kinds: str) -> None:
    # Where the step in the middle is skipped by some pictures only, all must still be treated alike.
    steps = tuple(make_step(kind, {"p": 0.5 if i == 1 else 1}) for i, kind in enumerate(kinds.split()))
    chosen, pictures = Policy("parted", steps, "constant"), batch_of(32, 24)
    wrong = np.abs(batched(pictures, chosen) - one_by_one(pictures, chosen))
    assert wrong.max() < 3
    first = (
        augment_batch(pictures[:1], chosen, seed=5, epoch=2, view=1, indices=[7]).permute(0, 2, 3, 1).numpy()
        * 255
    )
    assert np.abs(first - batched(pictures, chosen)[:1]).max() < 0.01


@pytest.mark.parametrize("kind", ["brightness", "hue", "rotate", "gamma", "blur"])
def test_few_pictures_in_stage_after_stage(kind: str) -> None:
    # Picked out and put back, once and again: no stage may write over what another still needs.
    parted = [make_step(kind, {"p": 1}), make_step("sharpness", {"p": 0}), make_step(kind, {"p": 0.2})]
    parted += [make_step("sharpness", {"p": 0}), make_step(kind, {"p": 0.2}), make_step("flip")]
    chosen, pictures = Policy("few", tuple(parted), "replicate"), batch_of(32, 24)
    assert np.abs(batched(pictures, chosen) - one_by_one(pictures, chosen)).max() < 4


@pytest.mark.parametrize("count", [1, 2, 4])
def test_picks_in_a_row_never_disturb_each_other(count: int) -> None:
    chosen = Policy(
        "picks",
        (make_step("translate"), make_step("randaugment", {"count": count, "strength": 20})),
        "constant",
    )
    pictures = batch_of(32, 24)
    wrong = np.abs(batched(pictures, chosen) - one_by_one(pictures, chosen))
    assert np.mean(wrong > 2) < 0.01 * count


def test_pictures_that_shrink_are_averaged_here_too() -> None:
    pictures = batch_of(128, 96)
    chosen = Policy("small", (make_step("rotate"), make_step("crop", {"size": 24})))
    ours = batched(pictures, chosen)
    assert ours.shape == (N, 24, 24, 3)
    assert np.abs(ours - one_by_one(pictures, chosen)).max() <= 1.01
    stripes = torch.zeros(3, 256, 256, 3, dtype=torch.uint8)
    stripes[:, :, ::2] = 255
    shrunk = batched(
        stripes, Policy("s", (make_step("crop", {"size": 32, "smallest": 0.9}),)), indices=[0, 1, 2]
    )
    assert shrunk.std() < 12


def test_the_batch_does_not_matter() -> None:
    pictures = batch_of(32, 32)
    whole = augment_batch(pictures, policy("strong"), seed=1, epoch=0, indices=range(N), view=0)
    for rows in (slice(0, 1), slice(3, 17), slice(39, 40)):
        part = augment_batch(
            pictures[rows], policy("strong"), seed=1, epoch=0, indices=range(N)[rows], view=0
        )
        assert torch.allclose(part, whole[rows], atol=1e-5)
    many = pictures.repeat(9, 1, 1, 1)  # more than a chunk
    again = augment_batch(many, policy("strong"), seed=1, epoch=0, indices=list(range(N)) * 9, view=0)
    assert torch.allclose(again, whole.repeat(9, 1, 1, 1), atol=1e-5)


def test_layouts_and_index_types_do_not_matter() -> None:
    pictures = batch_of(20, 12)
    numbers = torch.arange(N)
    expected = augment_batch(pictures, policy("simclr"), seed=1, epoch=0, indices=numbers, view=0)
    planar = pictures.permute(0, 3, 1, 2)
    for other in (planar, planar.contiguous(), pictures.flip(0).flip(0)):
        for indices in (numbers, numbers.numpy(), numbers.tolist(), numbers.to(torch.int32)):
            same = augment_batch(other, policy("simclr"), seed=1, epoch=0, indices=indices, view=0)
            assert torch.allclose(same, expected, atol=1e-6)


def test_two_views_and_two_epochs_always_differ() -> None:
    pictures = batch_of(32, 32)
    made = [
        augment_batch(pictures, policy("simclr"), seed=1, epoch=epoch, indices=range(N), view=view)
        for epoch in (0, 1)
        for view in (0, 1)
    ]
    for first in range(4):
        for second in range(first):
            assert ((made[first] - made[second]).abs().amax((1, 2, 3)) > 0.01).all()


def test_input_is_not_changed_and_output_is_its_own() -> None:
    pictures = batch_of(32, 32)
    before = pictures.clone()
    first = augment_batch(pictures, policy("strong"), seed=1, epoch=0, indices=range(N), view=0)
    kept = first.clone()
    augment_batch(pictures, policy("strong"), seed=2, epoch=0, indices=range(N), view=0)
    assert torch.equal(pictures, before) and torch.equal(first, kept)


def test_out_is_written_into() -> None:
    pictures = batch_of(32, 24)
    out = torch.empty(N, 3, 24, 32)
    given = augment_batch(pictures, policy("simclr"), seed=1, epoch=0, indices=range(N), view=0, out=out)
    assert given is out
    assert torch.equal(
        out, augment_batch(pictures, policy("simclr"), seed=1, epoch=0, indices=range(N), view=0)
    )
    for wrong in (torch.empty(N, 3, 32, 24), torch.empty(N, 3, 24, 32, dtype=torch.float64)):
        with pytest.raises(LabError, match="augment.bad_out"):
            augment_batch(pictures, policy("simclr"), seed=1, epoch=0, indices=range(N), view=0, out=wrong)


def test_half_precision_around_it_changes_nothing() -> None:
    pictures = batch_of(32, 24)
    expected = batched(pictures, policy("strong"))
    with torch.autocast("cpu", torch.bfloat16):
        assert np.array_equal(batched(pictures, policy("strong")), expected)


def test_red_stays_red() -> None:
    red = torch.zeros(4, 8, 8, 3, dtype=torch.uint8)
    red[..., 0] = 255
    out = augment_batch(red, Policy("f", (make_step("flip"),)), seed=0, epoch=0, indices=range(4), view=0)
    assert torch.equal(out.amax((0, 2, 3)), torch.tensor([1.0, 0.0, 0.0]))
    grey = augment_batch(
        red, Policy("g", (make_step("grayscale", {"p": 1}),)), seed=0, epoch=0, indices=range(4), view=0
    )
    assert torch.allclose(grey, torch.full_like(grey, 0.299), atol=1e-4)


def test_nothing_applied_is_the_picture() -> None:
    pictures = batch_of(9, 7)
    still = Policy("still", (make_step("rotate", {"p": 0}), make_step("blur", {"p": 0})))
    for chosen in (still, Policy("empty", ())):
        assert np.array_equal(batched(pictures, chosen).round(), pictures.numpy())


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2)])
@pytest.mark.parametrize("border", BORDERS)
def test_hostile_shapes(size: tuple[int, int], border: str) -> None:
    everything = Policy("all", tuple(make_step(kind, {"p": 1}) for kind in sorted(STEPS)), border)
    out = batched(batch_of(*size), everything)
    assert out.shape == (N, size[1], size[0], 3) and np.isfinite(out).all()


def test_an_empty_batch_is_empty() -> None:
    none = torch.zeros(0, 8, 8, 3, dtype=torch.uint8)
    assert augment_batch(none, policy("simclr"), seed=0, epoch=0, indices=[], view=0).shape == (0, 3, 8, 8)


@pytest.mark.parametrize(
    "wrong",
    [
        torch.zeros(2, 8, 8, 3),
        torch.zeros(8, 8, 3, dtype=torch.uint8),
        torch.zeros(2, 8, 8, 4, dtype=torch.uint8),
        np.zeros((2, 8, 8, 3), np.uint8),
    ],
    ids=["float", "one picture", "alpha", "numpy"],
)
def test_other_batches_are_refused(wrong: torch.Tensor) -> None:
    with pytest.raises(LabError, match="augment.bad_batch"):
        augment_batch(wrong, policy("simclr"), seed=0, epoch=0, indices=[0, 1], view=0)


def test_indices_must_fit() -> None:
    with pytest.raises(LabError, match="augment.bad_indices"):
        augment_batch(batch_of(8, 8), policy("simclr"), seed=0, epoch=0, indices=[0, 1], view=0)
