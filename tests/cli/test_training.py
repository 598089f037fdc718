"""`evaluate` measures what a model is: an encoder by itself, a generator by the encoders that are there, too."""

import json

import pytest

from contrastlab.cli import training
from contrastlab.cli.main import main
from contrastlab.core.checkpoint import read_config, save_checkpoint
from contrastlab.models.encoder.network import Encoder
from contrastlab.models.gan.network import build, pack_players

GAN = {"kind": "resnet", "latent": 4, "classes": 10, "widths": [4, 4], "discriminator_widths": [4, 4]}
ENCODER = {"widths": [4, 4, 8], "stem": 4, "head_hidden": 8, "projection": 4}


@pytest.fixture
def checkpoints(tmp_path):
    """A generator of digits and one of the two encoders that look at digits."""
    save_checkpoint(
        tmp_path / "gan-tiny", family="gan", architecture=GAN, training={"data": "glyphs"}, draft=True,
        preprocessing={"side": 8, "range": [-1.0, 1.0], "classes": list("0123456789")},
        weights=pack_players(*build(GAN)),
    )
    save_checkpoint(
        tmp_path / "encoder-supcon-digits", family="encoder", architecture=ENCODER, training={"data": "glyphs"},
        preprocessing={"side": 28}, weights=Encoder(**ENCODER).state_dict(), draft=True,
    )
    return tmp_path


def test_a_generators_pictures_are_measured_by_the_encoders_that_are_there(checkpoints, monkeypatch, capsys):
    def stand_in(generator, encoders, train, test, device, *, on_progress):
        on_progress(1.0)
        return {"by": [one.name for one in encoders], "side": generator.side, "data": [train.split, test.split]}

    monkeypatch.setattr(training, "quality", stand_in)
    assert main(["evaluate", "gan-tiny", "--checkpoints", str(checkpoints), "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)["quality"]
    assert found == {"by": ["encoder-supcon-digits"], "side": 8, "data": ["train", "test"]}
    assert "encoder-simclr-cifar10" in told.err
    metrics = read_config(checkpoints / "gan-tiny").metrics
    assert metrics["quality"] == found and "diversity" in metrics
