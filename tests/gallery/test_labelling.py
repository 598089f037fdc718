"""Labels by vote, abstentions with their reason, and a table that no spreadsheet runs."""

import csv
import io

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset
from contrastlab.gallery import Label, build, built, label, to_csv


def directions(degrees):
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


@pytest.fixture
def gallery():
    """Ten pictures of "left" within 9 degrees, ten of "right" 60 to 69 degrees away."""
    degrees = np.concatenate([np.arange(10), 60 + np.arange(10)])
    pictures = np.zeros((20, 8, 8, 3), np.uint8)
    pictures[:, 0, 0, 0] = np.arange(20)
    data = Dataset("made", "all", pictures, np.repeat([0, 1], 10), ("left", "right"))
    embed = lambda images: directions([degrees[image[0, 0, 0]] for image in images])  # noqa: E731
    return built(build(data, embed, "key", keep=False))


def test_what_is_near_and_agreed_on_gets_a_label(gallery):
    first, second = label(gallery, directions([4.5, 66.5]), k=5)
    assert (first.word, first.note) == ("left", "") and (second.word, second.note) == ("right", "")
    assert first.share == pytest.approx(1) and first.similarity == pytest.approx(np.cos(np.radians(0.5)))


def test_what_is_unlike_everything_gets_none_though_the_vote_is_unanimous(gallery):
    assert gallery.usual == pytest.approx(np.cos(np.radians(1)))  # each has a neighbour one degree away
    (far,) = label(gallery, directions([-40]), k=5)
    assert (far.word, far.note) == ("", "far") and far.share == pytest.approx(1)


def test_a_split_vote_gets_none_unless_less_is_asked(gallery):
    shares = gallery.vote(directions([9.9]), k=20).shares[0]
    (kept,), (dropped,) = (label(gallery, directions([9.9]), k=20, sure=sure) for sure in (0.9, 1.0))
    assert 0.9 < shares[0] < 1 and kept.word == "left" and (dropped.word, dropped.note) == ("", "split")
    assert dropped.share == pytest.approx(shares[0])


@pytest.mark.parametrize("sure", [-0.1, 1.1, "much"])
def test_a_share_is_a_share(gallery, sure):
    with pytest.raises(LabError, match="knob"):
        label(gallery, directions([0]), sure=sure)


def test_nothing_to_label_gives_nothing(gallery):
    assert label(gallery, np.zeros((0, 2), np.float32)) == []


def test_the_table_can_be_read_back_and_holds_no_formula():
    names = ["a,b.png", '"quoted".png', "=cmd|' /C calc'!A0.png", "+1.png", "-2.png", "@sum.png", "猫.png", "x\ny.png"]
    labels = [Label("cat", 0.75, 0.5, "")] * 7 + [Label("", 0.5, -0.25, "split")]
    rows = list(csv.DictReader(io.StringIO(to_csv(names, labels), newline="")))
    assert [row["file"] for row in rows] == [f"'{n}" if n[0] in "=+-@" else n for n in names]
    assert rows[0] == {"file": "a,b.png", "label": "cat", "share": "0.7500", "similarity": "0.5000", "note": ""}
    assert (rows[-1]["label"], rows[-1]["similarity"], rows[-1]["note"]) == ("", "-0.2500", "split")
    assert next(iter(csv.DictReader(io.StringIO(to_csv(["a"], [Label("=1+1", 1, 1, "")])))))["label"] == "'=1+1"
