"""The generator's opening: chosen by a stated rule, kept for the weights that painted it and for no others."""

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.images import open_image
from contrastlab.nn.decoding import Decoder
from contrastlab.studies.morph import (
    ABOUT,
    CANDIDATES,
    MORPH,
    SIXTEEN,
    make_morph,
    mosaic,
    own_class,
    plain_morph,
    read_morph,
    write_morph,
)


class Stripes(Decoder):
    """Paints stripes: the first latent says how strong, the class how wide."""

    def _painted(self, noise, classes):
        wave = torch.sin(torch.arange(8) / (1.0 + classes.float()[:, None]))
        strength = noise[:, :1].sigmoid()
        return (0.5 + 0.5 * strength * wave)[:, None, None, :].expand(-1, 3, 8, 8)


@pytest.fixture(scope="module")
def stripes():
    return Stripes("stripes", "abc", ("a", "b", "c"), 4, 8, Device("cpu", torch.float32))


def by_seed(pictures, kinds):
    """The later, the better."""
    return np.arange(len(pictures), dtype=np.float32)


def test_every_class_takes_turns_and_the_best_come_first(stripes):
    morph = make_morph(stripes, by_seed)
    assert len(morph.seeds) == SIXTEEN
    assert len({morph.main, *morph.seeds}) == SIXTEEN + 1
    assert min(morph.main, *morph.seeds) >= CANDIDATES - SIXTEEN - 2
    for first in range(1, SIXTEEN - 3, 3):
        assert {own_class(seed, 3) for seed in morph.seeds[first + 1 : first + 4]} == {0, 1, 2}


def test_the_main_one_is_the_strongest_of_each_classes_best(stripes):
    best = [CANDIDATES - 3, CANDIDATES - 2, CANDIDATES - 1]
    pictures = stripes.generate(best, [own_class(seed, 3) for seed in best])
    spread = pictures.astype(float).std(axis=(1, 2, 3))
    assert make_morph(stripes, by_seed).main == best[int(spread.argmax())]


def test_without_a_judge_the_seeds_come_as_they_are(stripes):
    morph = make_morph(stripes)
    assert (morph.main, morph.seeds) == (0, tuple(range(1, SIXTEEN + 1)))
    first = open_image(morph.animation).pixels.astype(int)
    still = mosaic(stripes.generate(morph.seeds, [own_class(seed, 3) for seed in morph.seeds]))
    assert first.shape == still.shape
    assert np.abs(first - still).mean() < 6


def test_it_is_kept_for_these_weights_only(stripes, tmp_path):
    morph = make_morph(stripes, by_seed)
    assert read_morph(tmp_path, stripes) == plain_morph()
    write_morph(tmp_path, morph, stripes)
    assert read_morph(tmp_path, stripes) == morph
    other = Stripes("stripes", "other", ("a", "b", "c"), 4, 8, stripes.device)
    assert read_morph(tmp_path, other) == plain_morph()


@pytest.mark.parametrize(
    ("name", "content"), [(ABOUT, b"{"), (ABOUT, b'{"weights": "abc", "main": -1, "seeds": []}'), (MORPH, b"no")]
)
def test_a_damaged_one_counts_as_none(stripes, tmp_path, name, content):
    write_morph(tmp_path, make_morph(stripes), stripes)
    (tmp_path / name).write_bytes(content)
    assert read_morph(tmp_path, stripes) == plain_morph()
