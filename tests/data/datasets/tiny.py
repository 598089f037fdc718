"""A tiny CIFAR-10 as a folder or an archive, and what to expect of it."""

import hashlib
import io
import tarfile

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.text import explain
from tests.core import nasty

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def refusal(call, *arguments, **options):
    with pytest.raises(LabError) as caught:
        call(*arguments, **options)
    assert explain(caught.value, "en") != explain(caught.value, "zh")
    return caught.value


def flat(level, side=32, width=None):
    return np.full((side, width or side, 3), (level, 255 - level, 9), np.uint8)


def members(stem="cifar10", classes=CIFAR10, side=32):
    """(path, bytes) of a tiny data set: class c has c % 2 + 1 pictures, of level 10 c + i (+ 100 in the test split)."""
    for split, more in (("train", 0), ("test", 100)):
        for index, word in enumerate(classes):
            for number in range(index % 2 + 1):
                picture = nasty.encoded(flat(10 * index + number + more, side), "PNG")
                yield f"{stem}/{split}/{word}/{number:04}.png", picture


def as_folder(root, files):
    for path, content in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def as_archive(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:" + path.suffix[1:]) as archive:
        for name, content in files:
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return path


def check_tiny_cifar10(dataset, more=0):
    expected = [(index, 10 * index + number + more) for index in range(10) for number in range(index % 2 + 1)]
    assert dataset.classes == CIFAR10
    assert dataset.labels.dtype == np.int64
    assert list(zip(dataset.labels, dataset.pictures[:, 0, 0, 0], strict=True)) == expected
    assert dataset.pictures.shape == (15, 32, 32, 3)
    assert np.array_equal(dataset.pictures[3, 5, 5], (20 + more, 235 - more, 9))
    assert len(dataset) == 15


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
