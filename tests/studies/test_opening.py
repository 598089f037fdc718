"""The opening is one that the numbers speak for, and a stale one is refused."""

import dataclasses
import json

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.studies import opening as module
from contrastlab.studies.opening import openings, read_opening, write_opening


@pytest.fixture(scope="module")
def ranked(learned, pixels, teacher):
    return openings(learned, pixels, teacher, k=5)


def test_each_number_can_be_counted_again(ranked, learned, pixels):
    assert len(ranked) > 3
    for one in ranked[:5]:
        rows = [gallery.nearest(gallery.index.rows[one.query], 5, exclude=one.query).indices for gallery in
                (learned, pixels)]
        assert list(one.learned) == rows[0].tolist() and list(one.pixels) == rows[1].tolist()
        own = learned.labels[one.query]
        assert one.learned_right == (learned.labels[rows[0]] == own).sum() == 5
        assert one.pixels_right == (pixels.labels[rows[1]] == own).sum()
        assert one.occurrences == learned.hubs.counts[one.query] <= learned.hubs.least
        assert not any(learned.hubs.is_hub(neighbour) for neighbour in one.learned)


def test_the_greatest_difference_comes_first_then_the_more_stable_then_the_earlier(ranked):
    keys = [(one.pixels_right - one.learned_right, -one.stability * one.margin, one.query) for one in ranked]
    assert keys == sorted(keys) and ranked[0].pixels_right < 3


def test_it_is_typical_of_its_class(ranked, learned):
    for one in ranked:
        members = np.flatnonzero(learned.labels == learned.labels[one.query])
        centre = learned.index.rows[members].mean(0)
        near = learned.index.rows[members] @ centre
        assert (near <= learned.index.rows[one.query] @ centre + 1e-4).mean() >= 0.5


def test_the_same_is_chosen_every_time(ranked, learned, pixels, teacher):
    assert openings(learned, pixels, teacher, k=5) == ranked


def test_no_row_shows_one_picture_twice(learned, pixels, teacher, ranked, monkeypatch):
    def most_alike(one):
        """Of any two pictures in one row, the query included, by either embedder."""
        alike = []
        for gallery in (learned, pixels):
            for row in (one.learned, one.pixels):
                rows = gallery.index.rows[[one.query, *row]]
                alike.append(np.triu(rows @ rows.T, 1).max())
        return max(alike)

    alike = [most_alike(one) for one in ranked]
    assert max(alike) < module._DOUBLE
    bound = float(np.median(alike))
    monkeypatch.setattr(module, "_DOUBLE", bound)
    left = [one for one, most in zip(ranked, alike, strict=True) if most < bound]
    assert openings(learned, pixels, teacher, k=5) == tuple(left) and 0 < len(left) < len(ranked)


def test_two_galleries_of_other_pictures_and_one_without_classes_are_refused(learned, pixels, teacher, digits):
    other = dataclasses.replace(pixels, pictures=digits.pictures[::-1])
    with pytest.raises(LabError, match="study.other_pictures"):
        openings(learned, other, teacher)
    with pytest.raises(LabError, match="gallery.no_classes"):
        openings(dataclasses.replace(learned, classes=()), pixels, teacher)
    with pytest.raises(LabError, match="gallery.wrong_k"):
        openings(learned, pixels, teacher, k=300)


@pytest.fixture
def kept(tmp_path, ranked, learned):
    path = tmp_path / "opening.json"
    write_opening(path, ranked[0], learned, encoder="teacher", baseline="pixels")
    return path


def test_a_kept_opening_is_read_back(kept, ranked, learned):
    assert read_opening(kept, learned, encoder="teacher", baseline="pixels") == ranked[0]


def test_new_weights_other_pictures_and_another_gallery_are_refused(kept, learned, digits):
    assert read_opening(kept, learned, encoder="later weights", baseline="pixels") is None
    assert read_opening(kept, learned, encoder="teacher", baseline="other pixels") is None
    changed = digits.pictures.copy()
    changed[0, 0, 0, 0] ^= 1
    fresh = {"pictures": changed}, {"name": "other"}
    for change in fresh:
        assert read_opening(kept, dataclasses.replace(learned, **change), encoder="teacher", baseline="pixels") is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(query=300), lambda told: told.update(query="3"), lambda told: told.update(learned=[]),
        lambda told: told.update(learned=[1, 2, 3, 4, -1]), lambda told: told.pop("pixels"),
        lambda told: told.update(pixels=[1]), lambda told: told.update(query=True), lambda told: told.update(more=1),
    ],
)
def test_what_does_not_fit_the_gallery_is_refused(kept, learned, spoil):
    stored = json.loads(kept.read_text())
    spoil(stored["opening"])
    kept.write_text(json.dumps(stored))
    assert read_opening(kept, learned, encoder="teacher", baseline="pixels") is None


def test_a_damaged_or_missing_file_is_no_opening_and_no_error(kept, learned):
    for content in (b"", b"{", b"[]", b"3", b"\xff"):
        kept.write_bytes(content)
        assert read_opening(kept, learned, encoder="teacher", baseline="pixels") is None
    kept.unlink()
    assert read_opening(kept, learned, encoder="teacher", baseline="pixels") is None
