"""A copy is told from what is new, by rows that take a fraction of their place; nothing stale is ever used."""

import dataclasses
from functools import partial

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import glyphs
from contrastlab.metrics.generative import nearest_distances
from contrastlab.models.gan.inference import Generator
from contrastlab.models.gan.network import build
from contrastlab.studies.compact import compact, unpack
from contrastlab.studies.known import known_path, learn_known, read_known, write_known
from contrastlab.studies.sample_card import (
    REFERENCE,
    SHOWN,
    make_reference,
    read_reference,
    sample_card,
    write_reference,
)

ARCHITECTURE = {"kind": "mlp", "latent": 6, "classes": 10, "widths": [12, 16, 784], "discriminator_widths": [16, 12]}


class Coarse:
    """Sees squares of 4 x 4 pixels in grey: rows of 49 numbers."""

    name, key, band, side = "coarse", "coarse", None, 28

    def embed(self, images):
        small = [np.asarray(image, np.float32).reshape(7, 4, 7, 4, 3).mean(axis=(1, 3, 4)) - 60
                 for image in images]
        rows = np.stack(small).reshape(len(small), -1)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


ENCODER = Coarse()


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("CONTRASTLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


def split(name, count, seed):
    drawn = glyphs(count, seed)
    drawn = type(drawn)(drawn.name, name, drawn.pictures, drawn.labels, drawn.classes)
    return drawn


@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    network, discriminator = build(ARCHITECTURE)
    return Generator(
        name="gan-tiny", key="weights", classes=glyphs(1, 0).classes, latent=6, side=28,
        device=Device("cpu", torch.float32), network=network.eval(), discriminator=discriminator.eval(),
    )


@pytest.fixture(scope="module")
def data():
    return split("train", 400, 0), split("test", 300, 1)


@pytest.fixture(scope="module")
def made(generator, data):
    shares = []
    known, packed = learn_known(ENCODER, *data, generator.side, on_progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1
    return make_reference(generator, known, data[1]), packed


def find_known(folder):
    return partial(read_known, folder)


def test_compact_rows_stay_within_the_budget_and_near_the_truth():
    chance = np.random.default_rng(0)
    rows = chance.normal(size=(3000, 24)).astype(np.float32) * np.geomspace(1, 0.05, 24, dtype=np.float32)
    fine, packed = compact(rows, budget=30_000)
    coarse, smaller = compact(rows, budget=10_000)
    assert len(packed) <= 30_000 and len(smaller) <= 10_000 and coarse.step > fine.step
    queries = chance.normal(size=(50, 24)).astype(np.float32) * np.geomspace(1, 0.05, 24, dtype=np.float32)
    exact = nearest_distances(rows, queries)
    errors = [np.abs(one.nearest(queries, 1)[0][:, 0] - exact).mean() for one in (fine, coarse)]
    assert errors[0] < errors[1] and errors[0] < 0.1 * exact.mean()
    distances, places = fine.nearest(rows[[5, 2900]], 3)
    assert places[:, 0].tolist() == [5, 2900] and (np.diff(distances, axis=1) >= 0).all()
    assert np.array_equal(unpack(packed, 3000), fine.codes)


def test_a_training_picture_is_a_possible_copy_and_an_unseen_one_is_not(generator, data, made):
    (train, test), (reference, _) = data, made
    copied = sample_card(reference, generator, ENCODER, train.pictures[7], int(train.labels[7]))
    assert copied.may_be_copy and copied.nearest[0] == 7 and copied.distances[0] < 0.2
    assert copied.shares.argmax() == train.labels[7] and copied.shares.sum() == pytest.approx(1, abs=1e-4)
    assert len(copied.nearest) == len(copied.distances) == SHOWN
    places = [sample_card(reference, generator, ENCODER, test.pictures[n], int(test.labels[n])) for n in range(40)]
    assert 0.2 < np.mean([one.farther for one in places]) < 0.8 and sum(one.may_be_copy for one in places) <= 4


def test_the_discriminator_ranks_among_its_own_and_among_real_ones(generator, data, made):
    (_, test), (reference, _) = data, made
    logits = generator.realness(test.pictures, test.labels.tolist())
    best, worst = int(logits.argmax()), int(logits.argmin())
    for place, share in ((best, 1.0), (worst, 0.0)):
        card = sample_card(reference, generator, ENCODER, test.pictures[place], int(test.labels[place]))
        assert card.above_real[0] == pytest.approx(share, abs=0.02)
        assert card.above_real[1] == pytest.approx(share, abs=0.02)  # the best of all is the best of its class
        assert 0 <= card.above_made[0] <= 1


def test_what_was_kept_is_read_back(generator, made, tmp_path, data):
    reference, packed = made
    (tmp_path / "coarse").mkdir()
    assert write_known(tmp_path, reference.known, packed) == known_path(tmp_path, "coarse", "glyphs", 28)
    path = write_reference(tmp_path, reference)
    again = read_reference(tmp_path, generator, find_known(tmp_path))
    known = again.known
    assert path.name == REFERENCE and (known.encoder, known.data, known.test) == ("coarse", "glyphs", 300)
    assert 0 <= known.points == reference.known.points < 10
    picture = data[1].pictures[3]
    before, after = (sample_card(one, generator, ENCODER, picture, 0) for one in (reference, again))
    assert np.array_equal(before.nearest, after.nearest)
    assert after.farther == pytest.approx(before.farther, abs=1e-3) and after.above_made == before.above_made


def test_what_is_missing_damaged_or_stale_is_refused(generator, made, tmp_path):
    reference, packed = made
    find = find_known(tmp_path)
    with pytest.raises(LabError, match=r"sample_card\.missing"):
        read_reference(tmp_path, generator, find)
    own = write_reference(tmp_path, reference)
    with pytest.raises(LabError, match=r"sample_card\.missing"):
        read_reference(tmp_path, generator, find)
    (tmp_path / "coarse").mkdir()
    shared = write_known(tmp_path, reference.known, packed)
    with pytest.raises(LabError, match=r"sample_card\.stale"):
        read_reference(tmp_path, dataclasses.replace(generator, key="other weights"), find)
    other = dataclasses.replace(reference, known=dataclasses.replace(reference.known, encoder_key="other weights"))
    with pytest.raises(LabError, match=r"sample_card\.stale"):
        sample_card(other, generator, ENCODER, np.zeros((28, 28, 3), np.uint8), 0)
    for path in (own, shared):
        whole = path.read_bytes()
        for content in (b"", whole[:-1], whole[: len(whole) // 2]):
            path.write_bytes(content)
            with pytest.raises(LabError, match=r"sample_card\.damaged"):
                read_reference(tmp_path, generator, find)
        path.write_bytes(whole)


def test_other_classes_are_refused(generator, data, made):
    test = data[1]
    other = type(test)(test.name, "test", test.pictures, test.labels, ("cat", "dog"))
    with pytest.raises(LabError, match=r"quality\.other_classes"):
        make_reference(generator, made[0].known, other)
