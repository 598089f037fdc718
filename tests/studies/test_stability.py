"""Shares of versions that keep a neighbour, counted again by hand."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.augment import Policy, apply, draw, make_step
from contrastlab.models.encoder.inference import PixelEmbedder
from contrastlab.studies.stability import stability

EMBED = PixelEmbedder().embed


def test_each_share_can_be_counted_again(pixels, digits):
    policy = Policy("own", (make_step("rotate", {"degrees": 20}),))
    found = stability(digits.pictures[3], pixels, EMBED, policy=policy, k=5, versions=8, first_seed=40, exclude=3)
    assert found.seeds.tolist() == list(range(40, 48))
    original = pixels.nearest(pixels.index.rows[3], 5, exclude=3)
    np.testing.assert_array_equal(found.neighbours, original.indices)
    np.testing.assert_allclose(found.similarities, original.scores, atol=1e-6)
    counts = np.zeros(5)
    for seed in found.seeds:
        (row,) = EMBED([apply(digits.pictures[3], draw(policy, int(seed)))])
        counts += np.isin(original.indices, pixels.nearest(row, 5, exclude=3).indices)
    assert found.kept == pytest.approx(counts / 8) and found.mean == pytest.approx(counts.mean() / 8)
    assert 0 < found.mean < 1


def test_what_changes_nothing_loses_nobody_and_harder_changes_lose_more(pixels, digits):
    def mean(degrees):
        policy = Policy("own", (make_step("rotate", {"degrees": degrees}),))
        return stability(digits.pictures[0], pixels, EMBED, policy=policy, exclude=0).mean

    assert mean(0) == 1
    assert mean(0) > mean(15) > mean(180)


def test_the_picture_itself_is_left_out_of_every_answer_or_of_none(pixels, digits):
    still = Policy("own", ())
    assert 7 in stability(digits.pictures[7], pixels, EMBED, policy=still, k=3, versions=2).neighbours
    left_out = stability(digits.pictures[7], pixels, EMBED, policy=still, k=299, versions=2, exclude=7)
    assert 7 not in left_out.neighbours and left_out.mean == 1


def test_two_embedders_are_asked_about_the_same_versions(pixels, learned, teacher, digits):
    seen = []

    def watching(embed):
        def watched(images):
            seen.append(np.stack(images))
            return embed(images)

        return watched

    for gallery, embed in ((pixels, EMBED), (learned, teacher)):
        stability(digits.pictures[1], gallery, watching(embed), versions=4, exclude=1)
    np.testing.assert_array_equal(*seen)


def test_more_neighbours_than_there_are_are_refused(pixels, digits):
    with pytest.raises(LabError, match="gallery.wrong_k"):
        stability(digits.pictures[0], pixels, EMBED, k=300, versions=2, exclude=0)
