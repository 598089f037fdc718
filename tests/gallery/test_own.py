"""What strangers bring: good pictures go in, everything else is named with its reason, nothing reaches the disk."""

import io
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from contrastlab.core.images import open_image
from contrastlab.data.datasets import photo
from contrastlab.gallery import OWNER, SIDE, VISITOR, Bounds, read_each, read_folder, read_own
from contrastlab.gallery.archive import clean_parts
from contrastlab.text import explain


def png(shade=100, side=12):
    file = io.BytesIO()
    PIL.Image.fromarray(np.full((side, side, 3), shade, np.uint8)).save(file, "PNG")
    return file.getvalue()


def zipped(path, files, **settings):
    """A zip archive with files {name or ZipInfo: content}, in that order."""
    with zipfile.ZipFile(path, "w", **settings) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read(paths, **settings):
    *_, last = read_own(paths if isinstance(paths, list) else [paths], **settings)
    return last.own


def reasons(own):
    """The key of each refusal by name; every reason can be told in both languages."""
    for refused in own.refused:
        assert all(explain(refused.error, language) for language in ("en", "zh"))
        assert refused.name.isprintable()
    return {refused.name: refused.error.key for refused in own.refused}


def shades(own):
    return [int(picture[0, 0, 0]) for picture in own.data.pictures]


def test_files_and_archives_come_in_order_and_bad_ones_are_named(tmp_path):
    (tmp_path / "first.png").write_bytes(png(10))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    archive = zipped(tmp_path / "more.zip", {"second.png": png(20), "list.csv": "a,b", "cut.png": png(30)[:-20]})
    (tmp_path / "last.png").write_bytes(png(40))
    paths = [tmp_path / name for name in ("first.png", "notes.txt", "empty.jpg", archive.name, "last.png", "gone.png")]
    own = read(paths)
    assert shades(own) == [10, 20, 40] and own.names == ("first.png", "second.png", "last.png")
    assert reasons(own) == {
        "notes.txt": "image.not_a_picture", "empty.jpg": "image.empty", "list.csv": "image.not_a_picture",
        "cut.png": "image.truncated", "gone.png": "image.no_file",
    }
    assert own.data.classes == () and own.data.labels.tolist() == [-1, -1, -1] and own.data.name == "own"


def test_progress_and_cancel(tmp_path):
    archive = zipped(tmp_path / "a.zip", {f"{i}.png": png(i) for i in range(5)})
    (tmp_path / "b.png").write_bytes(png())
    reports = list(read_own([archive, tmp_path / "b.png"]))
    assert [report.done for report in reports] == [0, 1, 2, 3, 4, 5, 6] and reports[-1].fraction == 1
    assert [report.own is None for report in reports] == [True] * 6 + [False] and reports[0].total == 6
    reading = read_own([archive])
    next(reading)
    reading.close()
    with pytest.raises(StopIteration):
        next(reading)


def test_large_pictures_are_reduced_as_a_query_would_be(tmp_path):
    path = tmp_path / "photo.jpg"
    PIL.Image.fromarray(photo("coffee")).save(path)
    own = read(path)
    assert max(own.data.pictures[0].shape) == SIDE
    np.testing.assert_array_equal(own.data.pictures[0], open_image(path, max_side=SIDE).pixels)
    assert not own.data.pictures[0].flags.writeable


def test_one_by_one_they_come_in_full_size_with_what_could_not_be_used_at_the_end(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"?")
    archive = zipped(tmp_path / "a.zip", {f"in/{side}.png": png(side=side) for side in (12, SIDE + 60)})
    bounds = Bounds(pictures=2, files=9, megabytes=9, megapixels=9)
    reports = list(read_each([bad, archive, archive], bounds=bounds))
    there = [(one.parts, one.picture.size) for one in reports if one.picture is not None]
    assert there == [(("in", "12.png"), (12, 12)), (("in", f"{SIDE + 60}.png"), (SIDE + 60, SIDE + 60))]
    assert [one.done for one in reports] == [0, 1, 1, 2, 2, 5]
    assert [one.error.key for one in reports[-1].refused] == ["image.not_a_picture", "gallery.too_many_files"]


