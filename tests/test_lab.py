"""One door: loaded once, failures not remembered, names that cannot leave the folder."""

import gc
import shutil
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

from contrastlab.core.checkpoint import save_checkpoint, save_metrics
from contrastlab.core.errors import LabError
from contrastlab.core.images import encode_png
from contrastlab.data.datasets import GENERATED, photo, write_bundle
from contrastlab.gallery import read_own
from contrastlab.lab import BASELINES, DEFAULT_ENCODER, DEFAULT_GENERATOR, Lab
from contrastlab.models.encoder.network import Encoder
from contrastlab.models.restorer.network import RestorerNetwork
from contrastlab.studies.directions import DIRECTIONS, Direction, write_directions
from tests.models.gan.test_inference import save_tiny
from tests.models.vae.test_vae_inference import NESTED, save_tiny_vae

TINY = {"widths": [8, 8, 8], "stem": 4, "head_hidden": 8, "projection": 4}
BAND = {"low": 0.1, "middle": 0.2, "high": 0.5, "shares": [1.0]}


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(
        tmp_path / DEFAULT_ENCODER, family="encoder", architecture=TINY, preprocessing={}, training={"step": 1},
        weights=Encoder(**TINY).state_dict(), draft=True,
    )
    bands = dict.fromkeys(("embedding", "untrained", "pixels"), BAND)
    save_metrics(tmp_path / DEFAULT_ENCODER, {"different_pairs": bands})
    return tmp_path


def test_models_and_encoders_are_listed(folder):
    lab = Lab(folder)
    assert lab.encoders() == [DEFAULT_ENCODER, *BASELINES]
    (card,) = lab.models()
    assert card.draft and card.family == "encoder" and card.metrics["different_pairs"]["pixels"] == BAND


def test_a_list_reads_no_weights_and_a_damaged_file_is_refused_when_asked_for(folder):
    (folder / DEFAULT_ENCODER / "model.safetensors").write_bytes(b"damaged")
    lab = Lab(folder)
    assert lab.encoders() == [DEFAULT_ENCODER, *BASELINES]
    with pytest.raises(LabError, match="checkpoint.wrong_hash"):
        lab.encoder()


