"""The command line: exit codes, one line for what went wrong, and the same calls as the page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from contrastlab.cli import main
from contrastlab.core.images import open_image
from contrastlab.data.augment import augment, policy
from contrastlab.data.datasets import photo
from contrastlab.lab import Lab
from contrastlab.text import keys

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "in.png"
    PIL.Image.fromarray(photo("chelsea")[:120, :160]).save(path)
    return path


def failed(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Traceback" not in told
    return code, told


def test_augment_writes_what_the_package_makes_with_that_seed(picture, tmp_path):
    out = tmp_path / "out.png"
    assert main(["augment", str(picture), str(out), "--policy", "article", "--seed", "7"]) == 0
    expected = augment(open_image(picture).pixels, policy("article"), 7)
    np.testing.assert_array_equal(np.array(PIL.Image.open(out)), expected)


def test_settings_of_single_steps_can_be_changed(picture, tmp_path):
    out = tmp_path / "out.png"
    assert main(["augment", str(picture), str(out), "--policy", "article", "--set", "rotate.degrees=90"]) == 0
    expected = augment(open_image(picture).pixels, policy("article", {"rotate": {"degrees": 90}}), 0)
    np.testing.assert_array_equal(np.array(PIL.Image.open(out)), expected)


def test_transparency_goes_through_the_same_geometry(tmp_path):
    pixels = photo("chelsea")[:96, :96]
    alpha = np.zeros((96, 96), np.uint8)
    alpha[:, 48:] = 255
    PIL.Image.fromarray(np.dstack([pixels, alpha])).save(tmp_path / "in.png")
    settings = ["flip.p=1", "rotate.degrees=0", "translate.distance=0"]
    given = [word for setting in settings for word in ("--set", setting)]
    assert main(["augment", str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--policy", "article", *given]) == 0
    changed = np.array(PIL.Image.open(tmp_path / "out.png"))
    np.testing.assert_array_equal(changed[..., 3], alpha[:, ::-1])


def test_embed_gives_unit_rows_in_sorted_order_and_follows_links(tmp_path):
    folder, elsewhere = tmp_path / "pictures", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    names = ["b.png", "a.jpg", "c.png"]
    for number, name in enumerate(names):
        PIL.Image.fromarray(photo("coffee")[: 60 + 20 * number, :90]).save(folder / name)
    PIL.Image.fromarray(photo("rocket")[:50, :50]).save(elsewhere / "far.png")
    (folder / "aa.png").symlink_to(elsewhere / "far.png")
    out = tmp_path / "rows.npy"
    assert main(["embed", str(folder), "--encoder", "pixels", "--out", str(out)]) == 0
    rows = np.load(out)
    order = ["a.jpg", "aa.png", "b.png", "c.png"]
    expected = Lab().encoder("pixels").embed([open_image(folder / name).pixels for name in order])
    assert rows.dtype == np.float32 and rows.shape == expected.shape
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_wrong_use_is_one_line_and_exit_code_two(capsys):
    for arguments in (["nonsense"], ["augment"], [], ["embed", "x"], ["augment", "a", "b", "--seed", "many"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_bad_picture_is_one_line_and_exit_code_one(capsys, tmp_path, picture):
    (tmp_path / "text.png").write_text("not a picture")
    code, told = failed(capsys, "augment", tmp_path / "text.png", tmp_path / "out.png")
    assert code == 1 and not (tmp_path / "out.png").exists()
    code, told = failed(capsys, "embed", tmp_path / "text.png", "--encoder", "pixels", "--out", tmp_path / "o.npy")
    assert code == 1 and "text.png" in told
    code, told = failed(capsys, "augment", tmp_path / "nowhere.png", tmp_path / "out.png")
    assert code == 1
    code, told = failed(capsys, "augment", picture, tmp_path / "out.gif")
    assert code == 1 and ".png" in told
    code, told = failed(capsys, "augment", picture, tmp_path / "out.png", "--policy", "nonsense")
    assert code == 1 and "simclr" in told
    code, told = failed(capsys, "augment", picture, tmp_path / "out.png", "--set", "rotate=3")
    assert code == 1 and "rotate.degrees=30" in told
    code, told = failed(capsys, "augment", picture, tmp_path / "no" / "out.png")
    assert code == 1 and "no" in told
    code, told = failed(capsys, "train", "nonsense")
    assert code == 1 and "encoder-simclr-cifar10" in told
    code, told = failed(capsys, "embed", picture, "--encoder", "nobody", "--out", tmp_path / "o.npy")
    assert code == 1 and "pixels" in told


def test_a_bug_is_told_by_a_number_and_shown_in_full_only_when_asked(capsys, monkeypatch, picture, tmp_path):
    def broken(*_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("contrastlab.cli.pictures.apply", broken)
    code, told = failed(capsys, "augment", picture, tmp_path / "out.png")
    assert code == 1 and "secret" not in told
    with pytest.raises(RuntimeError, match="secret detail"):
        main(["--debug", "augment", str(picture), str(tmp_path / "out.png")])


def test_errors_speak_chinese_in_a_chinese_terminal(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    _, told = failed(capsys, "train", "nonsense")
    assert "配方" in told


def test_a_dry_run_shows_recipe_size_and_time_and_trains_nothing(capsys, tmp_path):
    arguments = ["train", "encoder-simclr-cifar10", "steps=50", "--dry-run", "--runs", str(tmp_path / "runs"),
                 "--checkpoints", str(tmp_path / "checkpoints")]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "steps = 50" in told and "M parameters" in told and "GFLOP" in told and "50 steps" in told
    assert not list(tmp_path.iterdir())


def test_data_that_cannot_be_had_is_told_and_the_rest_is_prepared(capsys, tmp_path, monkeypatch):
    folder = tmp_path / "data" / "cifar10"
    for split in ("train", "test"):
        (folder / split / "cat").mkdir(parents=True)
        PIL.Image.fromarray(photo("chelsea")[:32, :32]).save(folder / split / "cat" / "0.png")
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "cache"))
    assert main(["data", "prepare", "bsd", "cifar10", "--data", str(tmp_path / "data")]) == 1
    told = capsys.readouterr().err
    assert "bsd" in told.splitlines()[0] and "cifar10: ready" in told


def test_models_lists_every_checkpoint(capsys):
    assert main(["models", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows] == [card.name for card in Lab().models()]


def test_selfcheck_names_what_is_broken(capsys, tmp_path):
    assert main(["selfcheck", "--checkpoints", str(tmp_path)]) == 0
    assert "encoder untrained: ok" in capsys.readouterr().out
    folder = tmp_path / "encoder-simclr-cifar10"
    folder.mkdir()
    (folder / "config.json").write_text("{")
    (tmp_path / "index.json").write_text('{"checkpoints": ["encoder-simclr-cifar10"]}')
    assert main(["selfcheck", "--checkpoints", str(tmp_path)]) == 1
    assert "config.json" in "".join(capsys.readouterr())


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom contrastlab.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'torch', 'gradio', 'cv2', 'numpy'}))"
    )
    environment = {**os.environ, "LANG": "C"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


COMMANDS = ("app", "train", "evaluate", "augment", "embed", "models", "selfcheck", "data prepare", "benchmark augment",
            "benchmark app", "study", "study few-labels", "generate", "gallery build", "gallery bundle")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_in_words(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--help"])
    assert stopped.value.code == 0
    assert f"cli.{command.replace(' ', '.')}" in keys("en") and "cli." not in capsys.readouterr().out
