"""Painters whose worth is known beforehand: what `quality` says of them is what they are."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import Dataset, glyphs
from contrastlab.models.encoder.inference import PixelEmbedder, untrained_embedder
from contrastlab.nn.decoding import Decoder
from contrastlab.studies.classifier import ClassifierSettings
from contrastlab.studies.quality import QualitySettings, at_side, quality, settings_for, short

CPU = Device("cpu", torch.float32)
DIGITS = tuple("0123456789")
SMALL = QualitySettings(
    pictures=200, taught=300,
    classifier=ClassifierSettings(steps=80, batch_size=32, policy="digits", widths=(8, 16, 32), side=20),
)
NOT_TAUGHT = QualitySettings(
    pictures=200, taught=20, classifier=ClassifierSettings(steps=1, batch_size=8, widths=(4, 4, 4))
)


@dataclass(frozen=True, slots=True, eq=False)
class Painter(Decoder):
    """Paints pictures of a bank, of the class asked for, or of class 0 whatever is asked; or always the same one."""

    bank: Dataset = field(repr=False)
    how: str = "well"

    def _painted(self, noise, classes):
        chosen = []
        for row, number in zip(noise, classes, strict=True):
            own = np.flatnonzero(self.bank.labels == (0 if self.how == "deaf" else int(number)))
            chosen.append(own[0] if self.how == "collapsed" else own[int(1e5 * abs(float(row[0]))) % len(own)])
        return torch.from_numpy(self.bank.pictures[chosen].transpose(0, 3, 1, 2) / 255).float()


def painter(bank, how="well"):
    return Painter("painter", "key", bank.classes, 4, 28, CPU, bank, how)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("CONTRASTLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def splits():
    return glyphs(400, 0), glyphs(200, 1)


@pytest.fixture(scope="module")
def found(splits):
    """What is said of one that paints new digits well, one that copies, one that is deaf and one that is collapsed."""
    train, test = splits
    painters = {
        "well": painter(glyphs(600, 2)), "copies": painter(train), "deaf": painter(glyphs(600, 2), "deaf"),
        "collapsed": painter(glyphs(600, 2), "collapsed"),
    }
    taught = {name: SMALL if name in ("well", "deaf") else NOT_TAUGHT for name in painters}
    seen = [PixelEmbedder(side=16)]
    return {name: quality(one, seen, train, test, CPU, taught[name]) for name, one in painters.items()}


def test_distances_stand_between_floor_and_ceiling(found):
    for measure in ("FD-pixels@200", "KD-pixels@200"):
        well, collapsed = (found[name]["distances"][measure] for name in ("well", "collapsed"))
        assert well["floor"] == collapsed["floor"] < collapsed["generated"] < well["ceiling"]
        assert well["generated"] == pytest.approx(well["floor"], abs=0.2 * collapsed["generated"])
    assert found["deaf"]["distances"]["FD-pixels@200"]["generated"] > 2 * well["generated"]


def test_a_good_painter_covers_what_a_collapsed_one_does_not(found):
    good, bad = (found[name]["manifold"]["pixels"] for name in ("well", "collapsed"))
    assert good["generated"]["coverage"] > 0.8 > 0.3 > bad["generated"]["coverage"]
    assert good["generated"]["recall"] == pytest.approx(good["floor"]["recall"], abs=0.2)
    assert good["floor"]["recall"] > 0.6 > 0.2 > bad["generated"]["recall"]


def test_who_copies_is_found(found):
    assert found["copies"]["memorised"]["pixels"]["generated"] == 1
    assert found["well"]["memorised"]["pixels"]["generated"] < 0.1
    assert 0 < found["well"]["memorised"]["pixels"]["limit"] < 1
    assert {word: one["memorised"] for word, one in found["copies"]["classes"].items()} == dict.fromkeys(DIGITS, 1.0)


def test_the_vote_tells_who_hears_what_is_asked_for(found):
    assert found["well"]["votes"]["generated"] == pytest.approx(found["well"]["votes"]["test"], abs=0.1)
    assert found["well"]["votes"]["hit"] == 10 and found["well"]["votes"]["encoder"] == "pixels"
    assert found["deaf"]["votes"]["hit"] == 1 and found["deaf"]["votes"]["generated"] < 0.2
    assert found["deaf"]["classes"]["0"]["asked"] > 0.5 > 0.1 > found["deaf"]["classes"]["7"]["asked"]


def test_the_classifier_learns_only_from_who_shows_it_something(found):
    scores = {name: found[name]["classifier"] for name in ("well", "deaf")}
    assert scores["well"]["real"] == scores["deaf"]["real"] > 0.5
    assert scores["well"]["generated"] > 0.5 > 0.3 > scores["deaf"]["generated"]
    assert scores["well"]["pictures"] == 300 and scores["well"]["real_pictures"] == 400
    by_class = [one["accuracy"] for one in found["well"]["classes"].values()]
    assert np.mean(by_class) == pytest.approx(scores["well"]["generated"], abs=0.1)


def test_every_encoder_speaks_and_progress_is_told(splits):
    heard = []
    seen = [PixelEmbedder(side=16), untrained_embedder(CPU)]
    train, test = (Dataset(one.name, one.split, one.pictures[:60], one.labels[:60], one.classes) for one in splits)
    few = QualitySettings(taught=40, classifier=ClassifierSettings(steps=2, batch_size=8, widths=(4, 4, 4)))
    told = quality(painter(train), seen, train, test, CPU, few, on_progress=heard.append)
    assert set(told["encoders"]) == set(told["manifold"]) == set(told["memorised"]) == {"pixels", "untrained"}
    assert set(told["distances"]) == {f"{kind}-{name}@60" for kind in ("FD", "KD") for name in told["encoders"]}
    assert told["distances"]["KD-pixels@60"]["error"] is None  # one block alone has no spread
    assert heard == sorted(heard) and heard[-1] == pytest.approx(1)


def test_real_pictures_are_brought_to_the_painters_side():
    large = Dataset("toy", "test", np.zeros((3, 64, 48, 3), np.uint8), np.arange(3), DIGITS)
    assert at_side(large, 28).pictures.shape == (3, 28, 28, 3)
    assert at_side(at_side(large, 28), 28).pictures is not None
    own = glyphs(4, 0)
    assert at_side(own, 28) is own


def test_what_cannot_be_compared_is_refused(splits):
    with pytest.raises(LabError, match="quality.no_encoder"):
        quality(painter(splits[0]), [], *splits, CPU, SMALL)
    other = Dataset("toy", "train", splits[0].pictures, splits[0].labels, tuple("abcdefghij"))
    with pytest.raises(LabError, match="quality.other_classes"):
        quality(painter(splits[0]), [PixelEmbedder()], other, other, CPU, SMALL)


def test_settings_and_names():
    assert settings_for(glyphs(10, 0)).classifier.policy == "digits"
    assert (short(10_000), short(435), short(0)) == ("10k", "435", "0")
