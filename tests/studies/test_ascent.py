"""What is climbed rises, in latents and in pixels; a restraint holds it back; each goal is what it says."""

import math

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.images import to_tensor
from contrastlab.models.encoder.inference import PixelEmbedder, untrained_embedder
from contrastlab.models.gan.inference import load_generator
from contrastlab.studies.ascent import ascend, class_goal, likeness_goal, realness_goal, roughness
from contrastlab.studies.prototypes import prototypes
from tests.models.gan.test_inference import CLASSES, save_tiny
from tests.models.vae.test_vae_inference import save_tiny_vae

CPU = Device("cpu", torch.float32)


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    return load_generator(save_tiny(tmp_path_factory.mktemp("checkpoints") / "gan-tiny"), CPU)


@pytest.fixture(scope="module")
def encoder():
    return untrained_embedder(CPU, architecture={"widths": [8, 8, 8], "stem": 4, "head_hidden": 8, "projection": 4})


@pytest.fixture(scope="module")
def seen_as(generator, encoder):
    return prototypes(generator, encoder, each=8)


@pytest.fixture(scope="module")
def goals(generator, encoder, seen_as):
    return {"class": class_goal(seen_as, 2), "realness": realness_goal(generator, 1),
            "likeness": likeness_goal(encoder, generator.generate([9], [2])[0])}


@pytest.fixture(scope="module")
def latents(generator):
    return generator.latents([3])[0]


@pytest.mark.parametrize("where", ["latents", "pixels"])
@pytest.mark.parametrize("goal", ["class", "realness", "likeness"])
def test_the_score_rises(generator, goals, latents, goal, where):
    told = list(ascend(generator, goals[goal], latents, 1, where=where, steps=25))
    assert [one.step for one in told] == list(range(26))
    first, last = (float(goals[goal].score(to_tensor(told[at].picture))) for at in (0, -1))
    assert last > first and told[-1].score >= told[0].score and len(told[-1].curve) == 26
    begun = generator.paint(latents[None], [1])[0]
    assert np.abs(told[0].picture.astype(int) - begun).max() <= 1 and told[0].away == 0 < told[-1].away
    # The score is that of the picture that is shown.
    assert goals[goal].told(last) == pytest.approx(told[-1].score, abs=0.05)
    if where == "latents":
        assert np.array_equal(told[0].latents, latents)
        assert np.abs(generator.paint(told[-1].latents[None], [1])[0].astype(int) - told[-1].picture).max() <= 1
        assert told[0].length == pytest.approx(math.sqrt((latents**2).mean()), rel=1e-5)
    else:
        assert told[-1].latents is None and told[-1].length is None


def test_a_restraint_keeps_latents_short_and_pixels_smooth(generator, goals, latents):
    def ends(where, restraint, begin):
        *_, last = ascend(generator, goals["class"], latents, 1, where=where, begin=begin, steps=60, pace=10,
                          restraint=restraint)
        return last

    assert ends("latents", 10, "picture").length < ends("latents", 0, "picture").length
    rough, smooth = (roughness(ends("pixels", weight, "chance").picture[None])[0] for weight in (0, 10))
    assert smooth < 0.8 * rough


def test_pixels_move_by_the_pace_and_stay_in_range(generator, goals, latents):
    _, first = ascend(generator, goals["class"], latents, 1, where="pixels", steps=1, pace=4)
    assert np.abs(first.picture.astype(int) - first.begun).max() <= math.ceil(0.04 * 0.25 * 255) + 1
    assert 0 < first.away <= 0.04 * 0.25 * 255 + 0.5


def test_chance_begins_where_the_seed_says(generator, goals, latents):
    def begun(where, seed):
        return next(ascend(generator, goals["class"], latents, 1, where=where, begin="chance", seed=seed)).begun

    for where in ("latents", "pixels"):
        assert np.array_equal(begun(where, 1), begun(where, 1)) and not np.array_equal(begun(where, 1), begun(where, 2))
    assert roughness(begun("pixels", 1)[None])[0] > 40


def test_prototypes_know_the_pictures_they_were_made_of(generator, seen_as):
    pictures = generator.generate(range(24), [place % 3 for place in range(24)])
    chances = seen_as.chances(pictures)
    assert chances.shape == (24, 3) and np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert (chances.argmax(axis=1) == np.arange(24) % 3).mean() > 0.45 and seen_as.classes == tuple(CLASSES)
    assert np.allclose(np.linalg.norm(seen_as.rows.numpy(), axis=1), 1, atol=1e-5)
    assert 0 < seen_as.temperature <= 0.2


def test_realness_is_told_among_its_own(generator, goals):
    own = generator.generate(range(64), [1] * 64)
    told = [goals["realness"].told(logit) for logit in generator.realness(own, [1] * 64)]
    assert sorted(told) == [place / 64 for place in range(64)]


def test_roughness_is_the_mean_step_between_neighbours():
    stripes = np.zeros((2, 4, 4, 3), np.uint8)
    stripes[1, :, ::2] = 100  # a step of 100 across, none down
    assert roughness(stripes).tolist() == [0, 50]


def test_what_cannot_be_climbed_is_told(generator, goals, latents, tmp_path):
    from contrastlab.models.vae.inference import load_autoencoder

    painter = load_autoencoder(save_tiny_vae(tmp_path / "vae-tiny"), CPU)
    for make, key in (
        (lambda: realness_goal(painter, 0), "gan.no_discriminator"),
        (lambda: realness_goal(generator, 7), "gan.unknown_class"),
        (lambda: likeness_goal(PixelEmbedder(), np.zeros((8, 8, 3), np.uint8)), "attack.needs_network"),
        (lambda: prototypes(generator, PixelEmbedder()), "attack.needs_network"),
        (lambda: next(ascend(generator, goals["class"], latents[:2], 1)), "gan.wrong_noise"),
        (lambda: next(ascend(generator, goals["class"], latents * np.float32("nan"), 1)), "gan.wrong_noise"),
        (lambda: next(ascend(generator, goals["class"], latents, 1, where="dreams")), "knob.unknown_choice"),
        (lambda: next(ascend(generator, goals["class"], latents, 1, pace=0)), "knob.out_of_range"),
    ):
        with pytest.raises(LabError) as caught:
            make()
        assert caught.value.key == key
