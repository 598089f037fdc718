"""Percentiles and histograms of strangers and twins."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.augment import POLICIES, Policy, apply, draw, make_step
from contrastlab.gallery import build, built
from contrastlab.metrics.retrieval import different_pair_band
from contrastlab.models.encoder.inference import PixelEmbedder
from contrastlab.studies.calibration import Spread, calibrate

EMBED = PixelEmbedder().embed


def test_a_similarity_is_read_among_four_pairs():
    spread = Spread(np.array([-0.5, 0.0, 0.5, 0.5], np.float32))
    assert [spread.share_below(value) for value in (-1, -0.5, 0.25, 0.5, 0.75)] == [0, 0, 0.5, 0.5, 1]
    assert spread.at(0.5) == pytest.approx(0.25) and spread.histogram(4) == (0, 0.25, 0.25, 0.5)


def test_strangers_are_the_band_s_and_twins_can_be_made_again(pixels, digits):
    policy = POLICIES["article"]
    found = calibrate(pixels, EMBED, policy=policy, twins=300, pairs=2000, seed=5)
    assert found.strangers.histogram() == different_pair_band(pixels.index.rows, pairs=2000, seed=5).shares
    views = [
        EMBED([apply(digits.pictures[at], draw(policy, 5, picture=at, view=view)) for at in range(300)])
        for view in (0, 1)
    ]
    np.testing.assert_allclose(found.twins.values, np.sort((views[0] * views[1]).sum(1)), atol=1e-5)
    assert (np.diff(found.twins.values) >= 0).all() and (np.diff(found.strangers.values) >= 0).all()


def test_told_apart_is_how_often_twins_win(pixels):
    policy = Policy("own", (make_step("rotate", {"degrees": 30}),))
    found = calibrate(pixels, EMBED, policy=policy, twins=60, pairs=500)
    twins, strangers = found.twins.values[:, None], found.strangers.values
    assert found.told_apart == pytest.approx(((twins > strangers) + 0.5 * (twins == strangers)).mean())
    assert 0.5 < found.told_apart < 1
    assert calibrate(pixels, EMBED, policy=Policy("own", ()), twins=20, pairs=500).told_apart > 0.99


def test_a_small_gallery_gives_what_it_has_and_one_picture_nothing(small):
    few = built(build(small(5), EMBED, "key", keep=False))
    assert len(calibrate(few, EMBED).twins.values) == 5
    with pytest.raises(LabError, match="metric.too_few"):
        calibrate(built(build(small(1), EMBED, "key", keep=False)), EMBED)
    with pytest.raises(LabError, match="metric.too_few"):
        calibrate(few, EMBED, twins=0)
