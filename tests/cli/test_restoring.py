"""`degrade` and `restore` do what the package does, keep what a file says of itself, and leave no half files."""

import io
import json

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest
import torch

from contrastlab.cli import main
from contrastlab.cli.main import _DAMAGES
from contrastlab.core.images import encode_png, open_image
from contrastlab.data.datasets import photo
from contrastlab.data.degrade import NAMES, degrade
from contrastlab.lab import Lab
from contrastlab.models.restorer import inference
from contrastlab.models.restorer.classical import METHODS, repair
from contrastlab.models.restorer.inference import Findings
from contrastlab.text import keys
from tests.models.restorer.tiny import save_tiny

CAT = photo("chelsea")[60:130, 150:240]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    torch.set_num_threads(1)


@pytest.fixture
def folder(tmp_path):
    save_tiny(tmp_path / "checkpoints" / "restorer")
    (tmp_path / "checkpoints" / "index.json").write_text(json.dumps({"checkpoints": ["restorer"]}))
    return tmp_path / "checkpoints"


@pytest.fixture
def none(tmp_path):
    """A folder without any checkpoint."""
    (tmp_path / "none").mkdir()
    return tmp_path / "none"


@pytest.fixture
def cat(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(encode_png(CAT))
    return path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def refused(capsys, *arguments):
    assert run(*arguments) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Traceback" not in told, told
    return told


# --- degrade ---------------------------------------------------------------------------------------------------------


def test_damages_happen_in_the_order_they_are_named(cat, tmp_path):
    out, mask = tmp_path / "out.png", tmp_path / "mask.png"
    assert run("degrade", cat, out, "--jpeg", 20, "--noise", 25, "--set", "noise.kind=grey", "--seed", 7) == 0
    expected = degrade(CAT, [("jpeg", {"quality": 20}), ("noise", {"noise": 25, "kind": "grey"})], 7)
    assert np.array_equal(open_image(out).pixels, expected.image)
    assert run("degrade", cat, out, "--noise", 25, "--jpeg", 20, "--seed", 7) == 0
    other = degrade(CAT, [("noise", {"noise": 25}), ("jpeg", {"quality": 20})], 7)
    assert np.array_equal(open_image(out).pixels, other.image)
    assert run("degrade", cat, out, "--holes", 0.2, "--set", "holes.kind=dots", "--mask", mask) == 0
    holes = degrade(CAT, [("holes", {"holes": 0.2, "kind": "dots"})], 0)
    assert np.array_equal(open_image(mask).pixels[:, :, 0] > 0, holes.missing)


def test_every_damage_has_its_option_and_every_method_is_named_in_the_help():
    assert set(_DAMAGES) == set(NAMES)
    assert {f"cli.option.damage.{name}" for name in NAMES} <= keys("en")
    from contrastlab.text import say

    for language in ("en", "zh"):
        assert all(name in say("cli.option.method", language) for name in ("restorer", *METHODS))


@pytest.mark.parametrize(("given", "told"), [
    ([], "--noise"), (["--noise", "999"], "100"), (["--noise", "much"], "much"),
    (["--set", "noise.kind=red"], "--noise"), (["--noise", "5", "--set", "blur.blur=3"], "blur.blur=3"),
    (["--noise", "5", "--set", "noise.kind=red"], "shot"), (["--jpeg", "20", "--seed", "-1"], "seed"),
])
def test_a_damage_that_cannot_be_done_is_told(cat, tmp_path, capsys, given, told):
    assert told in refused(capsys, "degrade", cat, tmp_path / "out.png", *given)
    assert not (tmp_path / "out.png").exists()


# --- restore ---------------------------------------------------------------------------------------------------------


def test_it_repairs_as_the_package_does(cat, folder, tmp_path, capsys):
    out, network = tmp_path / "out.png", Lab(folder).restorer()
    assert run("restore", cat, out, "--checkpoints", folder) == 0
    assert np.array_equal(open_image(out).pixels, network.restore(CAT))
    assert f"noise {network.estimate(CAT).noise:.1f}" in capsys.readouterr().out
    told = ["--sigma", 30, "--quality", 80, "--blur", 1, "--strength", 0.5]
    assert run("restore", cat, out, *told, "--checkpoints", folder) == 0
    expected = network.restore(CAT, told=Findings(30, 80, 1), strength=0.5)
    assert np.array_equal(open_image(out).pixels, expected)


def test_what_is_missing_is_filled_and_nothing_else_is_touched(cat, none, tmp_path):
    damaged, mask, out = (tmp_path / f"{name}.png" for name in ("damaged", "mask", "out"))
    assert run("degrade", cat, damaged, "--holes", 0.1, "--mask", mask) == 0
    given = ["restore", damaged, out, "--mask", mask, "--method", "telea", "--strength", 0, "--checkpoints", none]
    assert run(*given) == 0
    missing = open_image(mask).pixels[:, :, 0] > 0
    filled = open_image(out).pixels
    assert np.array_equal(filled[~missing], CAT[~missing])
    assert np.array_equal(filled, repair("telea", open_image(damaged).pixels, Findings(0, 100, 0), missing))


def test_a_painted_layer_is_a_mask_too(cat, none, tmp_path):
    layer = np.zeros((*CAT.shape[:2], 4), np.uint8)
    layer[10:20, 30:40] = (0, 0, 0, 255)
    PIL.Image.fromarray(layer).save(tmp_path / "layer.png")
    out = tmp_path / "out.png"
    assert run("restore", cat, out, "--mask", tmp_path / "layer.png", "--method", "telea", "--checkpoints", none) == 0
    changed = (open_image(out).pixels != CAT).any(axis=2)
    assert changed.any() and not changed[layer[:, :, 3] == 0].any()


def test_without_the_network_a_classical_method_is_told_the_level(cat, none, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert run("restore", cat, out, "--method", "bilateral", "--sigma", 20, "--checkpoints", none) == 0
    assert np.array_equal(open_image(out).pixels, repair("bilateral", CAT, Findings(20, 100, 0)))
    capsys.readouterr()
    assert "--sigma" in refused(capsys, "restore", cat, out, "--method", "nlm", "--checkpoints", none)
    assert "restorer" in refused(capsys, "restore", cat, out, "--checkpoints", none)


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_file_keeps_its_way_up_its_profile_and_what_it_says(folder, tmp_path, ending):
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    PIL.Image.fromarray(CAT).save(tmp_path / "turned.jpg", exif=exif, icc_profile=profile, quality=95)
    source, out = open_image(tmp_path / "turned.jpg"), tmp_path / f"out.{ending}"
    assert source.pixels.shape[:2] == CAT.shape[1::-1]
    assert run("restore", tmp_path / "turned.jpg", out, "--strength", 0, "--checkpoints", folder) == 0
    kept = open_image(out)
    assert kept.pixels.shape == source.pixels.shape and kept.icc_profile == profile and b"camera" in kept.exif
    assert np.abs(kept.pixels.astype(int) - source.pixels).mean() < (0.1 if ending == "png" else 4)


def test_transparency_stays_and_its_loss_is_told(none, tmp_path, capsys):
    alpha = np.tile(np.arange(CAT.shape[1], dtype=np.uint8), (CAT.shape[0], 1))
    source = tmp_path / "clear.png"
    source.write_bytes(encode_png(CAT, alpha))
    given = ["--method", "bilateral", "--sigma", "9", "--checkpoints", none]
    assert run("restore", source, tmp_path / "out.png", *given) == 0
    assert np.array_equal(open_image(tmp_path / "out.png").alpha, alpha)
    assert "transparency" not in capsys.readouterr().err
    assert run("restore", source, tmp_path / "out.jpg", *given) == 0
    assert "transparency" in capsys.readouterr().err


def test_sixteen_bits_and_more_frames_are_told(none, tmp_path, capsys):
    deep = CAT[:, :, 0].astype(np.uint16) * 257
    PIL.Image.fromarray(deep).save(tmp_path / "deep.png")
    frames = [PIL.Image.fromarray(CAT), PIL.Image.fromarray(255 - CAT)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    given = ["--method", "median", "--sigma", "9", "--checkpoints", none]
    assert run("restore", tmp_path / "deep.png", tmp_path / "out.png", *given) == 0
    assert "16 bits" in capsys.readouterr().err
    assert abs(open_image(tmp_path / "out.png").pixels.mean() - CAT[:, :, 0].mean()) < 2
    assert run("restore", tmp_path / "film.gif", tmp_path / "out.png", *given) == 0
    assert "film.gif" in capsys.readouterr().err and open_image(tmp_path / "out.png").pixels.shape == CAT.shape


def test_a_folder_is_a_batch_with_the_same_names(folder, tmp_path, capsys):
    batch, masks, out = tmp_path / "in", tmp_path / "masks", tmp_path / "out"
    (batch / "deeper").mkdir(parents=True)
    masks.mkdir()
    PIL.Image.fromarray(CAT).save(batch / "a.jpg")
    PIL.Image.fromarray(CAT[:40]).save(batch / "deeper" / "b.png")
    (batch / "broken.png").write_bytes(b"no picture")
    mask = np.zeros(CAT.shape, np.uint8)
    mask[5:9, 5:30] = 255
    PIL.Image.fromarray(mask).save(masks / "a.png")
    assert run("restore", batch, out, "--mask", masks, "--strength", 0, "--checkpoints", folder) == 1
    told = capsys.readouterr()
    assert "broken.png" in told.err and "Traceback" not in told.err
    assert sorted(str(file.relative_to(out)) for file in out.rglob("*.*")) == ["a.png", "deeper/b.png"]
    changed = (open_image(out / "a.png").pixels != open_image(batch / "a.jpg").pixels).any(axis=2)
    assert changed.any() and not changed[mask[:, :, 0] == 0].any()
    assert np.array_equal(open_image(out / "deeper" / "b.png").pixels, CAT[:40])


def test_a_folder_is_not_written_over_itself_and_names_stay_apart(none, tmp_path, capsys):
    batch = tmp_path / "in"
    batch.mkdir()
    for ending in ("png", "jpg"):
        PIL.Image.fromarray(CAT).save(batch / f"a.{ending}")
    given = ["--method", "median", "--sigma", "5", "--checkpoints", none]
    assert str(batch) in refused(capsys, "restore", batch, batch, *given)
    assert "a.jpg" in refused(capsys, "restore", batch, tmp_path / "out", *given)
    (batch / "a.jpg").unlink()
    for _ in range(2):  # results inside the folder are not repaired again
        assert run("restore", batch, batch / "repaired", *given) == 0
    assert [file.name for file in (batch / "repaired").iterdir()] == ["a.png"]


@pytest.mark.parametrize(("given", "told"), [
    (["{cat}", "out.bmp"], ".png"), (["{cat}", "out.png", "--method", "bm3d"], "nlm"),
    (["{cat}", "out.png", "--sigma", "nan"], "sigma"), (["{cat}", "out.png", "--quality", "0"], "quality"),
    (["{cat}", "out.png", "--strength", "2"], "strength"), (["nowhere.png", "out.png"], "nowhere.png"),
    (["thin.png", "out.png"], "1"), (["bomb.png", "out.png"], "limit"),
    (["{cat}", "out.png", "--mask", "all.png"], "missing"), (["{cat}", "out.png", "--mask", "small.png"], "30 x 20"),
    (["{cat}", "out.png", "--mask", "nowhere.png"], "nowhere.png"),
    (["{cat}", "out.png", "--method", "telea"], "telea"), (["{cat}", "nowhere/out.png"], "nowhere"),
])
def test_what_cannot_be_repaired_is_told_in_a_sentence(cat, folder, tmp_path, monkeypatch, capsys, given, told):
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(np.zeros((60, 1, 3), np.uint8)).save("thin.png")
    PIL.Image.fromarray(np.full(CAT.shape, 255, np.uint8)).save("all.png")
    PIL.Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save("small.png")
    content = io.BytesIO()
    PIL.Image.new("1", (20_000, 20_000)).save(content, "PNG")
    (tmp_path / "bomb.png").write_bytes(content.getvalue())
    assert told in one_line(capsys, ["restore", *(one.format(cat=cat) for one in given), "--checkpoints", folder])
    assert not (tmp_path / "out.png").exists()


def one_line(capsys, given):
    assert run(*given) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("[")]
    assert len(told) == 1, told
    return told[0]


def test_interrupted_it_leaves_no_half_file(cat, folder, tmp_path, monkeypatch, capsys):
    calls = []

    def interrupted(self, levels, missing, told):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return levels

    monkeypatch.setattr(inference, "TILE", 48)
    monkeypatch.setattr(inference, "OVERLAP", 16)
    monkeypatch.setattr(inference.Repairer, "repair", interrupted)
    out = tmp_path / "out"
    out.mkdir()
    large = tmp_path / "large.png"
    large.write_bytes(encode_png(np.tile(CAT, (2, 2, 1))))
    assert run("restore", large, out / "large.png", "--checkpoints", folder) == 130
    assert list(out.iterdir()) == []
    assert "2/" in capsys.readouterr().err
