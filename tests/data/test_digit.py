import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import PHOTOS, photo
from contrastlab.data.digit import as_digit, is_on_paper, turned_over


def stroke(ink, paper, place=(30, 60), size=(80, 16), side=(200, 160)):
    picture = np.full((*side, 3), paper, np.uint8)
    picture[place[0] : place[0] + size[0], place[1] : place[1] + size[1]] = ink
    return picture


@pytest.mark.parametrize(("ink", "paper"), [(255, 0), (20, 240), (90, 30)])
def test_ink_is_light_on_black_twenty_pixels_long_and_in_the_middle(ink, paper):
    digit = as_digit(stroke(ink, paper))
    assert digit.shape == (28, 28, 3) and digit.dtype == np.uint8
    rows, columns = (np.flatnonzero((digit[:, :, 0] > 100).any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (4, 23) and (columns[0], columns[-1]) == (12, 15)
    assert digit[0].max() == 0 and digit[12, 13].min() > 240


def test_where_it_stands_on_the_paper_does_not_matter():
    near, far = (as_digit(stroke(255, 0, place)) for place in ((5, 5), (110, 130)))
    assert np.array_equal(near, far)


def test_the_mass_and_not_the_box_is_in_the_middle():
    picture = stroke(255, 0, (40, 40), (80, 8))
    picture[112:120, 40:80] = 255  # a foot to the right
    grey = as_digit(picture)[:, :, 0].astype(float)
    across = (grey.sum(axis=0) * (np.arange(28) + 0.5)).sum() / grey.sum()
    assert abs(across - 14) <= 0.5


@pytest.mark.parametrize("picture", [np.zeros((50, 50, 3), np.uint8), np.full((9, 9, 3), 200, np.uint8)])
def test_empty_paper_is_none(picture):
    with pytest.raises(LabError, match=r"digit\.nothing"):
        as_digit(picture)


def test_one_pixel_of_ink_is_enough():
    assert as_digit(stroke(255, 0, (3, 3), (1, 1), (40, 40))).max() == 255


@pytest.mark.parametrize(("ink", "paper", "turned"), [
    (20, 240, True), (60, 140, True), (255, 0, False), (225, 240, False),
])
def test_dark_ink_is_told_from_light(ink, paper, turned):
    assert is_on_paper(stroke(ink, paper)) == turned


def test_only_who_paints_digits_has_ink_turned_over():
    dark, light = stroke(20, 240), stroke(240, 20)
    digits = [str(number) for number in range(10)]
    assert np.array_equal(turned_over(dark, digits), as_digit(dark))
    assert turned_over(light, digits) is None and turned_over(dark, ["cat", "3"]) is None


def test_a_photograph_is_no_paper():
    for name in PHOTOS:
        assert not is_on_paper(photo(name)), name
