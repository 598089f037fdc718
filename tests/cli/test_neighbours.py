"""`neighbours`, `gallery build` and `label` answer what the package answers."""

import csv
import io
import json
import math

import numpy as np
import PIL.Image
import pytest

from contrastlab.cli import main, neighbours
from contrastlab.core.images import open_image
from contrastlab.data.datasets import glyphs
from contrastlab.gallery import SIDE, Gallery, label
from contrastlab.gallery.survey import Sureness
from contrastlab.lab import Lab
from contrastlab.text import keys


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    """Digits of two classes, each in a folder of its own, larger than a gallery keeps them."""
    drawn = glyphs(60, 3)
    root = tmp_path / "digits"
    for number, (picture, kind) in enumerate(zip(drawn.pictures, drawn.labels, strict=True)):
        if kind in (0, 1):
            (root / f"{kind}").mkdir(parents=True, exist_ok=True)
            large = PIL.Image.fromarray(picture).resize((SIDE + 40, SIDE + 40))
            large.save(root / f"{kind}" / f"{number:02}.png")
    return root


def files_of(folder):
    return sorted(folder.rglob("*.png"))


def test_neighbours_are_those_of_the_package(folder, capsys):
    query = files_of(folder)[3]
    given = ["neighbours", str(query), "--gallery", str(folder), "--encoder", "pixels", "--k", "4"]
    assert main([*given, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    lab = Lab()
    gallery = lab.gallery(folder, encoder="pixels")
    row = lab.encoder("pixels").embed([open_image(query, max_side=SIDE).pixels])[0]
    found = gallery.nearest(row, 4)
    assert [one["index"] for one in answer["neighbours"]] == found.indices.tolist()
    assert [one["similarity"] for one in answer["neighbours"]] == pytest.approx(found.scores.tolist())
    first = answer["neighbours"][0]
    inside = query.relative_to(folder).as_posix()
    assert (first["rank"], first["itself"], first["caption"], first["class"]) == (1, True, inside, inside[0])
    assert [one["itself"] for one in answer["neighbours"][1:]] == [False] * 3
    assert (answer["pictures"], answer["encoder"], answer["gallery"]) == (len(gallery), "pixels", "digits")

    assert main(given) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and inside in lines[0] and "itself" in lines[0] and "itself" not in lines[1]


def test_a_named_gallery_is_built_once_and_found_again(capsys, tmp_path):
    drawn = glyphs(2_000, 1)  # the test split
    PIL.Image.fromarray(drawn.pictures[17]).save(tmp_path / "query.png")
    assert main(["gallery", "build", "glyphs", "--encoder", "untrained"]) == 0
    told = capsys.readouterr()
    assert "2000" in told.out and "untrained" in told.out and "100%" in told.err
    assert main(["neighbours", str(tmp_path / "query.png"), "--gallery", "glyphs", "--encoder", "untrained"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0].split()[2:] == ["#17", drawn.classes[drawn.labels[17]], "(itself)"]
    assert "%" not in told.err  # nothing was embedded


def test_labels_are_those_of_the_package_and_what_cannot_be_read_is_named(folder, tmp_path, capsys):
    unknown = tmp_path / "unknown"
    unknown.mkdir()
    for name, source in (("b.png", files_of(folder)[0]), ("a.png", files_of(folder)[-1])):
        (unknown / name).write_bytes(source.read_bytes())
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    PIL.Image.fromarray(noise).save(unknown / "noise.png")
    (unknown / "broken.png").write_text("not a picture")
    out = tmp_path / "labels.csv"
    given = ["label", str(unknown), "--csv", str(out), "--gallery", str(folder), "--encoder", "pixels", "--k", "3"]
    assert main(given) == 0
    told = capsys.readouterr()
    assert "broken.png: " in told.err and "2 of 3" in told.out
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    lab = Lab()
    gallery = lab.gallery(folder, encoder="pixels")
    pictures = [open_image(unknown / name, max_side=SIDE).pixels for name in ("a.png", "b.png", "noise.png")]
    expected = label(gallery, lab.encoder("pixels").embed(pictures), k=3)
    assert [(row["file"], row["label"], row["note"]) for row in rows] == [
        ("a.png", expected[0].word, ""), ("b.png", expected[1].word, ""), ("noise.png", "", "far")
    ]
    assert [row["label"] for row in rows] == ["1", "0", ""]
    assert [float(row["share"]) for row in rows] == pytest.approx([one.share for one in expected], abs=1e-4)
    assert main([*given, "--sure", "1.5"]) == 1


@pytest.mark.parametrize(
    ("measured", "given", "needed"), [(0.75, None, 0.75), (math.inf, None, 0.6), (0.75, "0.3", 0.3)]
)
def test_a_label_needs_the_measured_share_unless_another_is_given(
    folder, tmp_path, monkeypatch, measured, given, needed
):
    asked = []
    monkeypatch.setattr(Gallery, "sureness", Sureness(measured, 0.96, 0.5, 40))
    monkeypatch.setattr(
        neighbours, "label_by_neighbours", lambda *a, sure, **k: asked.append(sure) or label(*a, sure=sure, **k)
    )
    arguments = ["label", str(folder), "--csv", str(tmp_path / "labels.csv"), "--gallery", str(folder), "--encoder",
                 "pixels", "--k", "3", *(["--sure", given] if given else [])]
    assert main(arguments) == 0
    assert asked == [needed]


def test_what_cannot_be_done_is_one_line(folder, tmp_path, capsys):
    query = str(files_of(folder)[0])
    (tmp_path / "none").mkdir()
    for arguments, word in (
        (["neighbours", query, "--gallery", "nowhere"], "cifar10"),
        (["neighbours", query, "--gallery", str(tmp_path / "none")], "none"),
        (["neighbours", query, "--gallery", str(folder), "--encoder", "pixels", "--k", "999"], "999"),
        (["neighbours", str(tmp_path / "gone.png"), "--gallery", str(folder)], "gone.png"),
        (["gallery", "build", str(folder), "--encoder", "nobody"], "pixels"),
        (["label", str(folder), "--csv", str(tmp_path / "out.txt")], ".csv"),
        (["label", str(folder), "--csv", str(tmp_path / "no" / "out.csv"), "--gallery", str(folder), "--encoder",
          "pixels"], "out.csv"),
    ):
        assert main(arguments) == 1
        *_, last = capsys.readouterr().err.splitlines()
        assert word in last and "%" not in last


@pytest.mark.parametrize("command", ["neighbours", "gallery", "gallery build", "label", "benchmark search"])
def test_every_command_has_a_help_in_words(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--help"])
    assert stopped.value.code == 0
    assert f"cli.{command.replace(' ', '.')}" in keys("en") and "cli." not in capsys.readouterr().out
