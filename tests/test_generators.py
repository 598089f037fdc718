"""The contract of every committed generator, whatever trained it: seeds, classes, noise and sizes."""

import io
import json

import numpy as np
import PIL.Image
import pytest
import torch

from contrastlab.core.errors import LabError
from contrastlab.core.seeds import seed_of
from contrastlab.data.datasets import photo
from contrastlab.lab import Lab

LAB = Lab()
pytestmark = pytest.mark.parametrize("name", LAB.generators())
#: What a visitor may type for a seed: any whole number and any text.
WORDS = [0, 7, 2**64 - 1, 2**64, -1, -(10**30), "cat", "  7 ", "猫", "", "1e3", "0x10"]


def test_any_seed_paints_and_the_same_one_paints_the_same(name):
    generator = LAB.generator(name)
    seeds = [seed_of(word) for word in WORDS]
    classes = [place % len(generator.classes) for place in range(len(seeds))]
    painted = generator.generate(seeds, classes)
    assert painted.shape == (len(seeds), generator.side, generator.side, 3) and painted.dtype == np.uint8
    assert np.array_equal(painted, generator.generate(seeds, classes))
    for place in (0, 4, 6):
        alone = generator.generate([seeds[place]], [classes[place]])[0].astype(int)
        assert np.abs(alone - painted[place]).max() <= 2  # to the rounding of another batch size
    assert seeds[1] == seeds[7] and len({int(seed) for seed in seeds}) == len(WORDS) - 1
    latents = generator.latents(seeds)
    assert len(np.unique(latents, axis=0)) == len(WORDS) - 1 and np.isfinite(latents).all()


def test_another_process_paints_the_same(name):
    first, second = (lab.generator(name) for lab in (LAB, Lab()))
    assert first is not second and first.key == second.key
    numbers = list(range(len(first.classes)))
    assert np.array_equal(first.generate(numbers, numbers), second.generate(numbers, numbers))


def test_classes_and_seeds_differ_and_pictures_are_no_single_colour(name):
    generator = LAB.generator(name)
    count = len(generator.classes)
    of_classes = generator.generate([3] * count, range(count)).reshape(count, -1).astype(float)
    of_seeds = generator.generate(range(count), [0] * count).reshape(count, -1).astype(float)
    for rows in (of_classes, of_seeds):
        apart = np.abs(rows[:, None] - rows[None]).mean(axis=2)[~np.eye(count, dtype=bool)]
        assert apart.min() > 2 and rows.std(axis=1).min() > 5


def test_truncation_zero_is_one_picture_a_class_and_decode_agrees_with_paint(name):
    generator = LAB.generator(name)
    calm = generator.generate([1, 2, 3], [0, 0, 0], truncation=0)
    assert np.array_equal(calm[0], calm[1]) and np.array_equal(calm[0], calm[2])
    noise = torch.from_numpy(generator.latents([5, 6])).requires_grad_()
    decoded = generator.decode(noise, torch.tensor([0, len(generator.classes) - 1]))
    assert decoded.shape == (2, 3, generator.side, generator.side) and decoded.min() >= 0 and decoded.max() <= 1
    levels = (decoded.detach() * 255).permute(0, 2, 3, 1).cpu().numpy()
    assert np.abs(levels - generator.generate([5, 6], [0, len(generator.classes) - 1])).max() <= 2
    decoded.mean().backward()
    assert noise.grad.isfinite().all() and (noise.grad.abs().sum(dim=1) > 0).all()


def test_what_it_cannot_paint_is_refused_in_a_sentence(name):
    generator = LAB.generator(name)
    size = generator.latent
    for ask, key in (
        (lambda: generator.paint(np.full((1, size), np.nan, np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.full((1, size), -np.inf, np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.zeros((1, size + 1), np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.paint(np.zeros(size, np.float32), [0]), "gan.wrong_noise"),
        (lambda: generator.decode(torch.full((1, size), torch.nan), torch.tensor([0])), "gan.wrong_noise"),
        (lambda: generator.generate([0], [len(generator.classes)]), "gan.unknown_class"),
        (lambda: generator.generate([0], [-1]), "gan.unknown_class"),
        (lambda: generator.class_number("unicorn"), "gan.unknown_class"),
        (lambda: generator.generate([0, 1], [0]), "gan.wrong_count"),
        (lambda: generator.generate([-1], [0]), "knob.out_of_range"),
        (lambda: generator.generate([0.5], [0]), "knob.not_whole"),
        (lambda: generator.generate([0], [0], truncation=float("nan")), "knob.not_a_number"),
        (lambda: generator.generate([0], [0], truncation=9), "knob.out_of_range"),
    ):
        with pytest.raises(LabError) as caught:
            ask()
        assert caught.value.key == key
    assert generator.generate([], []).shape == (0, generator.side, generator.side, 3)


def test_it_is_small_knows_its_classes_and_a_discriminator_refuses_other_sizes(name):
    generator = LAB.generator(name)
    config = json.loads((LAB.checkpoints / name / "config.json").read_text(encoding="utf-8"))
    assert list(generator.classes) == config["preprocessing"]["classes"] and generator.side in (28, 32, 64)
    assert [generator.class_number(word) for word in generator.classes] == list(range(len(generator.classes)))
    painting = [weight for key, weight in _weights(name) if not key.startswith("discriminator.")]
    assert sum(painting) < 4.5e6
    if config["family"] == "gan":
        logits = generator.realness(generator.generate([0, 1], [0, 1]), [0, 1])
        assert logits.shape == (2,) and np.isfinite(logits).all()
        with pytest.raises(LabError, match="gan.wrong_size"):
            generator.realness([photo("coffee")], [0])


def test_its_pictures_of_the_same_latents_were_kept_while_it_learned(name):
    folder = LAB.checkpoints / name
    training = json.loads((folder / "config.json").read_text(encoding="utf-8"))["training"]
    side, steps = LAB.generator(name).side, training["snapshots"]
    strip = PIL.Image.open(io.BytesIO((folder / "snapshots.webp").read_bytes()))
    assert strip.size == (16 * side, len(steps) * side) and steps == sorted(set(steps)) and len(steps) > 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_graphics_card_paints_what_the_processor_does(name):
    here, there = (Lab(device=kind).generator(name) for kind in ("cpu", "cuda"))
    numbers = list(range(len(here.classes)))
    pictures = [each.generate(numbers, numbers).astype(int) for each in (here, there)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 3


def _weights(name):
    """(name, how many numbers) of each tensor of a checkpoint."""
    from safetensors import safe_open

    with safe_open(LAB.checkpoints / name / "model.safetensors", "pt") as stored:
        for key in stored.keys():  # noqa: SIM118
            yield key, int(np.prod(stored.get_slice(key).get_shape()))
