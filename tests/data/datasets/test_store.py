"""What was prepared stays prepared, and nothing half-done is ever taken for it."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data import datasets
from contrastlab.data.datasets import store
from contrastlab.text import explain
from tests.data.datasets.tiny import as_archive, check_tiny_cifar10, members


def test_what_was_prepared_is_mapped_and_needs_its_source_no_more(tmp_path, monkeypatch):
    archive = as_archive(tmp_path / "data" / "cifar10.tar.xz", members())
    datasets.load("cifar10", "train", archive.parent)
    monkeypatch.setattr("contrastlab.data.datasets.known.read_source", lambda *a: pytest.fail("decoded again"))
    again = datasets.load("cifar10", "test", archive.parent)
    check_tiny_cifar10(again, more=100)
    assert again.origin == "cifar10.tar.xz"
    assert not again.pictures.flags.writeable
    assert isinstance(again.pictures.base, np.memmap)
    archive.unlink()
    check_tiny_cifar10(datasets.load("cifar10", "train"))


def test_nothing_is_left_half_done(tmp_path, cache, monkeypatch):
    archive = as_archive(tmp_path / "cifar10.tar.xz", members())

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(LabError, match=r"data.no_room.*No space left") as told:
        datasets.load("cifar10", "train", archive.parent)
    assert str(cache) in explain(told.value, "en") and str(cache) in explain(told.value, "zh")
    assert list((cache / "datasets").iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(cache))
    steps = datasets.prepare("cifar10", tmp_path)
    next(steps)
    steps.close()
    assert not list((cache / "datasets").glob("cifar10*"))
    check_tiny_cifar10(datasets.load("cifar10", "train", archive.parent))


def test_a_damaged_store_is_made_again(tmp_path, cache):
    as_archive(tmp_path / "cifar10.tar.xz", members())
    datasets.load("cifar10", "train", tmp_path)
    for damage in (lambda f: f.write_bytes(f.read_bytes()[:-5]), lambda f: f.write_bytes(b""), Path.unlink):
        for file in cache.glob("datasets/*/train/pictures.npy"):
            damage(file)
        check_tiny_cifar10(datasets.load("cifar10", "train", tmp_path))


def test_what_a_killed_preparation_left_is_swept_after_a_day(tmp_path, cache):
    as_archive(tmp_path / "cifar10.tar.xz", members())
    for name, age in ((".partial-old", 2 * 86_400), (".partial-new", 60)):
        (cache / "datasets" / name).mkdir(parents=True)
        os.utime(cache / "datasets" / name, (time.time() - age,) * 2)
    datasets.load("cifar10", "train", tmp_path)
    left = {path.name for path in (cache / "datasets").iterdir()}
    assert ".partial-old" not in left
    assert ".partial-new" in left


def test_the_cache_is_outside_the_repository(monkeypatch, tmp_path):
    monkeypatch.delenv("CONTRASTLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert store.cache_folder() == tmp_path / "xdg" / "contrastlab"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert store.cache_folder() == Path.home() / ".cache" / "contrastlab"
