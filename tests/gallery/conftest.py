"""Galleries whose embeddings are directions in a plane, so that every number can be worked out by hand."""

import numpy as np
import pytest

from contrastlab.data.datasets import Dataset
from contrastlab.gallery import build, built


def directions(degrees):
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32)


@pytest.fixture
def plane():
    """plane(degrees, labels): a gallery of pictures that lie in these directions; and `plane.at(degrees)`."""

    def make(degrees, labels=None):
        count = len(degrees)
        pictures = np.zeros((count, 8, 8, 3), np.uint8)
        pictures[:, 0, 0, 0], pictures[:, 0, 0, 1] = np.arange(count) // 256, np.arange(count) % 256
        names = () if labels is None else tuple(f"class {n}" for n in range(max(labels) + 1))
        classes = np.full(count, -1) if labels is None else np.array(labels)
        data = Dataset("made", "all", pictures, classes.astype(np.int64), names)

        def embed(images):
            return directions([degrees[256 * int(image[0, 0, 0]) + int(image[0, 0, 1])] for image in images])

        return built(build(data, embed, "key", keep=False))

    make.at = directions
    return make
