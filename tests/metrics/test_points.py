"""Stars are counted, and those that went and those that came are told apart."""

import numpy as np
import pytest

from contrastlab.data.datasets import photo
from contrastlab.data.pixels import gaussian_blur, gaussian_noise
from contrastlab.metrics.points import lost_points

PLACES = [(20, 30), (20, 60), (50, 25), (60, 70), (75, 40), (40, 45)]


def sky(places=PLACES, height=150.0, noise=2.0):
    """Stars of one pixel's width on a dark sky."""
    rows, columns = np.mgrid[:96, :96]
    light = np.full((96, 96), 20.0)
    for row, column in places:
        light += height * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 2)
    picture = np.repeat(np.clip(light, 0, 255)[:, :, None], 3, axis=2).astype(np.uint8)
    return gaussian_noise(picture, noise, 0)


def test_every_star_is_found_where_it_is():
    found = lost_points(sky(), sky())
    assert found.before == found.after == len(PLACES) and len(found.lost) == len(found.new) == 0
    assert sorted(map(tuple, found.kept.tolist())) == sorted(PLACES)


def test_what_went_and_what_came_are_told_apart():
    found = lost_points(sky(), sky([*PLACES[:4], (85, 85)]))
    assert sorted(map(tuple, found.lost.tolist())) == sorted(PLACES[4:])
    assert found.new.tolist() == [[85, 85]] and found.before == 6 and found.after == 5 and len(found.kept) == 4


def test_a_star_that_moved_by_a_pixel_is_the_same_and_two_are_not_one():
    moved = lost_points(sky([(40, 40)]), sky([(41, 40)]))
    assert len(moved.kept) == 1 and not len(moved.lost) and not len(moved.new)
    far = lost_points(sky([(40, 40)]), sky([(46, 40)]))
    assert len(far.kept) == 0 and len(far.lost) == len(far.new) == 1


def test_the_limit_is_the_true_pictures():
    """In the other one, which is smooth, everything would stand out from its own scatter."""
    rough = sky(noise=6.0)
    assert lost_points(rough, gaussian_blur(rough, 1.5)).after <= lost_points(rough, rough).after
    assert lost_points(rough, gaussian_blur(sky(noise=0.0), 6)).after == 0


@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_sky_has_no_stars(value):
    found = lost_points(np.full((50, 60, 3), value, np.uint8), np.full((50, 60, 3), value, np.uint8))
    assert found.before == found.after == 0


def test_a_photograph_of_the_sky_loses_most_of_them_to_a_blur():
    hubble = photo("hubble")[200:500, 200:500]
    found = lost_points(hubble, gaussian_blur(hubble, 4))
    assert found.before > 50 and len(found.lost) > 0.8 * found.before
