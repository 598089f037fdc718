"""Tiny autoencoders train for real: they learn the data, a killed run goes on, drafts and snapshots work."""

import io

import numpy as np
import PIL.Image
import pytest
import torch

from contrastlab.core.checkpoint import load_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.recipe import check_recipe, read_recipe
from contrastlab.data.datasets import Dataset
from contrastlab.models.vae.inference import load_autoencoder
from contrastlab.models.vae.training import VaeRecipe, describe, train
from contrastlab.training.snapshots import SNAPSHOTS, WATCHED

CPU = Device("cpu", torch.float32)
TINY = {
    "family": "vae", "name": "tiny", "data": "toy", "method": "vae", "latent": 4, "classes": 2, "widths": (8,),
    "hidden": 16, "kl_warmup_steps": 5, "batch_size": 16, "rate": 5e-3, "warmup_steps": 2, "ema_decay": 0.9,
    "steps": 12, "minutes": 0.0, "seed": 0,
}
NESTED = {"method": "nested", "classes": 0, "kl_warmup_steps": 0}


def recipe(**changes):
    return check_recipe({**TINY, **changes}, VaeRecipe, where="test")


@pytest.fixture(scope="module")
def toy():
    """A bar somewhere, lying in one class and standing in the other, 14x14."""
    rng = np.random.default_rng(0)
    labels = np.arange(192) % 2
    pictures = np.zeros((192, 14, 14, 3), np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        place = rng.integers(0, 9)
        (picture if label else picture.transpose(1, 0, 2))[:, place : place + 6] = 255
    return Dataset("toy", "all", pictures, labels, ("lying", "standing"))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(toy, tmp_path, name="a", **settings):
    changes = settings.pop("changes", {})
    return train(recipe(name=name, **changes), toy, run=tmp_path / "runs" / name,
                 checkpoint=tmp_path / "checkpoints" / name, device=CPU, **settings)


def stored(tmp_path, name="a"):
    return load_checkpoint(tmp_path / "checkpoints" / name, family="vae")


def test_a_variational_one_learns_to_paint_what_it_is_asked_for(toy, tmp_path):
    progress = list(run(toy, tmp_path, changes={"steps": 400}))
    assert {"cross_entropy", "kl", "kl_weight"} <= set(progress[-1].metrics)
    assert progress[-1].metrics["kl_weight"] == 1 and progress[-1].metrics["kl"] > 1
    model = load_autoencoder(stored(tmp_path), CPU)
    assert not stored(tmp_path).draft and model.classes == ("lying", "standing")
    lying, standing = (model.generate(range(30), [number] * 30).astype(float) for number in (0, 1))
    # Along the bar the pixels are alike, across it they change.
    assert np.diff(lying, axis=1).std() > 1.5 * np.diff(lying, axis=2).std()
    assert np.diff(standing, axis=2).std() > 1.5 * np.diff(standing, axis=1).std()
    back = model.reconstruct(toy.pictures[:40], toy.labels[:40].tolist()).astype(float)
    assert np.abs(back - toy.pictures[:40]).mean() < 0.3 * np.abs(toy.pictures[:40] - toy.pictures[:40].mean()).mean()


def test_a_nested_one_brings_more_back_the_more_of_the_code_it_may_use(toy, tmp_path):
    list(run(toy, tmp_path, changes={**NESTED, "steps": 400}))
    model = load_autoencoder(stored(tmp_path), CPU)
    errors = [
        np.abs(model.reconstruct(toy.pictures, length=length).astype(float) - toy.pictures).mean()
        for length in (1, 2, 4)
    ]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 0.6 * errors[0]
    assert not (tmp_path / "checkpoints" / "a" / SNAPSHOTS).exists()


@pytest.mark.parametrize("changes", [{}, NESTED])
def test_a_stopped_run_leaves_a_draft_and_goes_on_to_the_same_weights(toy, tmp_path, changes):
    list(run(toy, tmp_path, name="whole", changes=changes))
    progress = run(toy, tmp_path, name="parts", save_every_seconds=0.0, changes=changes)
    assert next(now.step for now in progress if now.step >= 9) == 9
    progress.close()
    assert stored(tmp_path, "parts").draft
    list(run(toy, tmp_path, name="parts", changes=changes))
    whole, parts = stored(tmp_path, "whole"), stored(tmp_path, "parts")
    assert not parts.draft and whole.sha256 == parts.sha256
    if not changes:
        strips = {(tmp_path / where / SNAPSHOTS).read_bytes()
                  for where in ("checkpoints/whole", "checkpoints/parts", "runs/parts")}
        assert len(strips) == 1


def test_the_strip_holds_a_row_a_snapshot_of_the_same_latents(toy, tmp_path):
    list(run(toy, tmp_path, changes={"steps": 20}))
    assert stored(tmp_path).training["snapshots"] == [8, 16, 20]
    strip = np.asarray(PIL.Image.open(io.BytesIO((tmp_path / "checkpoints" / "a" / SNAPSHOTS).read_bytes())))
    assert strip.shape == (3 * 14, WATCHED * 14, 3) and not np.array_equal(strip[:14], strip[28:])


def test_init_starts_from_the_weights_at_a_step_of_the_schedule(toy, tmp_path):
    list(run(toy, tmp_path))
    list(run(toy, tmp_path, name="b", init=stored(tmp_path), first_step=11, changes={"rate": 0.0}))
    first, again = stored(tmp_path), stored(tmp_path, "b")
    assert torch.allclose(again.weights["code.weight"], first.weights["code.weight"], atol=1e-3)
    assert again.training["step"] == 12


def test_the_kl_term_comes_in_slowly(toy, tmp_path):
    heard = [now.metrics["kl_weight"] for now in run(
        toy, tmp_path, save_every_seconds=0.0, changes={"steps": 6, "kl_warmup_steps": 4}
    )]
    assert heard == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])


@pytest.mark.parametrize("name", ["vae-digits", "autoencoder-digits"])
def test_the_shipped_recipes_fit_digits_and_stay_small(name):
    from contrastlab.cli.training import recipe_path

    path = recipe_path(name)
    shipped = check_recipe(read_recipe(path), VaeRecipe, where=path.name)
    parameters, operations = describe(shipped)
    assert parameters < 4.5e6 and operations > 0 and shipped.name == name


def test_the_cost_of_a_step_is_counted():
    parameters, operations = describe(recipe(classes=0))
    flat = 8 * 49
    forward = 16 * 8 * 49 + flat * 16 + 16 * 8 + 4 * 16 + 16 * flat + 8 * 16 * 49
    assert operations == 2 * forward * 3 * 16 and parameters < 20_000


@pytest.mark.parametrize(("changes", "key"), [
    ({"method": "guess"}, "knob.unknown_choice"), ({"classes": 3}, "gan.wrong_classes"),
    ({"widths": (8, 8)}, "training.wrong_size"),
])
def test_a_recipe_that_does_not_fit_is_refused(toy, tmp_path, changes, key):
    with pytest.raises(LabError) as caught:
        next(run(toy, tmp_path, changes=changes))
    assert caught.value.key == key
