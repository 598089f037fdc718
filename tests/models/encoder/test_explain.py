"""The map points at what the likeness really hangs on: embedders that look at one known corner."""

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.data.pixels import gaussian_blur
from contrastlab.models.encoder.explain import AREA, _squares, why_alike
from contrastlab.models.encoder.inference import PixelEmbedder, untrained_embedder, view


class Corner:
    """Sees nothing but how much fine detail there is in the square [8:16, 20:28], and a constant."""

    name, key, band, side = "corner", "corner", None, 32

    def __init__(self):
        self.asked = []

    def embed(self, images):
        self.asked.append(len(images))
        rows = []
        for image in images:
            assert image.shape == (32, 32, 3) and image.dtype == np.uint8
            detail = image[8:16, 20:28].astype(float).std() / 40
            rows.append([1.0, detail])
        made = np.array(rows, np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)


def test_the_corner_that_is_looked_at_is_found_in_both(noise):
    other = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    embedder = Corner()
    why = why_alike(embedder, noise, other)
    for part in (why.first, why.second):
        left, top, right, bottom = part.worst
        assert left <= 24 < right and top <= 12 < bottom
        assert part.drops.shape == (8, 8) and part.heat.shape == (32, 32)
        assert part.lost == part.drops.max() > 0.005
        assert np.abs(part.drops[5:]).max() < 1e-6 and np.abs(part.drops[:, :4]).max() < 1e-6
        assert part.area[8:16, 20:28].all() and part.area.mean() == AREA
        assert part.alone == pytest.approx(why.similarity, abs=1e-6)
        assert part.rest == pytest.approx(part.nothing, abs=1e-6) and part.nothing < why.similarity - 0.05
    assert embedder.asked == [2 + 2 * 64, 6]


def test_each_number_is_that_of_the_picture_covered_by_hand(noise):
    first, second = photo("chelsea"), photo("coffee")
    embedder = untrained_embedder(Device("cpu", torch.float32))
    why = why_alike(embedder, first, second, grid=4)
    seen, twin = view(first, 32), embedder.embed([second])[0]
    np.testing.assert_array_equal(why.first.seen, seen)
    cover = gaussian_blur(seen, 6)
    by_hand = seen.copy()
    by_hand[4:20, 12:28] = cover[4:20, 12:28]  # the second place from the top, the third from the left
    assert why.first.drops[1, 2] == pytest.approx(why.similarity - float(embedder.embed([by_hand])[0] @ twin), abs=1e-5)
    assert why.similarity == pytest.approx(float(embedder.embed([first])[0] @ twin), abs=1e-5)
    assert why.first.nothing == pytest.approx(float(embedder.embed([cover])[0] @ twin), abs=1e-5)
    kept = np.where(why.first.area[..., None], seen, cover)
    assert why.first.alone == pytest.approx(float(embedder.embed([kept])[0] @ twin), abs=1e-5)


def test_the_two_change_places_with_the_pictures():
    embedder = PixelEmbedder()
    why = why_alike(embedder, photo("chelsea"), photo("rocket"))
    turned = why_alike(embedder, photo("rocket"), photo("chelsea"))
    np.testing.assert_allclose(why.first.drops, turned.second.drops, atol=1e-6)
    assert why.second.worst == turned.first.worst and why.similarity == pytest.approx(turned.similarity)


def test_the_heat_agrees_with_the_places_in_their_middle(noise):
    part = why_alike(Corner(), noise, noise).first
    middle = np.array([part.heat[4 * row + 1 : 4 * row + 3, 21:23].mean() for row in range(8)])
    # Straight lines between the middles cut their corners off a little.
    np.testing.assert_allclose(middle, part.drops[:, 5], atol=0.15 * part.lost)
    assert part.heat.argmax() // 32 in range(8, 16) and part.heat.argmax() % 32 in range(20, 28)


@pytest.mark.parametrize(("side", "grid"), [(32, 8), (64, 8), (28, 8), (32, 5)])
def test_squares_cover_every_pixel_about_equally_often(side, grid):
    squares = _squares(side, grid)
    assert squares.shape == (grid**2, side, side)
    times = squares.sum(0)
    assert times.min() >= 1 and times.max() <= 9
    assert (times[side // 4 : -side // 4, side // 4 : -side // 4] >= 1).all()
    np.testing.assert_array_equal(squares[1].sum(0) > 0, squares[1 + grid].sum(0) > 0)


def test_a_larger_view_is_explained_in_its_own_pixels():
    why = why_alike(PixelEmbedder(side=64), photo("chelsea"), photo("coffee"))
    assert why.first.seen.shape == (64, 64, 3) and why.first.heat.shape == why.first.area.shape == (64, 64)
    assert all(0 <= edge <= 64 for edge in why.first.worst)


@pytest.mark.parametrize("grid", [1, 17, 4.5])
def test_a_grid_outside_its_knob_is_refused(noise, grid):
    with pytest.raises(LabError, match="knob"):
        why_alike(Corner(), noise, noise, grid=grid)
