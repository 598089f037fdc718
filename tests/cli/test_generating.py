"""`generate` writes the pictures that the package paints, `gallery bundle` a gallery that can be searched."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from contrastlab.cli import main
from contrastlab.core.images import open_image
from contrastlab.lab import DEFAULT_GENERATOR, Lab
from contrastlab.studies.directions import find_directions as find
from tests.models.gan.test_inference import CLASSES, save_tiny


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "cache"))
    save_tiny(tmp_path / "checkpoints" / DEFAULT_GENERATOR)
    return tmp_path / "checkpoints"


def test_generate_writes_the_packages_pictures_named_by_class_and_seed(folder, tmp_path):
    out = tmp_path / "new" / "pictures"
    given = ["generate", DEFAULT_GENERATOR, "--n", "5", "--seed", "40", "--out", str(out), "--checkpoints", str(folder)]
    assert main(given) == 0
    painted = Lab(folder).generator().generate(range(40, 45), [0, 1, 2, 0, 1])
    names = [f"{DEFAULT_GENERATOR}-{CLASSES[place % 3]}-{40 + place}.png" for place in range(5)]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    for name, picture in zip(names, painted, strict=True):
        assert np.array_equal(open_image(out / name).pixels, picture)
    assert main([*given, "--class", "dog", "--truncation", "0.5"]) == 0
    written = open_image(out / f"{DEFAULT_GENERATOR}-dog-40.png").pixels
    expected = Lab(folder).generator().generate(range(40, 45), [1] * 5, truncation=0.5)[0]
    assert np.array_equal(written, expected)


@pytest.mark.parametrize(("extra", "told"), [
    (["--class", "unicorn"], "cat, dog, frog"), (["--truncation", "7"], "1.5"), (["--n", "0"], "1"),
    (["--seed", "-1"], "-1"),
])
def test_what_cannot_be_painted_is_told_in_a_sentence(folder, tmp_path, capsys, extra, told):
    given = ["generate", DEFAULT_GENERATOR, "--out", str(tmp_path / "out"), "--checkpoints", str(folder)]
    assert main([*given, *extra]) == 1
    error = capsys.readouterr().err
    assert told in error and "Traceback" not in error and error.count("\n") == 1


def test_the_bundle_becomes_the_gallery_generated(folder, capsys, tmp_path):
    torch.set_num_threads(1)
    query = ["neighbours", str(tmp_path / "out" / f"{DEFAULT_GENERATOR}-cat-1.png"), "--gallery", "generated",
             "--encoder", "pixels", "--json", "--checkpoints", str(folder)]
    assert main(["generate", DEFAULT_GENERATOR, "--n", "30", "--class", "cat", "--out", str(tmp_path / "out"),
                 "--checkpoints", str(folder)]) == 0
    assert main(query) == 1
    assert "gallery bundle" in capsys.readouterr().err
    assert main(["gallery", "bundle", "--per-class", "15", "--checkpoints", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "45" in told and DEFAULT_GENERATOR in told and "lossless" in told
    lab = Lab(folder)
    seed = lab.bundle().seeds[0]
    query[1] = query[1].replace("cat-1", f"cat-{seed}")
    assert main(query) == 0
    first = json.loads(capsys.readouterr().out)["neighbours"][0]
    assert (first["index"], first["class"]) == (0, "cat") and first["similarity"] > 0.999
    gallery = lab.gallery("generated", encoder="pixels")
    assert len(gallery) == 45 and gallery.classes == tuple(CLASSES) and gallery.name == "generated"


def test_directions_are_kept_beside_the_weights_and_said(folder, capsys, monkeypatch):
    quick = partial(find, samples=90, measured=6)
    monkeypatch.setattr("contrastlab.cli.generating.find_directions", quick)
    torch.set_num_threads(1)
    assert Lab(folder).directions() == ()
    assert main(["directions", DEFAULT_GENERATOR, "--checkpoints", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = Lab(folder).directions()
    assert len(lines) == len(found) == 6
    assert all(line.startswith(f"{number}. ") for number, line in enumerate(lines, start=1))
    assert main(["directions", "gan-nowhere", "--checkpoints", str(folder)]) == 1
