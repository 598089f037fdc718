"""Folders and archives, a user's and hostile ones."""

import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from contrastlab.core.images import LIMITS
from contrastlab.data import datasets
from tests.core import nasty
from tests.data.datasets.tiny import as_archive, as_folder, flat, refusal


def test_members_that_want_to_leave_the_archive_touch_nothing(tmp_path, cache):
    path = tmp_path / "data" / "cifar10.tar.xz"
    path.parent.mkdir()
    with tarfile.open(path, "w:xz") as archive:
        picture = nasty.encoded(flat(60), "PNG")
        inside = ("cifar10/train/cat/1.png", "cifar10/test/cat/1.png")
        for name in (*inside, "../../../train/cat/escaped.png", "/elsewhere/train/dog/e.png"):
            about = tarfile.TarInfo(name)
            about.size = len(picture)
            archive.addfile(about, io.BytesIO(picture))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo("cifar10/train/cat/2.png")
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    before = {p for p in tmp_path.rglob("*") if cache not in p.parents}
    assert len(datasets.load("cifar10", "train", path.parent)) == 3
    assert {p for p in tmp_path.rglob("*") if cache not in p.parents} - {cache} == before
    assert {p.suffix for p in cache.rglob("*") if p.is_file()} == {".npy", ".json"}


def test_a_member_that_unpacks_to_more_than_a_picture_may_have_is_not_read_whole(tmp_path):
    archive = as_archive(tmp_path / "cifar10.tar.gz", [("cifar10/train/cat/1.png", bytes(90 * 2**20))])
    assert archive.stat().st_size < 2**20
    tracemalloc.start()
    try:
        error = refusal(datasets.load, "cifar10", "train", tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.facts["reason"].key == "image.too_large_file"
    # Some four copies of what a file may have, where reading it whole takes four of ninety megabytes.
    assert peak < 6 * LIMITS.file_bytes


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:-1], lambda b: b"garbage", lambda b: b""])
@pytest.mark.parametrize("form", ["tar.xz", "tar.gz", "tar"])
def test_a_damaged_archive(tmp_path, form, damage):
    path = tmp_path / f"cifar10.{form}"
    with tarfile.open(path, "w:" + form.removeprefix("tar").strip(".")) as archive:
        content = os.urandom(5000)
        about = tarfile.TarInfo("cifar10/notes.txt")
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    path.write_bytes(damage(path.read_bytes()))
    assert refusal(datasets.load, "cifar10", "train", tmp_path).key in ("data.bad_archive", "data.unexpected")
    if form != "tar":
        assert refusal(datasets.load, "cifar10", "train", tmp_path).facts.get("file", "cifar10").startswith("cifar10")


def test_a_folder_of_ones_own(tmp_path):
    own = as_folder(tmp_path / "my 图片", [
        ("cats/b.png", nasty.encoded(flat(2), "PNG")), ("cats/deep/a.jpg", nasty.encoded(flat(3), "JPEG")),
        ("ants/z.webp", nasty.encoded(flat(1), "WEBP")), ("ants/notes.txt", b"x"),
        (".hidden/h.png", b"x"), ("ants/.h.png", b"x"),
    ])
    dataset = datasets.load_folder(own)
    assert (dataset.name, dataset.split, dataset.classes) == ("my 图片", "all", ("ants", "cats"))
    assert dataset.labels.tolist() == [0, 1, 1]
    assert np.abs(dataset.pictures[:, 0, 0, 0].astype(int) - [1, 2, 3]).max() <= 1
    as_folder(own, [("top.png", nasty.encoded(flat(9, 64), "PNG"))])
    mixed = datasets.load_folder(own)
    assert (mixed.classes, mixed.labels.tolist()) == ((), [-1] * 4)
    assert isinstance(mixed.pictures, tuple)
    assert [picture.shape[0] for picture in datasets.load_folder(own, max_side=16).pictures] == [16] * 4


def test_picture_files_follow_links_once_and_are_sorted(tmp_path):
    picture = nasty.encoded(flat(1), "PNG")
    as_folder(tmp_path, [("own/b/2.png", picture), ("own/a/1.PNG", picture), ("else/3.jpeg", picture)])
    (tmp_path / "own" / "c").symlink_to(tmp_path / "else")
    (tmp_path / "own" / "a" / "0.png").symlink_to(tmp_path / "else" / "3.jpeg")
    (tmp_path / "own" / "a" / "loop").symlink_to(tmp_path / "own")
    (tmp_path / "own" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    found = [str(path.relative_to(tmp_path / "own")) for path in datasets.picture_files(tmp_path / "own")]
    assert found == ["a/0.png", "a/1.PNG", "b/2.png", "c/3.jpeg"]


def test_folders_that_will_not_do(tmp_path):
    assert refusal(datasets.load_folder, tmp_path / "none").key == "data.no_folder"
    assert refusal(datasets.load_folder, tmp_path).key == "data.no_pictures"
    as_folder(tmp_path, [("a/broken.png", nasty.encoded(flat(1), "PNG")[:50])])
    error = refusal(datasets.load_folder, tmp_path)
    assert (error.key, error.facts["file"]) == ("data.bad_picture", str(Path("a/broken.png")))
    assert error.facts["reason"].key == "image.truncated"
