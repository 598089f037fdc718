"""The original files, served here to torchvision."""

import contextlib
import errno
import gzip
import io
import os
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torchvision

from contrastlab.data import datasets
from tests.data.datasets.tiny import (
    CIFAR10,
    as_archive,
    as_folder,
    flat,
    md5,
    refusal,
)


@pytest.fixture
def served_cifar10(tmp_path, monkeypatch):
    """A tiny CIFAR-10 in the form of the original, at an address that torchvision is told."""
    def batch(levels, labels):
        planes = np.concatenate([flat(level).transpose(2, 0, 1).reshape(1, -1) for level in levels])
        return pickle.dumps({"data": planes, "labels": labels}, protocol=2)

    kind = torchvision.datasets.CIFAR10
    files = {name: batch([10 * i, 10 * i + 5], [i, 9 - i]) for i, (name, _) in enumerate(kind.train_list)}
    files[kind.test_list[0][0]] = batch([200], [4])
    files["batches.meta"] = pickle.dumps({"label_names": list(CIFAR10)}, protocol=2)
    served = as_archive(tmp_path / "server" / kind.filename, [(f"{kind.base_folder}/{n}", c) for n, c in files.items()])
    monkeypatch.setattr(kind, "url", served.as_uri())
    monkeypatch.setattr(kind, "tgz_md5", md5(served.read_bytes()))
    monkeypatch.setattr(kind, "train_list", [[name, md5(files[name])] for name, _ in kind.train_list])
    monkeypatch.setattr(kind, "test_list", [[name, md5(files[name])] for name, _ in kind.test_list])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": md5(files["batches.meta"])})
    return served


def test_cifar10_by_download(served_cifar10, cache, monkeypatch):
    steps = list(datasets.prepare("cifar10"))
    assert steps[0].stage == "download"
    assert max(step.done for step in steps if step.stage == "download") == served_cifar10.stat().st_size
    served_cifar10.unlink()
    train = datasets.load("cifar10", "train")
    assert train.labels.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    assert np.array_equal(train.pictures[3], flat(15))
    assert (train.classes, train.origin) == (CIFAR10, "torchvision")
    assert datasets.load("cifar10", "test").pictures.shape == (1, 32, 32, 3)
    # The download is not kept beside what was made of it.
    assert not list(cache.glob("downloads/*"))


def test_a_download_with_another_checksum_is_refused(served_cifar10, cache):
    served_cifar10.write_bytes(served_cifar10.read_bytes()[:-1] + b"x")
    assert refusal(datasets.load, "cifar10", "train").key == "data.bad_archive"
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_mnist_tries_every_mirror(tmp_path, monkeypatch):
    kind = torchvision.datasets.MNIST
    resources = []
    for split, count in (("train", 3), ("t10k", 2)):
        images = np.stack([np.full((28, 28), 50 * i + 7, np.uint8) for i in range(count)])
        for name, head, data in (
            (f"{split}-images-idx3-ubyte.gz", [2051, count, 28, 28], images),
            (f"{split}-labels-idx1-ubyte.gz", [2049, count], np.arange(count, dtype=np.uint8) + 4),
        ):
            content = gzip.compress(np.array(head, ">i4").tobytes() + data.tobytes())
            as_folder(tmp_path / "server", [(name, content)])
            resources.append((name, md5(content)))
    monkeypatch.setattr(kind, "resources", resources)
    monkeypatch.setattr(kind, "mirrors", [(tmp_path / "gone").as_uri() + "/", (tmp_path / "server").as_uri() + "/"])
    mnist = datasets.load("mnist", "train")
    assert mnist.labels.tolist() == [4, 5, 6]
    assert mnist.pictures[:, 9, 9].tolist() == [[7] * 3, [57] * 3, [107] * 3]
    assert len(datasets.load("mnist", "test")) == 2


def test_a_server_that_hangs_up_early_counts_as_none(served_cifar10, monkeypatch):
    answer = SimpleNamespace(headers={"Content-Length": "1000"}, read=io.BytesIO(b"only this").read)
    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **k: contextlib.nullcontext(answer))
    assert refusal(datasets.load, "cifar10", "train").key == "data.unavailable"


def test_what_a_killed_download_left_is_never_read_and_goes_after_a_day(served_cifar10, cache):
    folder = cache / "downloads" / "cifar10"
    folder.mkdir(parents=True)
    whole = served_cifar10.read_bytes()
    (folder / served_cifar10.name).write_bytes(whole[:-9])  # under its own name, but not all of it
    fresh, old = (folder / f"{served_cifar10.name}.{number}.part" for number in (1, 2))
    for left in (fresh, old):
        left.write_bytes(whole[:99])
    os.utime(old, (1, 1))
    steps = datasets.prepare("cifar10")
    assert next(steps).stage == "download"
    assert fresh.exists() and not old.exists()
    # Stopped on the way: what was fetched so far is gone, and no data set is there.
    steps.close()
    assert [path.name for path in folder.iterdir() if path.suffix == ".part"] == [fresh.name]
    assert not datasets.is_here("cifar10")
    assert datasets.load("cifar10", "train").pictures.shape == (10, 32, 32, 3)
    assert not folder.exists()


def test_a_disk_that_fills_up_while_it_is_fetched_is_told(served_cifar10, cache, monkeypatch):
    class Full(io.BytesIO):
        def write(self, block):
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *mode: Full() if path.suffix == ".part" else opened(path, *mode)
    )
    assert refusal(datasets.load, "cifar10", "train").key == "data.no_room"
    monkeypatch.undo()
    assert not [path for path in cache.rglob("*") if path.is_file()]
