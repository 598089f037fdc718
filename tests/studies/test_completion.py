"""A generator fills holes in its own pictures with what was there, and touches nothing else."""

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.models.encoder.inference import untrained_embedder
from contrastlab.models.gan.inference import load_generator
from contrastlab.studies.completion import complete
from contrastlab.studies.inversion import invert
from tests.models.gan.test_inference import save_tiny

CPU = Device("cpu", torch.float32)


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    torch.set_num_threads(1)
    return load_generator(save_tiny(tmp_path_factory.mktemp("checkpoints") / "gan-tiny"), CPU)


@pytest.fixture(scope="module")
def own(generator):
    return generator.generate([5], [1])[0]


def hole(shape=(16, 16)):
    missing = np.zeros(shape, bool)
    missing[4:9, 5:12] = True
    return missing


@pytest.fixture(scope="module")
def encoder():
    return untrained_embedder(CPU, architecture={"widths": [8, 8, 8], "stem": 4, "head_hidden": 8, "projection": 4})


@pytest.mark.parametrize("with_encoder", [False, True])
def test_what_was_missing_comes_back_and_the_rest_is_bit_exact(generator, own, encoder, with_encoder):
    missing = hole()
    damaged = np.where(missing[:, :, None], 0, own).astype(np.uint8)
    told = list(complete(
        generator, damaged, missing, encoder=encoder if with_encoder else None, steps=80, restarts=4
    ))
    first, last = told[0], told[-1]
    assert [one.search.step for one in told] == list(range(81))
    assert all(np.array_equal(one.picture[~missing], own[~missing]) for one in told)
    apart = [np.abs(one.picture.astype(int) - own)[missing].mean() for one in (first, last)]
    assert apart[1] < apart[0] / 3 and apart[1] < 6
    assert last.search.levels < 4 and last.search.label == 1


@pytest.mark.parametrize("with_encoder", [False, True])
def test_what_a_missing_pixel_holds_is_of_no_account(generator, own, encoder, with_encoder):
    missing, curves = hole(), []
    for colour in (0, 255):
        damaged = np.where(missing[:, :, None], colour, own).astype(np.uint8)
        given = {"encoder": encoder if with_encoder else None, "missing": missing, "steps": 5, "restarts": 2}
        *_, last = invert(generator, damaged, **given)
        curves.append(last.curve)
    assert curves[0] == curves[1]
    *_, naive = invert(generator, damaged, steps=5, restarts=2)
    assert naive.curve != curves[0]


@pytest.mark.parametrize("size", [(48, 48), (40, 64), (70, 33), (12, 10)])
def test_any_size_is_filled_in_its_central_square(generator, size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    missing = np.zeros(size, bool)
    missing[2:6, :] = missing[:, 3:5] = True
    before = picture.copy()
    *_, last = complete(generator, picture, missing, steps=2, restarts=2)
    assert last.picture.shape == picture.shape
    assert np.array_equal(last.picture[~missing], picture[~missing])
    side = min(size)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    outside = np.ones(size, bool)
    outside[top : top + side, left : left + side] = False
    assert np.array_equal(last.picture[outside], before[outside])
    assert (last.picture != picture)[missing & ~outside].any()
    assert np.array_equal(picture, before)


def test_closing_ends_the_search(generator, own, monkeypatch):
    looked = []
    decode = type(generator).decode
    monkeypatch.setattr(type(generator), "decode", lambda self, *given: looked.append(1) or decode(self, *given))
    search = complete(generator, own, hole(), steps=1000)
    for _ in range(3):
        next(search)
    search.close()
    assert len(looked) == 4 + 3


@pytest.mark.parametrize(("missing", "key"), [
    (np.zeros((5, 5), bool), "restore.wrong_mask"), (np.zeros((16, 16), np.uint8), "restore.wrong_mask"),
    (np.ones((16, 16), bool), "restore.all_missing"),
])
def test_masks_that_do_not_fit_are_told(generator, own, missing, key):
    with pytest.raises(LabError) as caught:
        next(complete(generator, own, missing))
    assert caught.value.key == key


def test_a_hole_that_leaves_no_whole_pixel_at_the_generators_side_is_told(generator):
    missing = np.zeros((160, 160), bool)
    missing[::5] = missing[:, ::5] = True
    with pytest.raises(LabError, match=r"restore\.all_missing"):
        next(complete(generator, np.zeros((160, 160, 3), np.uint8), missing))
