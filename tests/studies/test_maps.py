"""Maps: PCA against a full decomposition, t-SNE that keeps classes together, and no stale one is ever shown."""

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset
from contrastlab.gallery import Index, build, built
from contrastlab.metrics.projection import trustworthiness
from contrastlab.models.encoder.inference import PixelEmbedder
from contrastlab.studies.maps import pca_map, read_map, tsne_map, write_maps


def gallery_of_rows(rows):
    """A gallery with just these embeddings."""
    rows = np.asarray(rows, np.float32) / np.linalg.norm(rows, axis=1, keepdims=True)
    pictures = np.zeros((len(rows), 4, 4, 3), np.uint8)
    pictures[:, 0, 0, 0], pictures[:, 0, 0, 1] = np.arange(len(rows)) // 256, np.arange(len(rows)) % 256
    data = Dataset("made", "all", pictures, np.full(len(rows), -1), ())
    number = lambda image: 256 * int(image[0, 0, 0]) + int(image[0, 0, 1])  # noqa: E731
    return built(build(data, lambda images: rows[[number(image) for image in images]], "key", keep=False))


@pytest.fixture(scope="module")
def spread():
    """Rows with a clear first and second axis."""
    generator = np.random.default_rng(0)
    return gallery_of_rows(generator.standard_normal((150, 30)) * np.r_[6, 3, np.ones(28)] + 2)


@pytest.fixture(scope="module")
def tsne(learned):
    return tsne_map(learned)


def test_pca_is_that_of_a_full_decomposition_and_faces_the_same_way_every_time(spread):
    found = pca_map(spread)
    centred = spread.index.rows - spread.index.rows.mean(0)
    _, lengths, directions = np.linalg.svd(centred.astype(np.float64))
    for axis, reference in zip(found.axes.directions, directions[:2], strict=True):
        assert abs(float(axis @ reference)) == pytest.approx(1, abs=1e-4)
        assert axis[np.abs(axis).argmax()] > 0
    assert found.axes.explained == pytest.approx(lengths[:2] ** 2 / (lengths**2).sum(), abs=1e-4)
    np.testing.assert_array_equal(found.places, pca_map(spread).places)
    flat = centred @ found.axes.directions.T
    distances = [np.linalg.norm(at[:50, None] - at[None, :50], axis=2) for at in (found.places, flat)]
    np.testing.assert_allclose(distances[0] * np.ptp(flat, axis=0).max(), distances[1], atol=1e-4)


@pytest.mark.parametrize("make", [pca_map, tsne_map])
def test_places_fill_a_square_with_one_scale(spread, make):
    places = make(spread).places
    assert places.shape == (150, 2) and places.dtype == np.float32
    assert places.min() == pytest.approx(0, abs=1e-6) and places.max() == pytest.approx(1, abs=1e-6)
    assert (places.min(0) + places.max(0)) / 2 == pytest.approx([0.5, 0.5], abs=1e-6)


def test_a_new_picture_lies_on_a_pca_map_where_the_formula_says(spread):
    found = pca_map(spread)
    for row in (0, 77):
        np.testing.assert_allclose(found.place(spread.index.rows[row]), found.places[row], atol=1e-6)
    new = spread.index.rows[3] + spread.index.rows[90]
    unit = new / np.linalg.norm(new)
    # The map is affine: three known pictures tell where a fourth goes, in the plane of the axes.
    flat = (spread.index.rows - found.axes.centre) @ found.axes.directions.T
    linear, *_ = np.linalg.lstsq(np.c_[flat, np.ones(150)], found.places, rcond=None)
    expected = np.r_[(unit - found.axes.centre) @ found.axes.directions.T, 1] @ linear
    np.testing.assert_allclose(found.place(3 * new), expected, atol=1e-4)


