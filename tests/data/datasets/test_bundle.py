"""A bundle comes back as it was written, and nothing else is taken for one."""

import json

import numpy as np
import pytest

from contrastlab.data import datasets
from contrastlab.data.datasets import bundle as module
from contrastlab.data.datasets import has_bundle, read_bundle, write_bundle
from tests.data.datasets.tiny import refusal


@pytest.fixture
def pictures():
    """93 noisy pictures: more than two rows of tiles, the last not full."""
    return np.random.default_rng(0).integers(0, 256, (93, 16, 16, 3), np.uint8)


def written(folder, pictures):
    folder.mkdir(exist_ok=True)
    return write_bundle(
        folder, pictures, labels=np.arange(93) // 31, classes=("cat", "dog", "frog"), seeds=range(7, 100),
        generator="gan-tiny", weights="ab" * 32, rule={"kept": "all"},
    )


def test_what_is_written_comes_back(tmp_path, pictures):
    assert not has_bundle(tmp_path / "gan-tiny")
    made = written(tmp_path / "gan-tiny", pictures)
    assert has_bundle(tmp_path / "gan-tiny")
    for one in (made, read_bundle(tmp_path / "gan-tiny")):
        assert np.array_equal(one.data.pictures, pictures) and one.encoding == "lossless"
        assert one.data.labels.tolist() == (np.arange(93) // 31).tolist()
        assert (one.data.name, one.data.split, one.data.classes) == (datasets.GENERATED, "all", ("cat", "dog", "frog"))
        assert (one.seeds, one.generator, one.weights) == (tuple(range(7, 100)), "gan-tiny", "ab" * 32)
        assert one.rule == {"kept": "all"} and one.data.origin == "gan-tiny"
        assert not one.data.pictures.flags.writeable and not one.data.labels.flags.writeable


def test_a_sheet_that_would_be_too_large_loses_a_little_and_says_so(tmp_path, pictures, monkeypatch):
    grey = pictures[..., :1].repeat(3, axis=3)  # colours would be kept at half resolution only
    lossless = written(tmp_path / "a", grey)
    limit = (tmp_path / "a" / module.SHEET).stat().st_size - 1
    monkeypatch.setattr(module, "_MOST", limit)
    made = written(tmp_path / "b", grey)
    assert lossless.encoding == "lossless" and made.encoding == "quality 98"
    assert (tmp_path / "b" / module.SHEET).stat().st_size <= limit
    assert 0 < np.abs(made.data.pictures.astype(int) - grey).mean() < 4


def test_another_sheet_a_missing_file_and_a_broken_description_are_refused(tmp_path, pictures):
    folder = tmp_path / "gan-tiny"
    assert refusal(read_bundle, folder).key == "bundle.missing"
    written(folder, pictures)
    sheet, about = folder / module.SHEET, folder / module.ABOUT
    whole = sheet.read_bytes()
    for content in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
        sheet.write_bytes(content)
        assert refusal(read_bundle, folder).key == "bundle.wrong_hash"
    sheet.write_bytes(whole)
    facts = json.loads(about.read_text())
    for broken in ("{", "[]", json.dumps({**facts, "labels": [0] * 200}), json.dumps({"sheet": facts["sheet"]})):
        about.write_text(broken)
        assert refusal(read_bundle, folder).key == "bundle.broken"
    about.unlink()
    assert refusal(read_bundle, folder).key == "bundle.missing"
