from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.images import encode_png
from contrastlab.ui import shelf


def upload(folder: Path, name: str, colour: tuple[int, int, int], size: tuple[int, int] = (900, 600)) -> str:
    path = folder / name
    path.write_bytes(encode_png(np.full((size[1], size[0], 3), colour, np.uint8)))
    return str(path)


def test_previews_are_small_and_cannot_be_changed(tmp_path: Path) -> None:
    preview = shelf.preview(upload(tmp_path, "a.png", (1, 2, 3)), "chelsea")
    assert preview.shape == (341, 512, 3)
    assert not preview.flags.writeable
    assert shelf.preview(None, "chelsea").shape == (300, 451, 3), "a small one keeps its size"
    assert shelf.full(None, "hubble").shape[1] > 512


def test_two_visitors_files_of_the_same_name_are_two_pictures(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = upload(tmp_path / "one", "photo.png", (255, 0, 0))
    second = upload(tmp_path / "two", "photo.png", (0, 0, 255))
    assert tuple(shelf.preview(first, "")[0, 0]) == (255, 0, 0)
    assert tuple(shelf.preview(second, "")[0, 0]) == (0, 0, 255)


def test_when_a_visitor_has_gone_so_has_the_picture(tmp_path: Path) -> None:
    path = upload(tmp_path, "a.png", (9, 9, 9))
    shelf.preview(path, "")
    shelf.forget(path)
    assert not Path(path).exists()
    with pytest.raises(LabError, match=r"page\.photo_gone"):
        shelf.preview(path, "")
    shelf.forget(path)
    shelf.forget(None)


def test_what_is_no_picture_is_refused_each_time(tmp_path: Path) -> None:
    broken = tmp_path / "x.png"
    broken.write_bytes(b"no")
    for _ in range(2):
        with pytest.raises(LabError, match="image"):
            shelf.preview(str(broken), "")


def test_the_shelf_does_not_grow(tmp_path: Path) -> None:
    for place in range(40):
        shelf.preview(upload(tmp_path, f"{place}.png", (place, 0, 0), (16, 16)), "")
    assert len(shelf._shelf) <= 24
