"""The restorer learns to take damage away, leaves alone what it does not know yet, and its truths are true."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

import contrastlab
from contrastlab.core.checkpoint import load_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.recipe import check_recipe, read_recipe
from contrastlab.data.datasets import Dataset
from contrastlab.models.restorer import sampling
from contrastlab.models.restorer.inference import Findings, load_repairer
from contrastlab.models.restorer.network import BLUR_UNIT, Estimator, Restorer
from contrastlab.models.restorer.training import RestorerRecipe, charbonnier, describe, train

CPU = Device("cpu", torch.float32)
TINY = {
    "family": "restorer", "name": "tiny", "data": "toy", "more_data": "other", "more_share": 0.25, "widths": (8, 12),
    "blocks": 1, "estimator_width": 8, "side": 16, "batch_size": 8, "last_side": 32, "last_batch_size": 2,
    "last_from": 0.75, "hole_weight": 3.0, "rate": 3e-3, "beta1": 0.9, "beta2": 0.99, "clip_norm": 1.0,
    "warmup_steps": 2, "ema_decay": 0.9, "steps": 12, "minutes": 0.0, "seed": 0,
}


def recipe(**changes):
    return check_recipe({**TINY, **changes}, RestorerRecipe, where="test")


def photographs(count, side=72, seed=0):
    """Soft colour gradients with an edge."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[:side, :side] / side
    pictures = []
    for _ in range(count):
        a, b, c = rng.uniform(0, 255, (3, 3))
        picture = a * down[:, :, None] + b * across[:, :, None] + c * (across > rng.uniform())[:, :, None]
        pictures.append(np.clip(picture / 1.5, 0, 255).astype(np.uint8))
    return Dataset("toy", "train", tuple(pictures), np.full(count, -1), ())


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(tmp_path, name="a", **settings):
    changes = settings.pop("changes", {})
    return train(recipe(name=name, **changes), photographs(4), photographs(3, seed=1), run=tmp_path / "runs" / name,
                 checkpoint=tmp_path / "checkpoints" / name, device=CPU, **settings)


# --- network ---------------------------------------------------------------------------------------------------------


def untrained(seed=0):
    torch.manual_seed(seed)
    network = Restorer(widths=(8, 12), blocks=1)
    torch.nn.init.normal_(network.leave.weight, std=0.05)
    return network.eval()


def test_before_training_it_changes_nothing():
    x = torch.rand(2, 3, 16, 24)
    assert torch.equal(Restorer(widths=(8, 12), blocks=1)(x, x[:, :1] * 0, torch.zeros(2, 3, 1, 1)), x)


def test_twice_the_input_is_twice_the_output():
    """No bias anywhere: Mohan et al. 2020, sec. 4."""
    network, x, maps = untrained(), torch.rand(1, 3, 16, 16), torch.rand(1, 3, 1, 1)
    missing = (torch.rand(1, 1, 16, 16) < 0.1).float()
    once, twice = network(x, missing, maps), network(2 * x, 2 * missing, 2 * maps)
    assert (twice - 2 * once).abs().max() < 1e-4
    assert (once - x).abs().max() > 1e-3


def test_at_a_pixel_it_is_a_filter_of_the_input():
    """Locally linear: the Jacobian's row times the input (and maps) is the output itself."""
    network, maps = untrained(), torch.rand(1, 3, 1, 1, requires_grad=True)
    x, missing = torch.rand(1, 3, 16, 16, requires_grad=True), torch.zeros(1, 1, 16, 16)
    pixel = network(x, missing, maps)[0, 1, 7, 9]
    rows = torch.autograd.grad(pixel, (x, maps))
    total = sum((row * of).sum() for row, of in zip(rows, (x, maps), strict=True))
    assert float(total.detach()) == pytest.approx(float(pixel.detach()), abs=1e-5)


def test_maps_may_be_one_number_or_differ_from_place_to_place():
    network, x, missing = untrained(), torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    maps = torch.rand(1, 3, 1, 1)
    same = network(x, missing, maps.expand(1, 3, 16, 16).clone())
    assert (same - network(x, missing, maps)).abs().max() < 1e-6
    half = torch.cat([maps.expand(1, 3, 16, 8), 2 * maps.expand(1, 3, 16, 8)], dim=3)
    assert (network(x, missing, half) - same).abs().max() > 1e-4


def test_the_estimator_knows_no_brightness():
    torch.manual_seed(0)
    estimator, x = Estimator(width=8).eval(), torch.rand(2, 3, 32, 32) / 2
    assert (estimator(x + 0.3) - estimator(x)).abs().max() < 1e-4
    assert estimator(x).shape == (2, 3)


def test_charbonnier_by_hand():
    clean = torch.zeros(1, 1, 1, 2)
    repaired = torch.tensor([[[[3e-3, 1.0]]]])
    weight = torch.tensor([[[[1.0, 3.0]]]])
    expected = (math.sqrt(9e-6 + 1e-6) + 3 * math.sqrt(1 + 1e-6)) / 2
    assert float(charbonnier(repaired, clean, weight)) == pytest.approx(expected, rel=1e-5)


