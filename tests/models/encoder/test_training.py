"""A tiny encoder trains for real: the loss falls, a killed run goes on, drafts and inits work."""

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import load_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.recipe import check_recipe, read_recipe
from contrastlab.data.datasets import Dataset, glyphs
from contrastlab.data.pixels import resize
from contrastlab.models.encoder.inference import load_embedder
from contrastlab.models.encoder.training import EncoderRecipe, describe, train

CPU = Device("cpu", torch.float32)
TINY = {
    "family": "encoder", "name": "tiny", "data": "glyphs", "method": "simclr", "policy": "simclr", "hue": "yiq",
    "widths": (8, 16, 16), "stem": 8, "head_hidden": 16, "projection": 8, "temperature": 0.2, "margin": 0.5,
    "batch_size": 32, "learning_rate": 0.3, "momentum": 0.9, "weight_decay": 1e-4, "clip_norm": 10.0,
    "warmup_steps": 3, "ema_decay": 0.9, "steps": 30, "minutes": 0.0, "seed": 0,
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


def test_the_shipped_recipe_stays_under_the_size_limit_and_its_cost_is_counted():
    from contrastlab.cli.training import _recipe_path

    path = _recipe_path("encoder-simclr-cifar10")
    parameters, operations = describe(check_recipe(read_recipe(path), EncoderRecipe, where=path.name))
    assert parameters < 4.5e6
    small, small_operations = describe(recipe())
    # A tiny net's convolutions counted by hand: 2 x inputs x outputs x kernel x positions, the head, forward and back.
    convolutions = [
        (3, 8, 4, 31), (8, 8, 9, 31), (8, 8, 9, 15), (8, 16, 9, 15), (16, 16, 9, 7), (16, 16, 9, 7), (16, 16, 9, 3),
    ]
    forward = sum(2 * i * o * k * side * side for i, o, k, side in convolutions) + 2 * (16 * 16 + 16 * 8)
    assert small_operations == forward * 3 * 2 * 32
    assert small < 20_000 and operations > small_operations


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
