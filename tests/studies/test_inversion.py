"""A search finds what a generator painted, is the same each time, and leaves off when nobody listens."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.seen import seen_by, view
from contrastlab.models.encoder.inference import PixelEmbedder, untrained_embedder
from contrastlab.models.gan.inference import load_generator
from contrastlab.studies.inversion import RESTARTS, STEPS, invert
from tests.models.gan.test_inference import save_tiny

CPU = Device("cpu", torch.float32)


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return load_generator(save_tiny(tmp_path_factory.mktemp("checkpoints") / "gan-tiny"), CPU)


@pytest.fixture(scope="module")
def own(generator):
    return generator.generate([5], [1])[0]


@pytest.fixture(scope="module")
def encoder():
    return untrained_embedder(CPU, architecture={"widths": [8, 8, 8], "stem": 4, "head_hidden": 8, "projection": 4})


@pytest.mark.parametrize("with_encoder", [False, True])
def test_its_own_picture_is_found_again(generator, own, encoder, with_encoder):
    told = list(invert(generator, own, encoder=encoder if with_encoder else None, steps=80, restarts=4))
    first, last = told[0], told[-1]
    assert [one.step for one in told] == list(range(81)) and {one.steps for one in told} == {80}
    assert last.loss < first.loss / 20 and last.levels < first.levels / 4
    assert all(after <= before for before, after in pairwise(last.curve)) and len(last.curve) == 81
    assert last.label == 1 and np.array_equal(last.target, own)
    painted = generator.paint(last.latents[None], [last.label])[0]
    assert np.abs(painted.astype(int) - last.picture).max() <= 1
    difference = painted.astype(float) - own
    assert last.levels == pytest.approx(math.sqrt((difference**2).mean()), abs=0.5)
    assert (last.alike is None) != with_encoder and (last.alike is None or last.alike > 0.99)
    # The start is no draw of a seed: nothing was looked up.
    assert first.levels > 3


def test_the_seed_decides_where_it_starts_and_nothing_else_does(generator, own):
    def run(seed):
        return list(invert(generator, own, steps=3, restarts=2, seed=seed))[-1]

    one, again, other = run(1), run(1), run(2)
    assert one.curve == again.curve and np.array_equal(one.latents, again.latents)
    assert one.curve[0] != other.curve[0]
    state = torch.get_rng_state()
    run(3)
    assert torch.equal(state, torch.get_rng_state())


def test_a_class_that_is_given_is_kept(generator, own):
    told = list(invert(generator, own, label=2, steps=4, restarts=3))
    assert {one.label for one in told} == {2}
    with pytest.raises(LabError, match=r"gan\.unknown_class"):
        next(invert(generator, own, label=3))


def test_the_worse_ones_are_given_up_and_the_best_never_is(generator, own):
    told = list(invert(generator, own, steps=30, restarts=8))
    for before, after, alive in ((10, 20, 4), (20, 30, 2)):
        still = [one == other for one, other in zip(told[before].losses, told[after].losses, strict=True)]
        assert still.count(False) == alive
        assert not still[int(np.argmin(told[before].losses))]


def test_latents_stay_as_long_as_drawn_ones_are(generator):
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    longest = math.sqrt(6) + 3 * math.sqrt(0.5)
    told = list(invert(generator, noise, steps=60, restarts=4))
    assert all(np.linalg.norm(one.latents) <= longest * 1.001 for one in told)
    assert told[-1].levels > 40  # noise it cannot paint


def test_closing_ends_the_search(generator, own, monkeypatch):
    looked = []
    decode = type(generator).decode
    monkeypatch.setattr(type(generator), "decode", lambda self, *given: looked.append(1) or decode(self, *given))
    search = invert(generator, own, steps=1000)
    for _ in range(3):
        next(search)
    search.close()
    assert len(looked) == 4 + 3  # 256 candidates in four parts, then a step each


@pytest.mark.parametrize(("shape", "dtype"), [((16, 16), np.uint8), ((16, 16, 4), np.uint8), ((9, 9, 3), np.float32)])
def test_what_is_no_picture_is_told(generator, shape, dtype):
    with pytest.raises(LabError, match=r"image\.wrong_shape"):
        next(invert(generator, np.zeros(shape, dtype)))


@pytest.mark.parametrize(("given", "key"), [
    ({"steps": 0}, "knob.out_of_range"), ({"steps": float("nan")}, "knob.not_a_number"),
    ({"restarts": STEPS.maximum + RESTARTS.maximum}, "knob.out_of_range"), ({"seed": -1}, "knob.out_of_range"),
    ({"encoder": PixelEmbedder()}, "attack.needs_network"),
])
def test_bad_settings_are_told(generator, own, given, key):
    with pytest.raises(LabError) as caught:
        next(invert(generator, own, **given))
    assert caught.value.key == key


@pytest.mark.parametrize("side", [8, 16, 24])
def test_the_differentiable_view_is_the_view(side):
    from contrastlab.core.images import to_images, to_tensor

    ramp = np.linspace(0, 255, 16).astype(np.uint8)
    picture = np.stack([np.tile(ramp, (16, 1)), np.tile(ramp[:, None], (1, 16)), np.full((16, 16), 90, np.uint8)], 2)
    seen = to_images(seen_by(to_tensor([picture]), side))[0]
    assert seen.shape == (side, side, 3)
    assert np.abs(seen.astype(int) - view(picture, side)).max() <= (0 if side == 16 else 6)