def test_folders_are_classes_if_every_picture_lies_in_one(tmp_path):
    files = {"mine/cat/1.png": png(1), "mine/dog/2.png": png(2), "mine/cat/deep/3.png": png(3), "mine/read.me": "x"}
    own = read(zipped(tmp_path / "a.zip", files))
    assert own.data.classes == ("cat", "dog") and own.data.labels.tolist() == [0, 1, 0]
    assert own.names == ("cat/1.png", "dog/2.png", "cat/deep/3.png")
    own = read(zipped(tmp_path / "b.zip", {**files, "mine/loose.png": png(4)}))
    assert own.data.classes == () and set(own.data.labels) == {-1} and own.names[-1] == "loose.png"
    assert read(zipped(tmp_path / "c.zip", {"mine/cat/1.png": png(1)})).names == ("1.png",)
    assert read(zipped(tmp_path / "d.zip", {"mine": png(1), "mine/2.png": png(2)})).names == ("mine", "mine/2.png")


def test_names_lead_nowhere_and_hide_nothing(tmp_path):
    bidi, bell = "\u202e", "\x07"
    names = {
        "../../etc/passwd.png": "etc/passwd.png", "/etc/shadow.png": "etc/shadow.png",
        "C:\\Windows\\a.png": "Windows/a.png", "..\\..\\up.png": "up.png", f"be{bell}ll\n.png": "bell.png",
        f"cat{bidi}gnp.exe": "catgnp.exe", "猫 🐈.png": "猫 🐈.png", "./": "?", "a/./b//c.png": "a/b/c.png",
        "e\u0301.png": "\u00e9.png", "\ud800x.png": "x.png",
    }
    assert {name: "/".join(clean_parts(name)) for name in names} == names
    long = clean_parts("x" * 5000 + ".png")[0]
    assert len(long) == 80 and long.endswith(".png")
    archived = [name for name in names if name not in ("./", "\ud800x.png")]
    before = sorted(tmp_path.rglob("*"))
    inside = tmp_path / "in"
    inside.mkdir()
    own = read(zipped(inside / "a.zip", {name: png() for name in archived}))
    assert own.names == tuple(names[name] for name in archived) and own.refused == ()
    assert sorted(tmp_path.rglob("*")) == [*before, inside, inside / "a.zip"]


def test_names_without_the_mark_for_utf8_are_read_as_they_were_meant(tmp_path):
    path = tmp_path / "a.zip"
    chinese = "小猫照片.png"
    for name, encoding in ((chinese, "gb18030"), (chinese, "utf-8"), ("caf\u00e9.png", "cp437"), ("a.png", "ascii")):
        raw = name.encode(encoding)
        info = zipfile.ZipInfo("x" * len(raw))
        zipped(path, {info: png()})
        path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
        assert read(path).names == (name,), encoding


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    hidden = {"a/": "", "__MACOSX/._1.png": "x", ".DS_Store": "x", "a/Thumbs.db": "x", "a/.git/1.png": png()}
    own = read(zipped(tmp_path / "a.zip", {**hidden, "a/1.png": png(7)}))
    assert shades(own) == [7] and own.refused == ()


def test_an_archive_in_an_archive_is_refused_whatever_it_is_called(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"1.png": png()}).read_bytes()
    empty = zipped(tmp_path / "empty.zip", {}).read_bytes()
    files = {"inner.zip": inner, "picture.png": inner, "none.zip": empty, "good.png": png(9)}
    own = read(zipped(tmp_path / "a.zip", files))
    assert shades(own) == [9]
    assert reasons(own) == dict.fromkeys(("inner.zip", "picture.png", "none.zip"), "gallery.nested_zip")


def test_links_in_an_archive_are_not_followed(tmp_path):
    (tmp_path / "secret.png").write_bytes(png(66))
    link = zipfile.ZipInfo("link.png")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    own = read(zipped(tmp_path / "a.zip", {link: str(tmp_path / "secret.png"), "good.png": png(9)}))
    assert shades(own) == [9] and reasons(own) == {"link.png": "gallery.zip_link"}


def test_locked_files_and_unusual_methods_are_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"locked.png": png()})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert reasons(read(path)) == {"locked.png": "gallery.zip_encrypted"}
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = zipped(tmp_path / "b.zip", {"odd.png": png()}, compression=method)
        assert reasons(read(path)) == {"odd.png": "gallery.zip_method"}


