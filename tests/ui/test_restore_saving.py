"""The whole picture, repaired and offered as a file, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from contrastlab.core.images import encode_png, open_image
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import degrade
from contrastlab.models.restorer import inference
from contrastlab.ui.tabs.restore.view import MINE, View

from .visiting import MendingVisit


def saved(mending: MendingVisit, form: str = "png") -> list[dict[Any, Any]]:
    return list(mending.stream(mending.tab.saving.press, "click", form))


def file_of(updates: dict[Any, Any], mending: MendingVisit) -> Path:
    return Path(updates[mending.tab.saving.file]["value"])


def own(mending: MendingVisit, path: Path) -> None:
    mending.happens(mending.tab.upload, "input", str(path))
    mending.damaged(MINE)


def test_a_sample_is_damaged_and_repaired_whole(mending: MendingVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "TILE", 256)
    mending.damaged("holes", 20)
    answers = saved(mending)
    done = answers[-1]
    path = file_of(done, mending)
    assert path.name == "chelsea-holes-restored.png"
    image, clean = open_image(path).pixels, photo("chelsea")
    damaged = degrade(clean, [("holes", {"holes": 0.2})], View().seed)
    assert image.shape == clean.shape
    assert np.array_equal(image[~damaged.missing], clean[~damaged.missing]), "lossless, and only holes are filled"
    assert not np.array_equal(image, damaged.image)
    told = [answer[mending.tab.saving.progress] for answer in answers if mending.tab.saving.progress in answer]
    assert len(told) > 3, "piece by piece"
    assert f"piece 1 of {len(told) - 1}" in told[0]
    assert done[mending.tab.saving.stop]["visible"] is False
    assert done[mending.tab.saving.press]["interactive"] is True


def test_ones_own_keeps_size_transparency_profile_and_exif(mending: MendingVisit, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 140, 3), np.uint8)
    alpha = np.tile(np.arange(140, dtype=np.uint8), (90, 1))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = PIL.Image.Exif()
    exif[0x010E] = "a garden"
    path = tmp_path / "mine.png"
    path.write_bytes(encode_png(pixels, alpha, icc_profile=profile, exif=exif.tobytes()))
    own(mending, path)
    done = saved(mending)[-1]
    result = open_image(file_of(done, mending))
    expected = mending.lab.restorer().restore(pixels)
    assert np.array_equal(result.pixels, expected)
    assert result.alpha is not None
    assert np.array_equal(result.alpha, alpha)
    assert result.icc_profile == profile
    with PIL.Image.open(file_of(done, mending)) as opened:
        assert opened.getexif()[0x010E] == "a garden"
    assert not done[mending.tab.saving.notes]
    as_jpeg = saved(mending, "jpeg")[-1]
    with PIL.Image.open(file_of(as_jpeg, mending)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (140, 90))
        assert opened.info["icc_profile"] == profile
        assert opened.getexif()[0x010E] == "a garden"
    assert "transparency" in as_jpeg[mending.tab.saving.notes]


def test_the_strength_blends_the_whole_picture_too(mending: MendingVisit, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    path = tmp_path / "mine.png"
    path.write_bytes(encode_png(pixels))
    own(mending, path)
    mending.set(mine=0)
    assert np.array_equal(open_image(file_of(saved(mending)[-1], mending)).pixels, pixels)


def test_what_a_file_had_of_more_is_told(mending: MendingVisit, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    frames = [PIL.Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    own(mending, path)
    assert "first frame" in saved(mending)[-1][mending.tab.saving.notes]
    deep = tmp_path / "deep.png"
    PIL.Image.fromarray(np.full((30, 40), 40000, np.uint16)).save(deep)
    own(mending, deep)
    assert "8 bits" in saved(mending)[-1][mending.tab.saving.notes]


def test_too_many_pixels_are_refused_before_anything_is_done(
    mending: MendingVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contrastlab.ui.tabs.restore.saving.MOST", 1000)
    *_, done = saved(mending)
    assert "complaint" in done[mending.tab.message]
    assert "451 x 300" in done[mending.tab.message]
    assert done[mending.tab.saving.press]["interactive"] is True


def test_a_wrong_format_is_told(mending: MendingVisit) -> None:
    assert "complaint" in saved(mending, "bmp")[-1][mending.tab.message]