# --- sampling --------------------------------------------------------------------------------------------------------


def batch(count=64, side=32, seed=0):
    pictures = photographs(5, side=100).pictures
    return sampling.draw_batch(lambda chance: pictures[int(chance.integers(5))], count, side, seed)


def test_samples_are_drawn_from_the_seed_alone():
    one, again, other = batch(8), batch(8), batch(8, seed=1)
    assert torch.equal(one.damaged, again.damaged)
    assert torch.equal(one.maps, again.maps)
    assert not torch.equal(one.damaged, other.damaged)


def test_what_is_missing_is_black_and_what_is_clean_is_the_same():
    drawn = batch(200)
    lost = drawn.missing.expand(-1, 3, -1, -1) > 0
    assert lost.any()
    assert (drawn.damaged[lost] == 0).all()
    quiet = (drawn.maps.amax(dim=(1, 2, 3)) == 0) & (drawn.missing.amax(dim=(1, 2, 3)) == 0)
    assert quiet.any()
    assert torch.equal(drawn.clean[quiet], drawn.damaged[quiet])
    assert drawn.clean.min() >= 0
    assert drawn.clean.max() <= 1


def test_the_noise_that_is_told_is_the_noise_that_is_there():
    flat = np.full((120, 120, 3), 120, np.uint8)
    drawn = sampling.draw_batch(lambda _: flat, 150, 64, 3)
    only = (drawn.maps[:, 1:].amax(dim=(1, 2, 3)) == 0) & (drawn.missing.amax(dim=(1, 2, 3)) == 0)
    noisy = only & (drawn.maps[:, 0].amax(dim=(1, 2)) > 0.02)
    assert noisy.sum() > 20
    for place in torch.nonzero(noisy).flatten().tolist():
        difference = drawn.damaged[place] - drawn.clean[place]
        told = drawn.maps[place, 0].square().mean().sqrt()
        assert float(difference.square().mean().sqrt()) == pytest.approx(float(told), rel=0.25, abs=0.004)


def test_told_is_the_truth_up_to_a_quarter_or_nothing():
    maps = torch.full((400, 3, 4, 4), 0.2)
    heard = sampling.told(maps, torch.Generator().manual_seed(0))
    silent = heard.amax(dim=(1, 2, 3)) == 0
    assert 0.05 < silent.float().mean() < 0.15
    assert heard[~silent].min() >= 0.8 * 0.2 - 1e-6
    assert heard[~silent].max() <= 1.25 * 0.2 + 1e-6


# --- training --------------------------------------------------------------------------------------------------------


def test_it_learns_to_take_noise_away(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "KINDS", {"noise": 1.0})
    progress = list(run(tmp_path, changes={"steps": 250, "more_share": 0.0}))
    assert progress[-1].metrics["charbonnier"] < 0.8 * progress[0].metrics["charbonnier"]
    repairer = load_repairer(load_checkpoint(tmp_path / "checkpoints" / "a", family="restorer"), CPU)
    clean = photographs(1, seed=9).pictures[0]
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 25, clean.shape), 0, 255).astype(np.uint8)
    repaired = repairer.restore(noisy, told=Findings(25, 100, 0))
    error = [np.square(one.astype(float) - clean).mean() for one in (noisy, repaired)]
    assert error[1] < 0.7 * error[0]


def test_a_killed_run_takes_the_same_steps(tmp_path):
    list(run(tmp_path, "whole"))
    half = run(tmp_path, "half", save_every_seconds=0.0)
    for progress in half:
        if progress.step >= 6:
            break
    half.close()
    assert load_checkpoint(tmp_path / "checkpoints" / "half").draft
    list(run(tmp_path, "half"))
    weights = [load_checkpoint(tmp_path / "checkpoints" / name).weights for name in ("whole", "half")]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])


def test_a_draft_goes_on_under_another_name(tmp_path):
    list(run(tmp_path))
    init = load_checkpoint(tmp_path / "checkpoints" / "a")
    list(run(tmp_path, "b", init=init, first_step=10))
    facts = load_checkpoint(tmp_path / "checkpoints" / "b").training
    assert facts["step"] == 12
    assert facts["init"] == {"name": "a", "sha256": init.sha256, "step": init.training["step"]}


def test_photographs_smaller_than_the_pieces_are_refused(tmp_path):
    with pytest.raises(LabError, match=r"training\.wrong_size"):
        list(run(tmp_path, changes={"side": 64}))


def test_the_recipe_is_small_enough_for_the_page():
    shipped = Path(contrastlab.__file__).parent / "recipes" / "restorer.toml"
    parameters, operations = describe(check_recipe(read_recipe(shipped), RestorerRecipe, where="restorer"))
    assert parameters < 4.5e6
    assert operations > 0
    assert BLUR_UNIT > 0
