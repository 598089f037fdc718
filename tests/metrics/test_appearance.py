"""Every aspect rises when a picture gets more of what its name says, and the sign is the one that is promised."""

import numpy as np
import pytest

from contrastlab.metrics.appearance import ASPECTS, appearance


def canvas(colour=(60, 60, 60)):
    return np.full((32, 32, 3), colour, np.uint8)


def with_box(top, bottom, left, right, colour=(200, 200, 200), ground=(60, 60, 60)):
    picture = canvas(ground)
    picture[top:bottom, left:right] = colour
    return picture


def leaning(direction):
    picture = canvas()
    for row in range(6, 26):
        left = 14 + direction * (row - 16) // 2
        picture[row, left : left + 5] = 200
    return picture


LESS_AND_MORE = {
    "brightness": (canvas((40, 40, 40)), canvas((90, 90, 90))),
    "contrast": (with_box(8, 24, 8, 24, (90, 90, 90)), with_box(8, 24, 8, 24, (220, 220, 220))),
    "saturation": (canvas((90, 90, 90)), canvas((140, 60, 90))),
    "warmth": (canvas((60, 60, 120)), canvas((120, 60, 60))),
    "green": (canvas((120, 60, 120)), canvas((60, 120, 60))),
    "middle": (with_box(8, 24, 8, 24, (20, 20, 20)), with_box(8, 24, 8, 24)),
    "above": (with_box(16, 32, 0, 32), with_box(0, 16, 0, 32)),
    "right_light": (with_box(0, 32, 0, 16), with_box(0, 32, 16, 32)),
    "size": (with_box(12, 20, 12, 20), with_box(6, 26, 6, 26)),
    "right": (with_box(12, 20, 5, 13), with_box(12, 20, 19, 27)),
    "low": (with_box(5, 13, 12, 20), with_box(19, 27, 12, 20)),
    "wide": (with_box(6, 26, 12, 20), with_box(12, 20, 6, 26)),
    "lean": (leaning(-1), leaning(1)),
    "detail": (with_box(4, 28, 4, 28), np.indices((32, 32)).sum(0)[..., None].repeat(3, 2) % 2 * np.uint8(140)),
}


@pytest.mark.parametrize("aspect", ASPECTS)
def test_more_of_it_is_more(aspect):
    less, more = LESS_AND_MORE[aspect]
    values = appearance(np.stack([less, more.astype(np.uint8)]))
    assert values[aspect][1] > values[aspect][0] + 0.02


def test_a_flat_picture_has_no_subject_and_nothing_is_undefined():
    values = appearance(np.stack([canvas(), canvas((255, 255, 255)), canvas((0, 0, 0))]))
    assert tuple(values) == ASPECTS
    for aspect in ASPECTS:
        assert values[aspect].shape == (3,) and np.isfinite(values[aspect]).all()
    assert values["size"].tolist() == [0, 0, 0]
    assert all(len(one) == 0 for one in appearance(np.empty((0, 32, 32, 3), np.uint8)).values())


def test_many_pictures_are_measured_as_each_alone():
    pictures = np.random.default_rng(0).integers(0, 256, (300, 12, 12, 3), np.uint8)
    together, alone = appearance(pictures), appearance(pictures[290:291])
    for aspect in ASPECTS:
        assert together[aspect][290] == pytest.approx(alone[aspect][0], abs=1e-6)
