"""The encoder's door: unit rows, one view for all, nothing that depends on the neighbours in a batch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.metrics.retrieval import Band
from contrastlab.models.encoder.inference import (
    PixelEmbedder,
    band_of,
    load_embedder,
    untrained_embedder,
    view,
)

CPU = Device("cpu", torch.float32)
UNTRAINED = untrained_embedder(CPU)
EMBEDDERS = [UNTRAINED, PixelEmbedder()]


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda one: one.name)
@given(height=some.integers(8, 90), width=some.integers(8, 90), seed=some.integers(0, 2**16))
@settings(max_examples=15, deadline=None)
def test_any_size_gives_a_finite_row_of_unit_length(embedder, height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    rows = embedder.embed([image])
    assert rows.dtype == np.float32 and np.linalg.norm(rows[0]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda one: one.name)
def test_no_picture_gives_no_row_of_the_right_width(embedder):
    width = embedder.embed([photo("coffee")]).shape[1]
    assert embedder.embed([]).shape == (0, width)


@pytest.mark.parametrize("embedder", EMBEDDERS, ids=lambda one: one.name)
def test_a_row_does_not_depend_on_the_rest_of_the_batch(embedder):
    pictures = [photo("coffee"), photo("chelsea"), photo("rocket")]
    together = embedder.embed(pictures)
    alone = np.concatenate([embedder.embed([picture]) for picture in pictures])
    np.testing.assert_allclose(together, alone, atol=2e-6)


def test_a_picture_seen_a_moment_ago_is_not_computed_again(monkeypatch):
    embedder = untrained_embedder(CPU)
    computed = []
    forward = type(embedder)._forward
    monkeypatch.setattr(type(embedder), "_forward", lambda own, seen: computed.append(len(seen)) or forward(own, seen))
    first, second = photo("coffee"), photo("rocket")
    together = embedder.embed([first, second])
    again = embedder.embed([second, photo("chelsea"), first])
    assert computed == [2, 1]
    np.testing.assert_array_equal(again[[2, 0]], together)
    again[:] = 0  # what was handed out is the caller's own
    np.testing.assert_array_equal(embedder.embed([first, second]), together)
    other = untrained_embedder(CPU, seed=1)
    assert (other.embed([first]) != together[:1]).any()


def test_what_is_embedded_is_exactly_the_view_that_is_shown():
    picture = photo("chelsea")
    seen = view(picture)
    assert seen.shape == (32, 32, 3) and seen.dtype == np.uint8
    for embedder in EMBEDDERS:
        np.testing.assert_allclose(embedder.embed([picture]), embedder.embed([seen]), atol=1e-6)


FOUR_STAGES = {"widths": [4, 4, 4, 8], "stem": 4, "head_hidden": 8, "projection": 4}


@pytest.mark.parametrize("embedder", [
    untrained_embedder(CPU, architecture=FOUR_STAGES, side=64),
    PixelEmbedder(side=64),
], ids=lambda one: one.name)
def test_an_embedder_of_another_side_sees_more(embedder):
    picture = photo("chelsea")
    seen = view(picture, 64)
    assert embedder.side == 64 and seen.shape == (64, 64, 3)
    np.testing.assert_allclose(embedder.embed([picture]), embedder.embed([seen]), atol=1e-6)
    assert not np.allclose(embedder.embed([picture]), embedder.embed([view(picture)]), atol=1e-3)
    assert embedder.key not in {one.key for one in EMBEDDERS}
    assert embedder.embed([]).shape == (0, embedder.embed([picture]).shape[1])


def test_a_view_too_small_for_its_network_is_refused(tmp_path):
    with pytest.raises(LabError, match="encoder.small_side.*17"):
        untrained_embedder(CPU, architecture=FOUR_STAGES, side=16)
    stored = save_checkpoint(
        tmp_path / "x", family="encoder", architecture=FOUR_STAGES, preprocessing={"side": 16}, training={},
        weights=untrained_embedder(CPU, architecture=FOUR_STAGES, side=17).network.state_dict(), draft=True,
    )
    with pytest.raises(LabError, match="encoder.small_side"):
        load_embedder(stored, CPU)


def test_red_is_not_blue_and_pixels_mean_colour_is_taken_off():
    red, blue = np.zeros((32, 32, 3), np.uint8), np.zeros((32, 32, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    row = PixelEmbedder().embed([red])[0].reshape(3, 32, 32)
    assert (row[0] > 0).all() and (row[1] < 0).all() and (row[2] < 0).all()
    for embedder in EMBEDDERS:
        rows = embedder.embed([red, blue])
        assert rows[0] @ rows[1] < 0.999


def test_untrained_is_the_same_network_every_time():
    again = untrained_embedder(CPU)
    np.testing.assert_array_equal(UNTRAINED.embed([photo("coffee")]), again.embed([photo("coffee")]))
    state = torch.random.get_rng_state()
    untrained_embedder(CPU)
    assert torch.equal(state, torch.random.get_rng_state())


def test_the_projection_is_another_space_than_the_embedding():
    picture = [photo("coffee")]
    assert UNTRAINED.project(picture).shape == (1, 128) and UNTRAINED.embed(picture).shape == (1, 256)
    assert np.linalg.norm(UNTRAINED.project(picture)) == pytest.approx(1, abs=1e-5)


def test_a_checkpoint_of_another_shape_is_refused(tmp_path):
    stored = save_checkpoint(
        tmp_path / "x", family="encoder", preprocessing={}, training={},
        architecture={"widths": [8, 8, 8], "stem": 4, "head_hidden": 8, "projection": 4},
        weights=UNTRAINED.network.state_dict(), draft=True,
    )
    with pytest.raises(LabError, match="checkpoint.wrong_weights"):
        load_embedder(stored, CPU)


def test_a_malformed_picture_is_named_as_such():
    with pytest.raises(LabError, match="image"):
        UNTRAINED.embed([np.zeros((32, 32), np.float64)])


def test_bands_come_from_the_card_or_not_at_all():
    stored = {"low": 0.1, "middle": 0.2, "high": 0.5, "shares": [0.5, 0.5]}
    assert band_of({"different_pairs": {"pixels": stored}}, "pixels") == Band(0.1, 0.2, 0.5, (0.5, 0.5))
    assert band_of({"different_pairs": {"pixels": stored}}, "embedding") is None
    assert band_of({}, "pixels") is None