def lying(path, name, content, *, declared):
    """An archive that says its one file has `declared` bytes."""
    zipped(path, {name: content}, compression=zipfile.ZIP_DEFLATED)
    raw = bytearray(path.read_bytes())
    raw[22:26] = struct.pack("<I", declared)
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", declared)
    path.write_bytes(raw)
    return path


def bitmap(side):
    """An uncompressed black picture, which deflate makes a thousandth of."""
    file = io.BytesIO()
    PIL.Image.fromarray(np.zeros((side, side, 3), np.uint8)).save(file, "BMP")
    return file.getvalue()


def test_bombs_are_defused_by_what_comes_out_and_not_by_what_is_declared(tmp_path, monkeypatch):
    unpacked = []
    decompress = zlib.decompressobj

    def counting(*arguments):
        real = decompress(*arguments)

        class Spy:
            eof = property(lambda _: real.eof)
            unconsumed_tail = property(lambda _: real.unconsumed_tail)
            flush = staticmethod(real.flush)

            @staticmethod
            def decompress(data, most):
                out = real.decompress(data, most)
                unpacked.append(len(out))
                return out

        return Spy()

    monkeypatch.setattr(zipfile.zlib, "decompressobj", counting)
    big = bitmap(3500)  # 37 MB
    settings = {"compression": zipfile.ZIP_DEFLATED}
    cases = {
        "honest": (zipped(tmp_path / "a.zip", {"x.bmp": big}, **settings), "image.too_large_file", 0),
        "bomb": (zipped(tmp_path / "b.zip", {"x.bmp": bitmap(1500)}, **settings), "gallery.zip_bomb", 2 << 20),
        "says less": (lying(tmp_path / "c.zip", "x.bmp", big, declared=900), "image.truncated", 1 << 20),
        "says ten bytes": (lying(tmp_path / "d.zip", "x.png", png(), declared=10), "image.truncated", 1 << 20),
        "says more": (lying(tmp_path / "e.zip", "x.bmp", big, declared=4_000_000_000), "image.too_large_file", 0),
    }
    for case, (path, reason, most) in cases.items():
        unpacked.clear()
        assert reasons(read(path)) == {f"x.{'png' if 'ten' in case else 'bmp'}": reason}, case
        assert sum(unpacked) <= most, case


def test_many_small_bombs_together_meet_the_bound(tmp_path):
    one = bitmap(300)  # 270 kB of 0.6: too small for the ratio to count
    path = zipped(tmp_path / "a.zip", {f"{i}.bmp": one for i in range(30)}, compression=zipfile.ZIP_DEFLATED)
    own = read(path, bounds=Bounds(pictures=100, files=100, megabytes=2, megapixels=100))
    assert len(own.data) == 8 and reasons(own) == {"8.bmp": "gallery.too_many_bytes"}
    assert own.refused[0].error.facts == {"limit": 2, "left": 22}


def test_bytes_that_were_refused_count_as_well(tmp_path):
    text = b"no picture " * 55_000
    path = zipped(tmp_path / "a.zip", {f"{i}.png": text for i in range(9)}, compression=zipfile.ZIP_DEFLATED)
    own = read(path, bounds=Bounds(pictures=100, files=100, megabytes=2, megapixels=100))
    assert [refused.error.key for refused in own.refused] == ["image.not_a_picture"] * 4 + ["gallery.too_many_bytes"]


@pytest.mark.parametrize(
    ("bounds", "taken", "reason"),
    [
        (Bounds(pictures=3, files=100, megabytes=9, megapixels=9), 3, "gallery.too_many_files"),
        (Bounds(pictures=100, files=5, megabytes=9, megapixels=9), 4, "gallery.too_many_files"),
        (Bounds(pictures=100, files=100, megabytes=9, megapixels=1), 3, "gallery.too_many_pixels"),
    ],
)
def test_the_other_bounds(tmp_path, bounds, taken, reason):
    files = {"bad.png": b"x", **{f"{i}.png": png(i, side=600) for i in range(10)}}
    own = read(zipped(tmp_path / "a.zip", files), bounds=bounds)
    assert len(own.data) == taken and own.refused[-1].error.key == reason
    assert own.refused[-1].error.facts["left"] == 10 - taken


