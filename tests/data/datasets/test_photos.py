"""Sample photographs, from scikit-image as it is installed."""

import numpy as np
import pytest

from contrastlab.data import datasets
from tests.data.datasets.tiny import refusal


@pytest.mark.parametrize(
    ("name", "size"),
    [("chelsea", (300, 451)), ("astronaut", (512, 512)), ("coffee", (400, 600)), ("rocket", (427, 640)),
     ("motorcycle", (500, 741)), ("hubble", (872, 1000)), ("retina", (1411, 1411))],
)
def test_photos_come_with_scikit_image(name, size):
    image = datasets.photo(name)
    assert (image.shape, image.dtype) == ((*size, 3), np.uint8)
    assert not image.flags.writeable
    assert name in datasets.PHOTOS


def test_photos_are_what_scikit_image_itself_gives():
    from skimage import data

    assert np.array_equal(datasets.photo("chelsea"), data.chelsea())
    assert np.array_equal(datasets.photo("motorcycle"), data.stereo_motorcycle()[0])
    # A ginger cat: more red than blue.
    assert datasets.photo("chelsea")[..., 0].mean() > datasets.photo("chelsea")[..., 2].mean() + 20


def test_photos_that_cannot_be_had(monkeypatch):
    assert "chelsea" in refusal(datasets.photo, "mona lisa").facts["options"]
    datasets.photo.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "skimage", None)
    assert refusal(datasets.photo, "coffee").key == "data.no_photos"
    monkeypatch.undo()
    assert datasets.photo("coffee").shape == (400, 600, 3)