def test_a_new_picture_lies_on_a_tsne_map_among_its_neighbours(learned, tsne):
    np.testing.assert_array_equal(tsne.place(learned.index.rows[5]), tsne.places[5])
    query = learned.index.rows[5] + 0.2 * learned.index.rows[9]
    near = learned.nearest(query, 5)
    weights = np.exp(near.scores / 0.07)
    np.testing.assert_allclose(tsne.place(query), weights @ tsne.places[near.indices] / weights.sum(), atol=1e-5)


def test_tsne_keeps_classes_together_and_is_trusted_more_than_pca(learned, tsne):
    again = tsne_map(learned)
    np.testing.assert_array_equal(tsne.places, again.places)
    flat = np.linalg.norm(tsne.places[:, None] - tsne.places, axis=2) + 10 * np.eye(300)
    assert (learned.labels[flat.argmin(1)] == learned.labels).mean() > 0.95
    pca = pca_map(learned)
    for one in (tsne, pca):
        assert one.trustworthiness == pytest.approx(trustworthiness(learned.index.rows, one.places, k=12))
    assert 1 > tsne.trustworthiness > pca.trustworthiness > 0.5


def test_tiny_galleries_have_a_map_or_say_that_they_are_too_few():
    two = pca_map(gallery_of_rows(np.eye(3)[:2]))
    assert np.isfinite(two.places).all() and math.isnan(two.trustworthiness)
    flat = pca_map(gallery_of_rows(np.ones((4, 1))))  # one dimension, and no difference in it
    assert np.isfinite(flat.places).all() and flat.axes.explained == (0, 0)
    assert np.isfinite(tsne_map(gallery_of_rows(np.eye(9))).places).all()
    with pytest.raises(LabError, match="metric.too_few"):
        pca_map(gallery_of_rows(np.eye(2)[:1]))
    with pytest.raises(LabError, match="metric.too_few"):
        tsne_map(gallery_of_rows(np.eye(7)))


@pytest.fixture
def kept(tmp_path, learned, tsne, pixels):
    path = tmp_path / "maps.safetensors"
    write_maps(path, learned, {"teacher": tsne, "other": dataclasses.replace(tsne, _index=pixels.index)})
    return path


def test_a_kept_map_is_read_back_to_a_65536th(kept, learned, tsne):
    found = read_map(kept, learned, "teacher")
    np.testing.assert_allclose(found.places, tsne.places, atol=1e-5)
    assert found.kind == "tsne" and found.trustworthiness == pytest.approx(tsne.trustworthiness, abs=1e-6)
    np.testing.assert_allclose(found.place(learned.index.rows[3]), tsne.places[3], atol=1e-5)
    assert kept.stat().st_size < 300 * 4 * 2 + 80_000


def test_a_stale_map_is_not_shown(kept, learned, pixels, digits, teacher):
    assert read_map(kept, learned, "other weights") is None
    assert read_map(kept, learned, "other") is None  # the right key, embeddings of another length
    turned = dataclasses.replace(learned, index=Index(learned.index.rows[:, ::-1]))
    assert read_map(kept, turned, "teacher") is None  # the right key and length, embeddings that are no longer so
    assert read_map(kept, pixels, "other") is not None
    assert read_map(kept, pixels, "teacher") is None
    changed = digits.pictures.copy()
    changed[200] = changed[200][:, ::-1]
    moved = dataclasses.replace(learned, pictures=changed)
    assert read_map(kept, moved, "teacher") is None
    assert read_map(kept.with_name("none"), learned, "teacher") is None


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_file_is_no_map_and_no_error(kept, learned, damage):
    content = kept.read_bytes()
    kept.write_bytes({"cut": content[:-20], "text": b"not what it should be", "empty": b""}[damage])
    assert read_map(kept, learned, "teacher") is None


def test_scikit_learn_is_not_loaded_until_it_is_needed():
    program = "import sys, contrastlab.studies.maps; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_pixels_have_a_map(pixels):
    assert PixelEmbedder().key == pixels.key
    assert pca_map(pixels).trustworthiness > 0.6
