"""A tiny encoder trains for real: the loss falls, a killed run goes on, drafts and inits work."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import contrastlab
from contrastlab.core.checkpoint import load_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.recipe import check_recipe, read_recipe
from contrastlab.data.augment import POLICIES
from contrastlab.data.datasets import NAMES, Dataset, glyphs
from contrastlab.data.pixels import resize
from contrastlab.data.seen import seen
from contrastlab.models.encoder.inference import load_embedder, view
from contrastlab.models.encoder.training import LOSSES, EncoderRecipe, describe, train

CPU = Device("cpu", torch.float32)
TINY = {
    "family": "encoder", "name": "tiny", "data": "glyphs", "method": "simclr", "policy": "simclr", "hue": "yiq",
    "side": 32, "views": 2, "start": "random", "label_smoothing": 0.0, "widths": (8, 16, 16), "stem": 8,
    "head_hidden": 16, "projection": 8, "temperature": 0.2, "margin": 0.5,
    "batch_size": 32, "learning_rate": 0.3, "momentum": 0.9, "weight_decay": 1e-4, "clip_norm": 10.0,
    "warmup_steps": 3, "ema_decay": 0.9, "whitening": 0.0, "steps": 30, "minutes": 0.0, "seed": 0,
}


def recipe(**changes):
    return check_recipe({**TINY, **changes}, EncoderRecipe, where="test")


@pytest.fixture(scope="module")
def digits():
    drawn = glyphs(120, 1)
    pictures = np.stack([resize(picture, (32, 32)) for picture in drawn.pictures])
    return Dataset("glyphs", "all", pictures, drawn.labels, drawn.classes)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(digits, tmp_path, name="a", **settings):
    changes = settings.pop("changes", {})
    return train(recipe(name=name, **changes), digits, run=tmp_path / "runs" / name,
                 checkpoint=tmp_path / "checkpoints" / name, device=CPU, **settings)


def test_the_loss_falls_and_the_checkpoint_is_whole(digits, tmp_path):
    progress = list(run(digits, tmp_path, changes={"steps": 60}))
    assert progress[-1].metrics["loss"] < progress[0].metrics["loss"] - 0.1
    stored = load_checkpoint(tmp_path / "checkpoints" / "a", family="encoder")
    assert not stored.draft and stored.training["step"] == stored.training["max_steps"] == 60
    assert stored.training["pictures"] == 108  # a tenth is held out
    rows = load_embedder(stored, CPU).embed(list(digits.pictures[:3]))
    assert rows.shape == (3, 16) and np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_stopped_run_leaves_a_draft_and_goes_on_to_the_same_weights(digits, tmp_path):
    list(run(digits, tmp_path, name="whole"))
    progress = run(digits, tmp_path, name="parts", save_every_seconds=0.0)
    assert next(now.step for now in progress if now.step >= 7) == 7
    progress.close()
    draft = load_checkpoint(tmp_path / "checkpoints" / "parts")
    assert draft.draft and draft.training["step"] == 7 and draft.training["max_steps"] == 30
    list(run(digits, tmp_path, name="parts"))
    whole, parts = (load_checkpoint(tmp_path / "checkpoints" / name) for name in ("whole", "parts"))
    assert not parts.draft and whole.sha256 == parts.sha256


def test_init_starts_from_a_checkpoint_at_a_step_of_the_schedule(digits, tmp_path):
    list(run(digits, tmp_path))
    stored = load_checkpoint(tmp_path / "checkpoints" / "a")
    list(run(digits, tmp_path, name="b", init=stored, first_step=29, changes={"learning_rate": 0.0}))
    again = load_checkpoint(tmp_path / "checkpoints" / "b")
    weights = "backbone.stages.0.0.weight"
    assert again.training["step"] == 30
    assert torch.allclose(again.weights[weights], stored.weights[weights], atol=1e-3)
    list(run(digits, tmp_path, name="c", first_step=29, changes={"learning_rate": 0.0}))
    fresh = load_checkpoint(tmp_path / "checkpoints" / "c")
    assert not torch.allclose(fresh.weights[weights], stored.weights[weights], atol=1e-3)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(digits, tmp_path):
    hashes = []
    for name, seed in (("x", 0), ("y", 0), ("z", 1)):
        list(run(digits, tmp_path, name=name, changes={"seed": seed, "steps": 5}))
        hashes.append(load_checkpoint(tmp_path / "checkpoints" / name).sha256)
    assert hashes[0] == hashes[1] != hashes[2]


def test_another_methods_checkpoint_gives_its_backbone_and_what_fits_of_its_head(digits, tmp_path):
    list(run(digits, tmp_path))
    stored = load_checkpoint(tmp_path / "checkpoints" / "a")
    changes = {"method": "supervised", "projection": 10, "learning_rate": 0.0, "steps": 1}
    list(run(digits, tmp_path, name="b", init=stored, changes=changes))
    again = load_checkpoint(tmp_path / "checkpoints" / "b")
    weights = "backbone.stages.0.0.weight"
    assert torch.allclose(again.weights[weights], stored.weights[weights], atol=1e-3)
    assert again.training["init"] == {
        "name": "a", "sha256": stored.sha256, "step": 0, "anew": ["head.3.weight", "head.3.bias"]
    }
    with pytest.raises(LabError, match="checkpoint.wrong_weights"):
        next(run(digits, tmp_path, name="c", init=stored, changes={"widths": (8, 16, 24)}))


def test_other_pictures_are_brought_to_the_recipes_side_as_a_search_sees_them(tmp_path):
    drawn = glyphs(60, 1)
    mixed = tuple(resize(picture, (28 + n % 5, 40)) for n, picture in enumerate(drawn.pictures))
    data = Dataset("mixed", "all", mixed, drawn.labels, drawn.classes)
    network_sees = seen(data, 36)
    assert network_sees.shape == (60, 3, 36, 36) and network_sees.dtype == torch.uint8
    np.testing.assert_array_equal(network_sees[7].permute(1, 2, 0), view(mixed[7], 36))
    changes = {"side": 36, "widths": (8, 8, 8, 16), "steps": 2}
    list(run(data, tmp_path, changes=changes))
    stored = load_checkpoint(tmp_path / "checkpoints" / "a")
    assert stored.preprocessing["side"] == 36
    embedder = load_embedder(stored, CPU)
    assert embedder.side == 36 and embedder.embed(list(mixed[:2])).shape == (2, 16)


def test_pictures_without_labels_train_without_labels_only(tmp_path):
    drawn = glyphs(60, 1)
    data = Dataset("bare", "all", drawn.pictures, np.full(60, -1), ())
    list(run(data, tmp_path, changes={"side": 28, "steps": 2}))
    facts = load_checkpoint(tmp_path / "checkpoints" / "a").training
    assert facts["knn_on_held_out_training_pictures"] is None
    with pytest.raises(LabError, match="training.no_labels.*supcon.*bare"):
        next(run(data, tmp_path, name="b", changes={"method": "supcon", "side": 28}))


def test_one_view_is_enough_to_classify_and_too_few_to_contrast(digits, tmp_path):
    one, two = (recipe(method="supervised", views=views) for views in (1, 2))
    assert 2 * describe(one)[1] == describe(two)[1]
    progress = list(run(digits, tmp_path, changes={"method": "supervised", "projection": 10, "views": 1, "steps": 60}))
    assert progress[-1].metrics["loss"] < progress[0].metrics["loss"] - 0.1
    for changes, key in (({"views": 1}, "two_views"), ({"views": 3}, "views"), ({"side": 8}, "small_side")):
        with pytest.raises(LabError, match=f"encoder.{key}"):
            next(run(digits, tmp_path, name="b", changes=changes))
        with pytest.raises(LabError, match=f"encoder.{key}"):
            describe(recipe(**changes))


def test_smoothed_labels_leave_a_sure_answer_a_loss():
    sure = torch.eye(10)[[3, 4]] * 50
    losses = [
        LOSSES["supervised"]([sure], torch.tensor([3, 4]), recipe(method="supervised", label_smoothing=share)).item()
        for share in (0.0, 0.2)
    ]
    assert losses[0] == pytest.approx(0, abs=1e-6) and losses[1] == pytest.approx(0.2 * 0.9 * 50, rel=1e-3)


SHIPPED = sorted((Path(contrastlab.__file__).parent / "recipes").glob("encoder-*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_recipes_stay_under_the_size_limit_and_are_named_after_their_file(path):
    shipped = check_recipe(read_recipe(path), EncoderRecipe, where=path.name)
    parameters, operations = describe(shipped)
    assert parameters < 4.5e6 and operations > 0
    assert shipped.name == path.stem and shipped.policy in POLICIES and shipped.data in NAMES


def test_the_cost_of_a_step_is_counted():
    small, small_operations = describe(recipe())
    # A tiny net's convolutions counted by hand: 2 x inputs x outputs x kernel x positions, the head, forward and back.
    convolutions = [
        (3, 8, 4, 31), (8, 8, 9, 31), (8, 8, 9, 15), (8, 16, 9, 15), (16, 16, 9, 7), (16, 16, 9, 7), (16, 16, 9, 3),
    ]
    forward = sum(2 * i * o * k * side * side for i, o, k, side in convolutions) + 2 * (16 * 16 + 16 * 8)
    assert small_operations == forward * 3 * 2 * 32
    assert small < 20_000


@pytest.mark.parametrize("method", ["supcon", "pair", "triplet", "supervised"])
def test_every_labelled_method_brings_the_classes_apart(digits, tmp_path, method):
    """After a little training, pictures of one digit are more alike than of two; by more than before."""

    def gap(rows):
        similarity = rows @ rows.T
        same = digits.labels[:, None] == digits.labels[None]
        other = ~np.eye(len(rows), dtype=bool)
        return similarity[same & other].mean() - similarity[~same].mean()

    changes = {"method": method, "projection": 10, "learning_rate": 0.1, "policy": "article", "seed": 1}
    list(run(digits, tmp_path, name="short", changes={**changes, "steps": 1, "learning_rate": 0.0}))
    list(run(digits, tmp_path, name="long", changes={**changes, "steps": 60}))
    gaps = [
        gap(load_embedder(load_checkpoint(tmp_path / "checkpoints" / name), CPU).embed(list(digits.pictures)))
        for name in ("short", "long")
    ]
    assert gaps[1] > gaps[0] + 0.008


def test_an_unknown_method_is_refused_by_name(digits, tmp_path):
    with pytest.raises(LabError, match="simclr, supcon, pair, triplet, supervised"):
        next(run(digits, tmp_path, changes={"method": "guess"}))


def test_a_whitened_embedding_is_that_of_the_training_pictures_evened_out(digits, tmp_path):
    list(run(digits, tmp_path, name="plain"))
    list(run(digits, tmp_path, name="white", changes={"whitening": 1.0}))
    plain, white = (load_embedder(load_checkpoint(tmp_path / "checkpoints" / name), CPU) for name in ("plain", "white"))
    before, after = (
        embedder.embed(list(digits.pictures)).astype(np.float64) for embedder in (plain, white)
    )
    assert np.allclose(plain.project(digits.pictures[:5]), white.project(digits.pictures[:5]), atol=1e-3), (
        "the head looks at what lies before the whitening"
    )
    assert np.abs(after.mean(0)).max() < np.abs(before.mean(0)).max() / 2
    assert (after @ after.T).mean() < 0.1 < (before @ before.T).mean()


def test_a_finished_run_hands_out_its_checkpoint_again(digits, tmp_path):
    list(run(digits, tmp_path))
    first = load_checkpoint(tmp_path / "checkpoints" / "a")
    shutil.rmtree(tmp_path / "checkpoints" / "a")
    assert list(run(digits, tmp_path)) == []
    assert load_checkpoint(tmp_path / "checkpoints" / "a").sha256 == first.sha256


def test_an_encoder_without_whitening_gives_its_weights_to_one_that_has_it(digits, tmp_path):
    list(run(digits, tmp_path))
    init = load_checkpoint(tmp_path / "checkpoints" / "a")
    list(run(digits, tmp_path, name="b", init=init, changes={"whitening": 0.5, "steps": 1}))
    facts = load_checkpoint(tmp_path / "checkpoints" / "b").training["init"]
    assert facts["anew"] == ["backbone.whitening.mean", "backbone.whitening.matrix"]
