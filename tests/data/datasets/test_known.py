"""The data sets by name."""

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from contrastlab.data import datasets
from contrastlab.text import explain
from tests.core import nasty
from tests.data.datasets.tiny import as_archive, as_folder, check_tiny_cifar10, flat, members, refusal

REAL = Path(__file__).parents[3].parent / "shared" / "data"


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
@pytest.mark.parametrize("form", ["folder", "tar.xz", "tar.gz"])
def test_labels_follow_the_canonical_classes_and_the_order_is_sorted(tmp_path, form, order):
    files = list(members())
    if order == "shuffled":
        np.random.default_rng(3).shuffle(files)
    if form == "folder":
        as_folder(tmp_path / "data", files)
    else:
        as_archive(tmp_path / "data" / f"cifar10.{form}", files)
    check_tiny_cifar10(datasets.load("cifar10", "train", tmp_path / "data"))
    check_tiny_cifar10(datasets.load("cifar10", "test", str(tmp_path / "data")), more=100)


def test_the_folder_can_come_from_the_environment_and_the_argument_wins(tmp_path, monkeypatch):
    as_folder(tmp_path / "named", members())
    monkeypatch.setenv("CONTRASTLAB_DATA", str(tmp_path / "named"))
    check_tiny_cifar10(datasets.load("cifar10", "train"))
    as_folder(tmp_path / "given", [("cifar10/train/cat/1.png", nasty.encoded(flat(77), "PNG"))])
    as_folder(tmp_path / "given", [("cifar10/test/dog/1.png", nasty.encoded(flat(78), "PNG"))])
    given = datasets.load("cifar10", "train", tmp_path / "given")
    assert (given.labels.tolist(), given.pictures[0, 0, 0, 0]) == ([3], 77)


def test_grey_digits_become_three_channels(tmp_path):
    digits = [(f"mnist/{split}/{d}/1.png", nasty.encoded(np.full((28, 28), 20 * d, np.uint8), "PNG"))
              for split in ("train", "test") for d in range(10)]
    as_archive(tmp_path / "mnist.tar.xz", digits)
    mnist = datasets.load("mnist", "test", tmp_path)
    assert mnist.pictures.shape == (10, 28, 28, 3)
    assert mnist.pictures[:, 3, 3, 2].tolist() == [20 * d for d in range(10)]
    assert mnist.labels.tolist() == list(range(10))


def test_pictures_of_two_shapes_come_as_a_tuple_without_classes(tmp_path):
    as_archive(tmp_path / "bsd432.tar.xz", [
        ("bsd432/20.jpg", nasty.encoded(flat(200, 32, 48), "JPEG")),
        ("bsd432/10.png", nasty.encoded(flat(100, 48, 32), "PNG")),
        ("bsd432/README.txt", b"no picture"), ("bsd432/._20.jpg", b"left by another system"),
    ])
    for _ in range(2):
        bsd = datasets.load("bsd", "train", tmp_path)
        assert [picture.shape for picture in bsd.pictures] == [(48, 32, 3), (32, 48, 3)]
        assert np.array_equal(bsd.pictures[0], flat(100, 48, 32))
        assert (bsd.classes, bsd.labels.tolist()) == ((), [-1, -1])


def test_a_changed_source_is_read_again(tmp_path):
    for form in ("folder", "archive"):
        data = tmp_path / form
        build = (lambda files, d=data: as_folder(d, files)) if form == "folder" else (
            lambda files, d=data: as_archive(d / "cifar10.tar.gz", files))
        build(members())
        check_tiny_cifar10(datasets.load("cifar10", "train", data))
        build([*members(), ("cifar10/train/cat/9999.png", nasty.encoded(flat(250), "PNG"))])
        changed = datasets.load("cifar10", "train", data)
        assert len(changed) == 16
        assert changed.pictures[changed.labels == 3][-1, 0, 0, 0] == 250


def test_progress_ends_ready(tmp_path):
    as_archive(tmp_path / "cifar10.tar.xz", members())
    for _ in range(2):
        steps = list(datasets.prepare("cifar10", tmp_path))
        assert (steps[-1].stage, steps[-1].fraction) == ("ready", 1.0)
        assert all(0 <= step.fraction <= 1 and step.name == "cifar10" for step in steps)
    assert len(steps) == 1
    assert [step.stage for step in datasets.prepare("glyphs")] == ["ready"]
    assert datasets.Progress("x", "download", 5, 0).fraction == 0


@pytest.mark.parametrize(
    ("extra", "key"),
    [
        ([("cifar10/train/cat/x.png", b"not a picture")], "data.bad_picture"),
        ([("cifar10/train/cat/x.png", nasty.png_bomb(9000))], "data.bad_picture"),
        ([("cifar10/train/unicorn/x.png", nasty.encoded(flat(1), "PNG"))], "data.unexpected"),
        ([("cifar10/train/cat/x.png", nasty.encoded(flat(1, 40), "PNG"))], "data.unexpected"),
    ],
)
@pytest.mark.parametrize("form", ["folder", "archive"])
def test_what_is_not_this_data_set_is_named(tmp_path, form, extra, key):
    files = [*members(), *extra]
    as_folder(tmp_path, files) if form == "folder" else as_archive(tmp_path / "cifar10.tar.xz", files)
    error = refusal(datasets.load, "cifar10", "train", tmp_path)
    assert error.key == key
    assert "x.png" in str(error)


def test_a_missing_split_is_named(tmp_path):
    as_folder(tmp_path, [item for item in members() if "/train/" in item[0]])
    error = refusal(datasets.load, "cifar10", "train", tmp_path)
    assert (error.key, error.facts["got"]) == ("data.unexpected", "test: 0")


def test_names_and_splits_that_do_not_exist():
    error = refusal(datasets.load, "cifar100", "train")
    assert (error.key, "cifar10" in error.facts["options"]) == ("data.unknown_set", True)
    assert refusal(datasets.load, "cifar10", "validation").facts["options"] == "train, test"
    # Results are reported on these; there is nothing to train on.
    assert refusal(datasets.load, "cbsd", "train").facts["options"] == "test"
    assert refusal(lambda: list(datasets.prepare("cifar100"))).key == "data.unknown_set"


def test_no_data_anywhere_names_both_remedies(tmp_path):
    for name in ("cifar10", "mnist"):
        error = refusal(datasets.load, name, "train")
        assert error.key == "data.unavailable"
        for language in ("en", "zh"):
            sentence = explain(error, language)
            assert f"data prepare {name}" in sentence
            assert "--data " in sentence
            assert "CONTRASTLAB_DATA" in sentence
            assert f"{name}.tar.xz" in sentence
    for name, archive in (("flowers", "flowers128.tar.xz"), ("bsd", "bsd432.tar.xz")):
        error = refusal(datasets.load, name, "train", tmp_path)
        assert error.key == "data.only_from_folder"
        assert archive in explain(error, "en")
    assert refusal(datasets.load, "cifar10", "train", tmp_path / "typo").key == "data.no_folder"


def test_the_development_copies():
    """Decoded as OpenCV decodes them; nothing to compare where they are not."""
    archive = REAL / "cbsd68.tar.xz"
    if not archive.exists():
        return
    dataset = datasets.load("cbsd", "test", REAL)
    assert {picture.shape for picture in dataset.pictures} == {(321, 481, 3), (481, 321, 3)}
    with tarfile.open(archive) as packed:
        files = sorted((m for m in packed.getmembers() if m.isfile()), key=lambda m: m.name)
        assert len(dataset) == len(files) == 68
        content = packed.extractfile(files[0]).read()
    expected = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert np.array_equal(dataset.pictures[0], expected)