def test_damaged_pictures_cost_pixels_too(tmp_path):
    files = {f"{i}.png": png(side=500)[:-30] for i in range(9)}
    bounds = Bounds(pictures=100, files=100, megabytes=9, megapixels=30)
    keys = [refused.error.key for refused in read(zipped(tmp_path / "a.zip", files), bounds=bounds).refused]
    assert keys == ["image.truncated"] * 3 + ["gallery.too_many_pixels"]


def test_ten_thousand_files_give_a_gallery_and_one_line_for_the_rest(tmp_path):
    picture = png(5)
    files = {f"{i}.png": picture for i in range(10_000)}
    own = read(zipped(tmp_path / "a.zip", files))
    assert len(own.data) == VISITOR.pictures and len(own.refused) == 1
    assert own.refused[0].error.facts == {"limit": VISITOR.pictures, "left": 10_000 - VISITOR.pictures}


def test_an_archive_with_a_monstrous_directory_is_not_even_listed(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{i}.png" + "x" * 2000: b"" for i in range(2_500)})
    assert reasons(read(path)) == {"a.zip": "gallery.zip_too_many"}


@pytest.mark.parametrize("damage", ["cut", "directory", "offset", "size", "noise"])
def test_damaged_archives_are_one_line(tmp_path, damage):
    path = zipped(tmp_path / "a.zip", {"1.png": png(1), "2.png": png(2)})
    raw = bytearray(path.read_bytes())
    end = raw.index(b"PK\x05\x06")
    if damage == "cut":
        raw = raw[: len(raw) // 2]
    elif damage == "directory":
        raw[raw.index(b"PK\x01\x02")] = 0
    elif damage == "offset":
        raw[end + 16 : end + 20] = b"\xf0\xff\xff\x7f"
    elif damage == "size":
        raw[end + 12 : end + 16] = b"\xf0\xff\xff\x7f"
    else:
        raw[4:] = np.random.default_rng(0).bytes(len(raw) - 4)
    path.write_bytes(raw)
    (tmp_path / "good.png").write_bytes(png(3))
    own = read([path, tmp_path / "good.png"])
    assert shades(own) == [3]
    if damage == "offset":  # the directory is whole, and wrong about where its files begin
        assert reasons(own) == dict.fromkeys(("1.png", "2.png"), "image.truncated")
    else:
        assert reasons(own) == {"a.zip": "gallery.bad_zip"}


def test_damage_inside_an_archive_costs_one_picture(tmp_path):
    path = zipped(tmp_path / "a.zip", {"1.png": png(1), "2.png": png(2), "3.png": png(3)})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"2.png") + 40] ^= 255
    path.write_bytes(raw)
    own = read(path)
    assert shades(own) == [1, 3] and reasons(own) == {"2.png": "image.truncated"}


def test_every_byte_of_an_archive_may_be_wrong(tmp_path):
    """No byte that is changed makes more than LabErrors, whichever it is."""
    path = zipped(tmp_path / "a.zip", {"1.png": png(1, 8), "b/2.png": png(2, 8)}, compression=zipfile.ZIP_DEFLATED)
    raw = path.read_bytes()
    changed = 0
    for at in range(4, len(raw)):
        for bit in (1, 128):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :])
            own = read(path)
            assert len(own.data) <= 2
            changed += len(own.data) < 2
            reasons(own)
    assert changed > 100


def test_pipes_folders_and_odd_paths_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    own = read([tmp_path / "pipe.png", tmp_path / "folder.png", Path("no\0where.png")])
    keys = [refused.error.key for refused in own.refused]
    assert len(own.data) == 0 and keys == ["image.not_a_file", "image.not_a_file", "image.no_file"]


def test_a_folder_is_read_sorted_with_its_classes_and_its_bad_files(tmp_path):
    for name, shade in (("b/2.png", 2), ("a/1.png", 1), ("a/0.png", 0)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png(shade))
    (tmp_path / "a" / "broken.png").write_bytes(b"broken")
    (tmp_path / "a" / "ignored.txt").write_text("text")
    *_, last = read_folder(tmp_path, bounds=OWNER)
    assert shades(last.own) == [0, 1, 2] and last.own.names == ("a/0.png", "a/1.png", "b/2.png")
    assert last.own.data.classes == ("a", "b") and last.own.data.name == tmp_path.name
    assert reasons(last.own) == {"a/broken.png": "image.not_a_picture"}
