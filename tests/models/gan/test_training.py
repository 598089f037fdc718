"""A tiny GAN trains for real: it moves towards the data, a killed run goes on, drafts, inits and snapshots work."""

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
from contrastlab.models.gan.inference import load_generator
from contrastlab.models.gan.training import GanRecipe, describe, train
from contrastlab.training.curve import read_curve
from contrastlab.training.snapshots import SNAPSHOTS, WATCHED

CPU = Device("cpu", torch.float32)
TINY = {
    "family": "gan", "name": "tiny", "data": "toy", "architecture": "resnet", "latent": 4, "classes": 2,
    "widths": (16, 8), "discriminator_widths": (8, 8), "loss": "hinge", "penalty": "none", "penalty_weight": 0.0,
    "augment": (), "flip": True, "batch_size": 16, "discriminator_steps": 1, "generator_rate": 1e-3,
    "discriminator_rate": 2e-3, "beta1": 0.0, "beta2": 0.9, "warmup_steps": 2, "ema_decay": 0.9, "steps": 12,
    "minutes": 0.0, "seed": 0,
}
#: Rates at which it gets somewhere in a few seconds.
FAST = {"beta1": 0.5, "generator_rate": 3e-3, "discriminator_rate": 5e-3}


def recipe(**changes):
    return check_recipe({**TINY, **changes}, GanRecipe, where="test")


@pytest.fixture(scope="module")
def toy():
    """Dark pictures of one class, bright ones of the other, 8x8."""
    rng = np.random.default_rng(0)
    labels = np.arange(96) % 2
    pictures = rng.normal(np.where(labels, 200, 40)[:, None, None, None], 10, (96, 8, 8, 3)).clip(0, 255)
    return Dataset("toy", "all", pictures.astype(np.uint8), labels, ("dark", "bright"))


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


def stored(tmp_path, name):
    return load_checkpoint(tmp_path / "checkpoints" / name, family="gan")


def test_it_learns_which_class_is_bright_and_the_checkpoint_is_whole(toy, tmp_path):
    progress = list(run(toy, tmp_path, changes={**FAST, "steps": 300}))
    assert {"generator_loss", "discriminator_loss", "real_logit", "fake_logit"} <= set(progress[-1].metrics)
    checkpoint = stored(tmp_path, "a")
    assert not checkpoint.draft and checkpoint.training["step"] == checkpoint.training["max_steps"] == 300
    generator = load_generator(checkpoint, CPU)
    assert generator.classes == ("dark", "bright")
    dark, bright = (generator.generate(range(20), [number] * 20).mean() for number in (0, 1))
    assert dark < 80 and bright > 160


def test_a_stopped_run_leaves_a_draft_and_goes_on_to_the_same_weights_and_snapshots(toy, tmp_path):
    list(run(toy, tmp_path, name="whole"))
    progress = run(toy, tmp_path, name="parts", save_every_seconds=0.0)
    assert next(now.step for now in progress if now.step >= 9) == 9
    progress.close()
    draft = stored(tmp_path, "parts")
    assert draft.draft and draft.training["step"] == 9 and draft.training["snapshots"] == [8]
    list(run(toy, tmp_path, name="parts"))
    whole, parts = stored(tmp_path, "whole"), stored(tmp_path, "parts")
    assert not parts.draft and whole.sha256 == parts.sha256
    strips = [(tmp_path / where / SNAPSHOTS).read_bytes()
              for where in ("checkpoints/whole", "checkpoints/parts", "runs/parts")]
    assert strips[0] == strips[1] == strips[2]


def test_the_strip_holds_a_row_a_snapshot_of_the_same_latents(toy, tmp_path):
    list(run(toy, tmp_path, changes={"steps": 20}))
    checkpoint = stored(tmp_path, "a")
    assert checkpoint.training["snapshots"] == [8, 16, 20]
    strip = np.asarray(PIL.Image.open(io.BytesIO((tmp_path / "checkpoints" / "a" / SNAPSHOTS).read_bytes())))
    assert strip.shape == (3 * 8, WATCHED * 8, 3)
    assert not np.array_equal(strip[:8], strip[16:])


def test_what_was_logged_lies_beside_the_weights(toy, tmp_path):
    list(run(toy, tmp_path, save_every_seconds=0.0))
    curve = read_curve(tmp_path / "checkpoints" / "a")
    assert curve is not None and curve.steps[-1] >= 11
    assert set(curve.lines) == {"generator_loss", "discriminator_loss", "real_logit", "fake_logit"}