def test_each_encoder_is_loaded_once_even_when_many_ask_at_once(folder):
    lab = Lab(folder)
    got = []
    threads = [threading.Thread(target=lambda: got.append(lab.encoder())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and len({id(one) for one in got}) == 1
    assert got[0].band.high == 0.5 and lab.encoder("pixels").band.high == 0.5


def test_baselines_work_without_any_checkpoint(tmp_path):
    lab = Lab(tmp_path)
    for name in BASELINES:
        encoder = lab.encoder(name)
        assert encoder.band is None and np.isfinite(encoder.embed([photo("coffee")])).all()


def test_a_failed_load_is_not_remembered(folder):
    lab = Lab(folder)
    weights = folder / DEFAULT_ENCODER / "model.safetensors"
    shutil.move(weights, folder / "away")
    with pytest.raises(LabError, match="checkpoint.missing"):
        lab.encoder()
    shutil.move(folder / "away", weights)
    assert lab.encoder().embed([photo("coffee")]).shape == (1, 8)


@pytest.mark.parametrize("name", ["nothing", "../elsewhere", "", "/etc", DEFAULT_ENCODER + "/"])
def test_unknown_names_are_refused_with_the_known_ones(folder, name):
    with pytest.raises(LabError, match=f"checkpoint.unknown.*{DEFAULT_ENCODER}.*untrained, pixels"):
        Lab(folder).encoder(name)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "galleries"


def test_a_named_gallery_is_built_once_however_many_ask(folder, cache, monkeypatch):
    lab = Lab(folder)
    built = []
    build = lab.build_gallery
    monkeypatch.setattr(lab, "build_gallery", lambda *a, **k: built.append(1) or build(*a, **k))
    got = []
    threads = [threading.Thread(target=lambda: got.append(lab.gallery("glyphs"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1 and len({id(one) for one in got}) == 1
    query = lab.encoder().embed([got[0].pictures[5]])[0]
    assert got[0].nearest(query, 1).indices.tolist() == [5] and got[0].nearest(query, 1).itself.all()
    assert len(got[0].classes) == 10 and len(got[0]) == 2000
    assert lab.gallery("glyphs", encoder="pixels").index.dimension == 3072


def test_new_weights_never_get_old_embeddings(folder, cache):
    before = Lab(folder).gallery("glyphs")
    torch.manual_seed(1)
    save_checkpoint(
        folder / DEFAULT_ENCODER, family="encoder", architecture=TINY, preprocessing={}, training={"step": 2},
        weights=Encoder(**TINY).state_dict(), draft=True,
    )
    lab = Lab(folder)
    after = lab.gallery("glyphs")
    assert after.key != before.key
    np.testing.assert_allclose(after.index.rows, lab.encoder().embed(list(after.pictures)), atol=1e-5)
    assert not np.allclose(after.index.rows, before.index.rows, atol=1e-2)


def test_encoders_of_two_sides_share_no_embeddings(folder, cache):
    """Even of the same weights: what they see of a picture is part of what embeddings are kept under."""
    rows = []
    for side in (32, 48):
        torch.manual_seed(0)
        save_checkpoint(
            folder / DEFAULT_ENCODER, family="encoder", architecture=TINY, preprocessing={"side": side},
            training={"step": 1}, weights=Encoder(**TINY).state_dict(), draft=True,
        )
        lab = Lab(folder)
        assert lab.encoder().side == side
        rows.append(lab.gallery("glyphs").index.rows)
    assert len(list(cache.iterdir())) == 2
    assert not np.allclose(*rows, atol=1e-2)


def test_a_folder_is_a_gallery_only_as_a_path(folder, cache, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("b", "a"):
        (pictures / f"{name}.png").write_bytes(encode_png(photo("coffee")[:60, : 60 + ord(name)]))
    (pictures / "bad.png").write_bytes(b"bad")
    gallery = Lab(folder).gallery(pictures, encoder="pixels")
    assert gallery.captions == ("a.png", "b.png") and gallery.name == "pictures"
    for name in (str(pictures), "nowhere", "bsd", ""):
        with pytest.raises(LabError, match="gallery.unknown.*cifar10"):
            Lab(folder).gallery(name)


def test_a_visitors_pictures_are_kept_nowhere(folder, cache, tmp_path):
    (tmp_path / "mine.png").write_bytes(encode_png(photo("coffee")[:60, :80]))
    *_, read = read_own([tmp_path / "mine.png"])
    lab = Lab(folder)
    *_, last = lab.build_gallery(read.own, encoder="pixels")
    assert last.gallery.captions == ("mine.png",) and not cache.exists()
    gone = weakref.ref(last.gallery)
    del last, _
    gc.collect()
    assert gone() is None


def test_the_committed_checkpoints_keep_their_contract():
    lab = Lab()
    names = [card.name for card in lab.models()]
    assert DEFAULT_ENCODER in names
    assert sum(file.stat().st_size for file in Path(lab.checkpoints).rglob("*") if file.is_file()) < 60e6
    for name in lab.encoders():
        encoder = lab.encoder(name)
        rows = encoder.embed([photo("chelsea"), photo("coffee")])
        np.testing.assert_array_equal(rows, encoder.embed([photo("chelsea"), photo("coffee")]))
        assert encoder.band is not None and encoder.band.low < encoder.band.high
        if name not in BASELINES:
            assert sum(weight.numel() for weight in encoder.network.parameters()) < 4.5e6


def test_generators_are_listed_loaded_once_and_kept_apart_from_encoders(folder):
    save_tiny(folder / "gan-tiny")
    lab = Lab(folder)
    assert lab.generators() == ["gan-tiny"] and lab.encoders() == [DEFAULT_ENCODER, *BASELINES]
    assert lab.generator("gan-tiny") is lab.generator("gan-tiny")
    lab.encoder()
    with pytest.raises(LabError, match="checkpoint.wrong_family"):
        lab.generator(DEFAULT_ENCODER)
    with pytest.raises(LabError, match="checkpoint.unknown") as caught:
        lab.generator("../gan-tiny")
    assert "pixels" not in str(caught.value.facts["options"])


def test_a_variational_autoencoder_is_a_generator_and_a_nested_one_is_not(folder):
    save_tiny(folder / "gan-tiny")
    save_tiny_vae(folder / "vae-tiny")
    save_tiny_vae(folder / "nested", NESTED)
    lab = Lab(folder)
    assert lab.generators() == ["gan-tiny", "vae-tiny"] and lab.autoencoders() == ["nested", "vae-tiny"]
    assert lab.generator("vae-tiny") is lab.autoencoder("vae-tiny") and lab.autoencoder("nested").latent == 5
    for name, key in (("nested", "autoencoder.no_noise"), (DEFAULT_ENCODER, "checkpoint.wrong_family")):
        with pytest.raises(LabError, match=key):
            lab.generator(name)
    with pytest.raises(LabError, match="checkpoint.wrong_family"):
        lab.autoencoder("gan-tiny")


def test_a_restorer_is_loaded_once_it_is_there(folder):
    lab = Lab(folder)
    with pytest.raises(LabError, match="checkpoint.unknown"):
        lab.restorer()
    architecture = {"widths": [8, 8], "blocks": 1, "estimator_width": 4}
    save_checkpoint(folder / "restorer", family="restorer", architecture=architecture, preprocessing={}, training={},
                    weights=RestorerNetwork(**architecture).state_dict(), draft=True)
    assert lab.restorer() is lab.restorer()
    assert np.array_equal(lab.restorer().restore(photo("chelsea")[:20, :30]), photo("chelsea")[:20, :30])
    with pytest.raises(LabError, match="checkpoint.wrong_family"):
        lab.restorer(DEFAULT_ENCODER)


def test_directions_are_read_once_they_are_there_and_kept_from_then_on(folder):
    save_tiny(folder / "gan-tiny")
    lab = Lab(folder)
    assert lab.directions("gan-tiny") == ()
    found = Direction(np.eye(6, dtype=np.float32)[2], "brightness", 1.0, 1.0)
    write_directions(folder / "gan-tiny" / DIRECTIONS, lab.generator("gan-tiny"), [found])
    (read,) = lab.directions("gan-tiny")
    assert read.changes == "brightness" and np.array_equal(read.vector, found.vector)
    (folder / "gan-tiny" / DIRECTIONS).unlink()
    assert lab.directions("gan-tiny") == (read,)


def test_the_generated_gallery_is_that_of_the_bundle_and_a_missing_one_is_not_remembered(folder):
    lab = Lab(folder)
    for ask in (lab.bundle, lambda: lab.gallery(GENERATED, encoder="pixels")):
        with pytest.raises(LabError, match="bundle.missing"):
            ask()
    pictures = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
    (folder / DEFAULT_GENERATOR).mkdir()
    write_bundle(
        folder / DEFAULT_GENERATOR, pictures, labels=np.arange(6) // 2, classes=("cat", "dog", "frog"), seeds=range(6),
        generator=DEFAULT_GENERATOR, weights="", rule={},
    )
    gallery = lab.gallery(GENERATED, encoder="pixels")
    assert gallery.name == GENERATED and np.array_equal(gallery.pictures, pictures)
    assert [gallery.class_of(place) for place in range(6)] == ["cat", "cat", "dog", "dog", "frog", "frog"]
    assert lab.bundle() is lab.bundle() and len(lab.bundle().seeds) == len(gallery)
