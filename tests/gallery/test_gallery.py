"""Building with an embedder made for the purpose: progress, cancel, what is stored, and that it is never stale."""

import os
import threading

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset, glyphs
from contrastlab.gallery import build, built, cache


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path))
    return tmp_path / "galleries"


def rows_of(images):
    """The mean of each quarter of a picture: an embedder that can be checked by eye."""
    rows = []
    for image in images:
        grey = image.mean(axis=2)
        middle = len(grey) // 2
        quarters = [grey[:middle, :middle], grey[:middle, middle:], grey[middle:, :middle], grey[middle:, middle:]]
        rows.append([1.0 + quarter.mean() for quarter in quarters])
    made = np.array(rows, np.float32).reshape(-1, 4)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


class Counting:
    """`rows_of`, noting how many pictures it was asked for."""

    def __init__(self, embed=rows_of):
        self.asked = 0
        self.embed = embed

    def __call__(self, images):
        self.asked += len(images)
        return self.embed(images)


def quarters(*bright):
    """Pictures 8x8, dark but for one quarter each."""
    pictures = np.zeros((len(bright), 8, 8, 3), np.uint8)
    for picture, quarter in zip(pictures, bright, strict=True):
        row, column = 4 * (quarter // 2), 4 * (quarter % 2)
        picture[row : row + 4, column : column + 4] = 200
    return pictures


def dataset(pictures, labels=None, classes=()):
    labels = np.full(len(pictures), -1) if labels is None else np.array(labels)
    return Dataset("made", "all", pictures, labels.astype(np.int64), classes)


@pytest.fixture
def many():
    drawn = glyphs(600, 0)
    return dataset(drawn.pictures, drawn.labels, drawn.classes)


def test_a_picture_finds_its_like_and_itself_first():
    data = dataset(quarters(0, 1, 0, 3), [0, 1, 0, 2], ("left", "right", "low"))
    gallery = built(build(data, rows_of, "key", captions=("a", "b", "c", "d")))
    found = gallery.nearest(rows_of(data.pictures[:1])[0], 2)
    assert found.indices.tolist() == [0, 2] and found.itself.all()
    assert gallery.nearest(rows_of(data.pictures[:1])[0], 1, exclude=0).indices.tolist() == [2]
    assert [gallery.class_of(i) for i in range(4)] == ["left", "right", "left", "low"]
    assert (len(gallery), gallery.captions, gallery.name, gallery.key) == (4, ("a", "b", "c", "d"), "made", "key")
    assert gallery.pictures is data.pictures


def test_progress_rises_to_the_whole_and_only_the_last_report_holds_the_gallery(many):
    reports = list(build(many, rows_of, "key"))
    assert [report.done for report in reports] == [*range(0, 600, 64), 600] and reports[-1].fraction == 1
    assert [report.gallery is None for report in reports] == [True] * 10 + [False]
    assert all(report.total == 600 for report in reports)


def test_what_was_built_once_is_found_and_equal(many):
    first, again = Counting(), Counting()
    one = built(build(many, first, "key"))
    *_, last = build(many, again, "key")
    assert first.asked == 600 and again.asked < 10 and last.stored
    np.testing.assert_array_equal(last.gallery.index.rows, one.index.rows)


def test_new_weights_other_pictures_and_another_order_are_built_anew(many):
    built(build(many, rows_of, "key"))
    swapped = many.pictures.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    dotted = many.pictures.copy()
    dotted[300, 0, 0, 0] ^= 1
    changed = [(many, "other"), (dataset(swapped), "key"), (dataset(dotted), "key"), (many, "ke"), (many, "key\0")]
    for data, key in changed:
        counting = Counting()
        *_, last = build(data, counting, key)
        assert counting.asked == 600 and not last.stored, key


def test_a_stale_index_is_not_believed_even_if_its_key_says_it_is_current(many):
    """As after a change of preprocessing that nobody told the key of."""
    built(build(many, rows_of, "key"))
    flipped = Counting(lambda images: rows_of([image[:, ::-1] for image in images]))
    *_, last = build(many, flipped, "key")
    assert not last.stored
    np.testing.assert_array_equal(last.gallery.index.rows, flipped.embed(list(many.pictures)))
    wider = Counting(lambda images: np.eye(6, dtype=np.float32)[[len(image) % 6 for image in images]])
    *_, last = build(many, wider, "key")
    assert not last.stored and last.gallery.index.dimension == 6


def test_labels_may_change_without_embedding_anew(many):
    built(build(many, rows_of, "key"))
    *_, last = build(dataset(many.pictures, np.zeros(600), ("one",)), rows_of, "key")
    assert last.stored and last.gallery.class_of(5) == "one"


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "folder"])
def test_a_damaged_file_is_built_anew_and_replaced(many, folder, damage):
    before = built(build(many, rows_of, "key"))
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        content[len(content) // 2] ^= 4  # another number in one row, and the file as well-formed as before
        spoilt = {"cut": content[:-30], "flip": content, "empty": b"", "text": b"not what it should be"}[damage]
        file.write_bytes(spoilt)
    *_, last = build(many, rows_of, "key")
    assert not last.stored
    np.testing.assert_array_equal(last.gallery.index.rows, before.index.rows)
    if damage != "folder":
        *_, last = build(many, rows_of, "key")
        assert last.stored


def test_a_file_under_another_ones_name_is_refused(many, folder):
    """Same embedder, same shape, other pictures: only the seal tells."""
    built(build(many, rows_of, "key"))
    (file,) = folder.iterdir()
    other = many.pictures.copy()
    other[100:110] = 255 - other[100:110]  # between the pictures that are looked at again
    built(build(dataset(other), rows_of, "key"))
    (second,) = set(folder.iterdir()) - {file}
    second.write_bytes(file.read_bytes())
    *_, last = build(dataset(other), rows_of, "key")
    assert not last.stored
    np.testing.assert_array_equal(last.gallery.index.rows, rows_of(other))


def test_a_cancelled_build_embeds_no_further_and_stores_nothing(many, folder):
    counting = Counting()
    building = build(many, counting, "key")
    assert [next(building).done, next(building).done] == [0, 64]
    building.close()
    assert counting.asked == 64 and not folder.exists()


def test_what_a_killed_build_left_is_never_read_and_goes_after_a_day(many, folder):
    *_, last = build(many, rows_of, "key")
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    kept.unlink()
    fresh, old = (folder / f".{kept.name}.{number}.part" for number in (1, 2))
    for left in (fresh, old):
        left.write_bytes(whole[: len(whole) // 2])
    os.utime(old, (1, 1))
    *_, again = build(many, rows_of, "key")
    assert not again.stored
    np.testing.assert_array_equal(again.gallery.index.rows, last.gallery.index.rows)
    assert fresh.exists() and not old.exists() and kept.read_bytes() == whole


def test_what_is_private_never_reaches_the_disk(many, folder):
    counting = Counting()
    for _ in range(2):
        *_, last = build(many, counting, "key", keep=False)
    assert counting.asked == 1200 and not last.stored and not folder.exists()


def test_a_disk_that_cannot_be_written_costs_nothing_but_time(many, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "file"))
    assert len(built(build(many, rows_of, "key"))) == 600


def test_several_threads_may_build_the_same(many):
    galleries = []
    threads = [threading.Thread(target=lambda: galleries.append(built(build(many, rows_of, "key")))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(galleries) == 6
    for gallery in galleries:
        np.testing.assert_array_equal(gallery.index.rows, galleries[0].index.rows)


def test_old_files_make_room_and_used_ones_stay(monkeypatch, folder):
    monkeypatch.setattr(cache, "_KEPT", 3)
    for number in range(3):
        cache.write(f"{number}", np.eye(2, dtype=np.float32))
        os.utime(cache._path(f"{number}"), (1000 + number, 1000 + number))
    assert cache.read("0") is not None  # used just now
    cache.write("3", np.eye(2, dtype=np.float32))
    assert [cache.read(f"{number}") is not None for number in range(4)] == [True, False, True, True]


def test_pictures_of_different_sizes_are_told_apart_by_their_shape():
    flat = np.arange(192, dtype=np.uint8)
    wide, tall = flat.reshape(4, 16, 3), flat.reshape(16, 4, 3)
    assert cache.pictures_hash([wide]) != cache.pictures_hash([tall])
    assert cache.pictures_hash([wide, wide]) == cache.pictures_hash(np.stack([wide, wide]))
    assert cache.pictures_hash([wide[:, ::-1]]) == cache.pictures_hash([np.ascontiguousarray(wide[:, ::-1])])


def test_nothing_to_search_and_wrong_captions_are_refused():
    with pytest.raises(LabError, match="gallery.empty"):
        built(build(dataset(quarters()), rows_of, "key"))
    with pytest.raises(LabError, match="gallery.wrong_captions"):
        built(build(dataset(quarters(0, 1)), rows_of, "key", captions=("one",)))
    with pytest.raises(LabError, match="gallery.wrong_embedding"):
        built(build(dataset(quarters(0, 1)), lambda images: rows_of(images)[:1], "key"))


def test_the_vote_by_hand():
    data = dataset(quarters(0, 0, 1, 3), [0, 1, 1, 1], ("left", "right"))
    gallery = built(build(data, rows_of, "key", keep=False))
    query = rows_of(quarters(0))[0]
    far = float(gallery.index.rows[2] @ query)  # that of both other quarters
    vote = gallery.vote(query, k=4, temperature=0.5)
    weights = np.array([1, 1 + 2 * np.exp((far - 1) / 0.5)])
    assert vote.shares == pytest.approx(weights / weights.sum(), rel=1e-5) and vote.nearest == pytest.approx(1)
    assert gallery.vote(query, k=1).shares.tolist() == [1, 0]
    assert gallery.vote(query, k=1, exclude=0).shares.tolist() == [0, 1]
    both = gallery.vote(np.stack([query, query]), k=4, temperature=0.5)
    assert both.shares.shape == (2, 2) and both.shares[1] == pytest.approx(vote.shares)
    assert gallery.vote(query).shares.sum() == pytest.approx(1)  # fewer pictures than voters
    with pytest.raises(LabError, match="gallery.no_classes"):
        built(build(dataset(quarters(0)), rows_of, "key", keep=False)).vote(query)


def test_usual_is_what_nearly_all_pictures_surpass_to_another(many):
    gallery = built(build(many, rows_of, "key", keep=False))
    similarity = gallery.index.rows @ gallery.index.rows.T
    np.fill_diagonal(similarity, -1)
    assert gallery.usual == pytest.approx(np.quantile(similarity.max(axis=1), 0.01), abs=1e-5)
    assert built(build(dataset(quarters(0)), rows_of, "key", keep=False)).usual == -1