def test_init_starts_from_both_players_at_a_step_of_the_schedule(toy, tmp_path):
    list(run(toy, tmp_path))
    first = stored(tmp_path, "a")
    still = {"generator_rate": 0.0, "discriminator_rate": 0.0}
    list(run(toy, tmp_path, name="b", init=first, first_step=11, changes=still))
    list(run(toy, tmp_path, name="c", first_step=11, changes=still))
    again, fresh = stored(tmp_path, "b"), stored(tmp_path, "c")
    for weights in ("generator.start.weight", "discriminator.stem.1.parametrizations.weight.original"):
        assert torch.allclose(again.weights[weights], first.weights[weights], atol=1e-3)
        assert not torch.allclose(fresh.weights[weights], first.weights[weights], atol=1e-3)
    assert again.training["step"] == 12


def test_the_same_seed_gives_the_same_weights_and_another_does_not(toy, tmp_path):
    hashes = []
    for name, seed in (("x", 0), ("y", 0), ("z", 1)):
        list(run(toy, tmp_path, name=name, changes={"seed": seed, "steps": 4}))
        hashes.append(stored(tmp_path, name).sha256)
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("changes", [
    {"loss": "wgan", "penalty": "gradient", "penalty_weight": 10.0, "discriminator_steps": 3},
    {"loss": "bce", "penalty": "r1", "penalty_weight": 0.1}, {"loss": "minimax"}, {"loss": "lsgan"},
    {"augment": ("colour", "translation", "cutout"), "flip": False},
])
def test_every_setting_moves_both_players(toy, tmp_path, changes):
    list(run(toy, tmp_path, name="short", changes={**changes, "steps": 1}))
    list(run(toy, tmp_path, name="long", changes={**changes, "steps": 6, "warmup_steps": 0}))
    short, long = stored(tmp_path, "short"), stored(tmp_path, "long")
    for weights in ("generator.paint.weight", "discriminator.real.parametrizations.weight.original"):
        assert long.weights[weights].isfinite().all()
        assert not torch.allclose(short.weights[weights], long.weights[weights], atol=1e-3)


def test_the_penalty_holds_the_gradient_down(toy, tmp_path):
    lengths = {}
    for weight in (0.0, 30.0):
        name = f"r1-{weight:.0f}"
        changes = {"loss": "bce", "penalty": "r1", "penalty_weight": weight, "steps": 60}
        list(run(toy, tmp_path, name=name, changes=changes))
        generator = load_generator(stored(tmp_path, name), CPU)
        pictures = torch.from_numpy(toy.pictures[:16].transpose(0, 3, 1, 2)).float().div(127.5).sub(1).requires_grad_()
        generator.discriminator(pictures, torch.from_numpy(toy.labels[:16])).sum().backward()
        lengths[weight] = pictures.grad.flatten(1).norm(dim=1).mean().item()
    assert lengths[30.0] < 0.5 * lengths[0.0]


def test_the_shipped_recipe_stays_under_the_size_limit_and_its_cost_is_counted():
    from contrastlab.cli.training import recipe_path

    path = recipe_path("gan-cifar10")
    parameters, operations = describe(check_recipe(read_recipe(path), GanRecipe, where=path.name))
    assert parameters < 4.5e6
    small, small_operations = describe(recipe())
    # A tiny pair counted by hand: 2 x inputs x outputs x kernel x positions.
    paint = 2 * (4 * 256 + 16 * 8 * 9 * 64 + 8 * 8 * 9 * 64 + 16 * 8 * 16 + 8 * 3 * 9 * 64)
    judge = 2 * (12 * 8 * 9 * 16 + 2 * 8 * 8 * 9 * 16 + 2 * 8 * 8 * 9 * 4 + 8)
    assert small_operations == (3 * paint + 8 * judge) * 16
    assert small < 20_000 and operations > small_operations


@pytest.mark.parametrize(("changes", "key"), [
    ({"loss": "guess"}, "knob.unknown_choice"), ({"penalty": "guess"}, "knob.unknown_choice"),
    ({"classes": 3}, "gan.wrong_classes"), ({"widths": (8, 8, 8)}, "training.wrong_size"),
])
def test_a_recipe_that_does_not_fit_is_refused(toy, tmp_path, changes, key):
    with pytest.raises(LabError) as caught:
        next(run(toy, tmp_path, changes=changes))
    assert caught.value.key == key
