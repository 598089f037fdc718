"""A gallery of drawn digits, seen by two embedders that need no training."""

import numpy as np
import pytest

from contrastlab.data.datasets import Dataset, glyphs
from contrastlab.gallery import build, built
from contrastlab.models.encoder.inference import PixelEmbedder


def gallery_of(data, embed, key):
    return built(build(data, embed, key, keep=False))


@pytest.fixture(scope="session")
def digits():
    return glyphs(300, 0)


@pytest.fixture(scope="session")
def pixels(digits):
    """The digits as the pixels see them."""
    return gallery_of(digits, PixelEmbedder().embed, PixelEmbedder().key)


@pytest.fixture(scope="session")
def teacher(digits):
    """An embedder that knows the class of each of the digits, and of a changed one what the pixels say."""
    known = {digit.tobytes(): int(label) for digit, label in zip(digits.pictures, digits.labels, strict=True)}
    pixel = PixelEmbedder().embed

    def embed(images):
        seen = pixel(images) if len(images) else np.zeros((0, 3072), np.float32)
        rows = np.zeros((len(images), 10 + seen.shape[1]), np.float32)
        rows[:, 10:] = seen
        for row, image in zip(rows, images, strict=True):
            if image.tobytes() in known:
                row[known[image.tobytes()]] = 2.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    return embed


@pytest.fixture(scope="session")
def learned(digits, teacher):
    """The digits as the teacher sees them: every neighbour is of the same class."""
    return gallery_of(digits, teacher, "teacher")


@pytest.fixture(scope="session")
def small(digits):
    return lambda count: Dataset("glyphs", "all", digits.pictures[:count], digits.labels[:count], digits.classes)
