"""What `evaluate` says of an autoencoder is what its pictures and codes say."""

import numpy as np
import pytest
import torch

from contrastlab.data.datasets import Dataset
from contrastlab.models.vae.evaluation import ACTIVE, evaluate
from contrastlab.models.vae.inference import load_autoencoder
from tests.models.vae.test_vae_inference import CPU, NESTED, save_tiny_vae


@pytest.fixture(scope="module")
def splits():
    rng = np.random.default_rng(0)
    made = []
    for split, count in (("train", 300), ("test", 60)):
        labels = np.arange(count) % 3
        # Three numbers decide each picture, so three components tell it all but for rounding.
        maps = np.random.default_rng(1).random((3, 14, 14))
        grey = np.rint(255 * np.tensordot(rng.random((count, 3)) / 3, maps, 1)).astype(np.uint8)
        made.append(Dataset("toy", split, np.repeat(grey[..., None], 3, axis=3), labels, ("cat", "dog", "frog")))
    return made


def test_the_bound_is_made_of_its_terms(tmp_path, splits):
    checkpoint, heard = save_tiny_vae(tmp_path / "vae-tiny"), []
    found = evaluate(checkpoint, *splits, CPU, on_progress=heard.append)
    bound, active, back = found["bound"], found["active"], found["reconstruction"]
    assert heard[-1] == 1 and bound["pictures"] == 60
    assert bound["bound"] == pytest.approx(-bound["cross_entropy"] - bound["kl"], abs=0.02)
    assert bound["cross_entropy"] > bound["entropy"] > 0
    test = splits[1]
    model = load_autoencoder(checkpoint, CPU)
    means, deviations = model.encode(test.pictures, test.labels.tolist())
    prior = torch.distributions.Normal(0.0, 1.0)
    posterior = torch.distributions.Normal(torch.from_numpy(means), torch.from_numpy(deviations))
    kl = torch.distributions.kl_divergence(posterior, prior).mean(dim=0).tolist()
    assert active["kl"] == pytest.approx(kl, abs=2e-3)
    assert active["latents"] == [n for n in sorted(range(5), key=lambda n: -kl[n]) if kl[n] > ACTIVE]
    painted = model.reconstruct(test.pictures, test.labels.tolist()).astype(float)
    assert back["rmse"] == pytest.approx(np.sqrt(np.square(painted - test.pictures).mean()), abs=0.3)
    train = splits[0]
    means_of = np.stack([train.pictures[train.labels == n].mean(axis=0) for n in range(3)])
    expected = np.sqrt(np.square(means_of[test.labels] - test.pictures).mean())
    assert back["class_mean"] == pytest.approx(expected, abs=0.01)


def test_every_code_length_stands_beside_as_many_components(tmp_path, splits):
    checkpoint, heard = save_tiny_vae(tmp_path / "nested", NESTED), []
    found = evaluate(checkpoint, *splits, CPU, on_progress=heard.append)["by_length"]
    assert heard[-1] == 1 and {len(found[kind]) for kind in ("l1", "rmse", "pca_l1", "pca_rmse")} == {6}
    test = splits[1].pictures.astype(float)
    back = load_autoencoder(checkpoint, CPU).reconstruct(splits[1].pictures, length=3)
    assert found["l1"][3] == pytest.approx(np.abs(back - test).mean(), abs=0.01)
    assert found["rmse"][3] == pytest.approx(np.sqrt(np.square(back - test).mean()), abs=0.01)
    mean = splits[0].pictures.mean(axis=0)
    assert found["pca_rmse"][0] == pytest.approx(np.sqrt(np.square(test - mean).mean()), abs=0.01)
    assert found["pca_rmse"][1] > found["pca_rmse"][2] > 1 and found["pca_rmse"][3] < 0.5
    bare = evaluate(checkpoint, *splits, CPU, baselines=False)["by_length"]
    assert "pca_l1" not in bare and bare["l1"] == found["l1"]
