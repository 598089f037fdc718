"""`invert`, `ascend`, `calibrate` and `interpolate` do what the package does, and say what is wrong in a sentence."""

import json

import numpy as np
import PIL.Image
import pytest
import torch

from contrastlab.cli import main
from contrastlab.core.checkpoint import load_checkpoint
from contrastlab.core.images import encode_png, open_image
from contrastlab.data.datasets import Dataset
from contrastlab.lab import DEFAULT_GENERATOR, Lab
from contrastlab.studies.walk import walk
from tests.models.gan.test_inference import save_tiny

NAME = DEFAULT_GENERATOR


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "cache"))
    torch.set_num_threads(1)
    save_tiny(tmp_path / "checkpoints" / NAME)
    return tmp_path / "checkpoints"


@pytest.fixture
def own(folder, tmp_path):
    path = tmp_path / "own.png"
    path.write_bytes(encode_png(Lab(folder).generator().generate([5], [1])[0]))
    return path


def test_invert_finds_its_own_picture_and_says_it_is_not_calibrated(folder, own, tmp_path, capsys):
    out = tmp_path / "found"
    given = ["invert", str(own), "--checkpoints", str(folder), "--steps", "60", "--restarts", "4", "--out", str(out)]
    assert main(given) == 0
    told = capsys.readouterr().out.splitlines()
    assert "dog" in told[0] and "calibrate" in told[1]
    kept = json.loads((out / "found.json").read_text())
    assert kept["class"] == "dog" and kept["levels"] < 8 and kept["verdict"] is None and kept["alike"] is None
    assert np.array_equal(open_image(out / "target.png").pixels, open_image(own).pixels)
    painted = Lab(folder).generator().paint(np.array([kept["latents"]], np.float32), [1])[0]
    assert np.abs(painted.astype(int) - open_image(out / "found.png").pixels).max() <= 2
    assert main([*given, "--json", "--class", "cat"]) == 0
    assert json.loads(capsys.readouterr().out)["class"] == "cat"


def test_dark_ink_is_turned_over_for_who_paints_digits(folder, tmp_path, capsys):
    paper = tmp_path / "paper.png"
    written = np.full((80, 60, 3), 240, np.uint8)
    written[15:65, 26:34] = 20
    paper.write_bytes(encode_png(written))
    given = ["invert", str(paper), "--checkpoints", str(folder), "--steps", "1", "--restarts", "1", "--json", "--out"]
    config = folder / NAME / "config.json"
    for name, light in (("as-it-is", True), ("turned", False)):
        assert main([*given, str(tmp_path / name)]) == 0
        assert (open_image(tmp_path / name / "target.png").pixels[0].mean() > 128) == light
        assert ("light on black" in capsys.readouterr().err) != light
        said = json.loads(config.read_text())
        said["preprocessing"]["classes"] = [str(number) for number in range(len(said["preprocessing"]["classes"]))]
        config.write_text(json.dumps(said))


def test_calibrate_keeps_what_invert_then_judges_by(folder, own, capsys, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), np.uint8)
    data = Dataset("toy", "test", noise, np.zeros(4, np.int64), ("cat",))
    monkeypatch.setattr("contrastlab.cli.searching.load", lambda name, split, where: data)
    assert load_checkpoint(folder / NAME).training["data"] == "toy"
    assert Lab(folder).reach() is None
    assert main(["calibrate", NAME, "--count", "2", "--checkpoints", str(folder)]) == 0
    assert "95 %" in capsys.readouterr().out
    reach = Lab(folder).reach()
    assert reach is not None and len(reach.foreign) == 2 and reach.limits[0] < reach.limits[1]
    assert main(["invert", str(own), "--checkpoints", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == reach.verdict(told["loss"]) != "outside"


@pytest.mark.parametrize(("where", "keys"), [("latents", True), ("pixels", False)])
def test_ascend_toward_the_judge_raises_its_opinion(folder, tmp_path, capsys, where, keys):
    out = tmp_path / "climbed"
    given = ["ascend", NAME, "--toward", "real", "--from", "ann", "--class", "frog", "--where", where, "--steps", "20",
             "--out", str(out), "--checkpoints", str(folder), "--json"]
    assert main(given) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["class"] == "frog" and told["after"] >= told["before"] and told["away"] > 0
    assert (told["latents"] is not None) == keys == (told["length"] is not None)
    before, after = (open_image(out / f"{name}.png").pixels for name in ("before", "after"))
    judged = Lab(folder).generator().realness([before, after], [2, 2])
    assert judged[1] > judged[0]


@pytest.mark.parametrize("ending", ["webp", "gif"])
def test_interpolate_goes_from_one_to_the_other(folder, tmp_path, ending):
    base = ["interpolate", NAME, "--from", "3", "--to", "word", "--frames", "5", "--checkpoints", str(folder)]
    assert main([*base, "--out", str(tmp_path / f"morph.{ending}")]) == 0
    with PIL.Image.open(tmp_path / f"morph.{ending}") as film:
        assert film.n_frames == 6 and film.size == (16, 16)
    assert main([*base, "--class", "cat", "--out", str(tmp_path / "steps")]) == 0
    from contrastlab.core.seeds import seed_of

    generator = Lab(folder).generator()
    expected = generator.paint(walk(generator.latents([3, seed_of("word")]), 5), [0] * 6)
    files = sorted((tmp_path / "steps").iterdir())
    assert all(np.array_equal(open_image(file).pixels, one) for file, one in zip(files, expected, strict=True))


@pytest.mark.parametrize(("given", "told"), [
    (["invert", "{own}", "--model", "gan-nowhere"], "gan-nowhere"), (["invert", "nowhere.png"], "nowhere.png"),
    (["invert", "{own}", "--steps", "0"], "0"), (["invert", "{own}", "--class", "unicorn"], "cat, dog, frog"),
    (["invert", "{own}", "--encoder", "pixels"], "pixels"), (["ascend", NAME, "--toward", "unicorn"], "cat, dog, frog"),
    (["ascend", NAME, "--toward", "cat"], NAME), (["ascend", NAME, "--toward", "real", "--pace", "900"], "20"),
    (["interpolate", NAME, "--from", "1", "--to", "2", "--out", "film.mp4"], "film.mp4"),
    (["interpolate", NAME, "--from", "1", "--to", "2", "--out", "f", "--frames", "0"], "1"),
    (["calibrate", NAME, "--count", "1"], "2"),
])
def test_what_cannot_be_done_is_told_in_a_sentence(folder, own, tmp_path, monkeypatch, capsys, given, told):
    monkeypatch.chdir(tmp_path)
    noise = Dataset("toy", "test", np.zeros((4, 16, 16, 3), np.uint8), np.zeros(4, np.int64), ("cat",))
    monkeypatch.setattr("contrastlab.cli.searching.load", lambda name, split, where: noise)
    assert main([one.format(own=own) for one in given] + ["--checkpoints", str(folder)]) == 1
    error = capsys.readouterr().err
    assert told in error and "Traceback" not in error and error.count("\n") == 1
