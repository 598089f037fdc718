"""The curve peaks where nothing is changed and knows each change's own symmetries."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.data.pixels import centre_square, resize
from contrastlab.models.encoder.inference import PixelEmbedder
from contrastlab.studies.invariance import CHANGES, invariance_curve

EMBED = {"pixels": PixelEmbedder().embed}


@pytest.fixture(scope="module")
def picture():
    return resize(centre_square(photo("coffee")), (64, 64))


@pytest.mark.parametrize(("change", "still"), [("angle", 0.0), ("hue", 0.0), ("scale", 1.0)])
def test_unchanged_is_exactly_alike_and_the_peak(picture, change, still):
    curve = invariance_curve(picture, EMBED, change=change)
    at = int(np.abs(curve.positions - still).argmin())
    assert curve.positions[at] == pytest.approx(still, abs=1e-6)
    values = curve.similarities["pixels"]
    assert values[at] == pytest.approx(1, abs=1e-5) and values.argmax() == at
    assert len(values) == len(curve.positions) and (np.diff(curve.positions) > 0).all()


def test_a_full_turn_leads_back(picture):
    for change in ("angle", "hue"):
        values = invariance_curve(picture, EMBED, change=change).similarities["pixels"]
        assert values[0] == pytest.approx(values[-1], abs=0.02) and values[0] < 0.98


def test_a_grey_picture_does_not_care_for_hue(picture):
    grey = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert invariance_curve(grey, EMBED, change="hue").similarities["pixels"].min() > 0.999


def test_an_unknown_change_is_refused_by_name(picture):
    with pytest.raises(LabError, match="angle, hue, scale"):
        invariance_curve(picture, EMBED, change="mood")
    assert set(CHANGES) == {"angle", "hue", "scale"}
