"""Averages and differences of directions in the plane."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.gallery import average, class_average, nearest_without, plus_minus


def angle(row):
    assert np.linalg.norm(row) == pytest.approx(1) and row.dtype == np.float32
    return float(np.degrees(np.arctan2(row[1], row[0])))


def test_an_average_lies_in_the_middle(plane):
    assert angle(average(plane.at([10, 50]))) == pytest.approx(30, abs=1e-4)
    gallery = plane([10, 50, 80, 84], [0, 0, 1, 1])
    assert angle(class_average(gallery, 0)) == pytest.approx(30, abs=1e-4)
    assert angle(class_average(gallery, 1)) == pytest.approx(82, abs=1e-4)


def test_minus_pushes_away_by_its_weight_and_not_by_how_many_there_are(plane):
    plus = plane.at([30])
    assert angle(plus_minus(plus, plane.at([]).reshape(0, 2))) == pytest.approx(30, abs=1e-4)
    once = angle(plus_minus(plus, plane.at([60]), away=0.5))
    difference = plane.at(30) - 0.5 * plane.at(60)
    assert once == pytest.approx(float(np.degrees(np.arctan2(difference[1], difference[0]))), abs=1e-3) and once < 30
    assert angle(plus_minus(plane.at([30] * 5), plane.at([60] * 3), away=0.5)) == pytest.approx(once, abs=1e-3)
    assert angle(plus_minus(plus, plane.at([60]), away=0)) == pytest.approx(30, abs=1e-4)
    assert angle(plus_minus(plus, plane.at([60]), away=1)) < once


def test_what_cancels_out_is_no_query(plane):
    with pytest.raises(LabError, match="gallery.cancelled"):
        average(plane.at([0, 180]))
    with pytest.raises(LabError, match="gallery.cancelled"):
        plus_minus(plane.at([20]), plane.at([20]), away=1)
    with pytest.raises(LabError, match="gallery.cancelled"):
        average(plane.at([]).reshape(0, 2))
    with pytest.raises(LabError, match="knob.out_of_range"):
        plus_minus(plane.at([20]), plane.at([20]), away=3)
    with pytest.raises(LabError, match="gallery.no_classes"):
        class_average(plane([0, 1]), 0)


def test_the_picks_are_not_their_own_answer(plane):
    gallery = plane([0, 1, 2, 3, 50])
    found = nearest_without(gallery, average(gallery.index.rows[[0, 2]]), 2, without=[0, 2])
    assert found.indices.tolist() == [1, 3] and found.scores.shape == found.itself.shape == (2,)
    assert nearest_without(gallery, plane.at(0), 2).indices.tolist() == [0, 1]
    assert nearest_without(gallery, plane.at(0), 1, without=[0, 0, 1]).indices.tolist() == [2]


def test_more_than_is_left_is_refused(plane):
    gallery = plane([0, 1, 2])
    with pytest.raises(LabError, match="gallery.wrong_k"):
        nearest_without(gallery, plane.at(0), 2, without=[0, 1])
    for wrong in (-1, 3):
        with pytest.raises(LabError, match="gallery.wrong_exclude"):
            nearest_without(gallery, plane.at(0), 1, without=[wrong])
