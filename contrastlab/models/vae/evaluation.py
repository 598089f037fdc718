"""Measuring autoencoders on a test split: the bound and its two terms, what comes back, and from how many numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ...core.checkpoint import Checkpoint
from ...core.device import Device
from ...core.images import to_tensor
from ...data.datasets import Dataset
from .inference import NestedAutoencoder, VariationalAutoencoder, load_autoencoder
from .losses import cross_entropy, kl_by_latent

#: A number of the code counts as active above so many nats on average; those that the decoder ignores fall near 0.
ACTIVE = 0.1
_CHUNK = 500

Rows = npt.NDArray[np.float64]


def evaluate(
    checkpoint: Checkpoint,
    train: Dataset,
    test: Dataset,
    device: Device,
    *,
    baselines: bool = True,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """What `_variational` or `_nested` measures, by what the checkpoint is.

    `baselines`: measure beside it what needs no network. `on_progress` hears the share done, 0 to 1.
    """
    model = load_autoencoder(checkpoint, device)
    if isinstance(model, NestedAutoencoder):
        return _nested(model, train, test, baselines=baselines, on_progress=on_progress)
    return _variational(model, train, test, baselines=baselines, on_progress=on_progress)


@torch.inference_mode()
def _variational(
    model: VariationalAutoencoder, train: Dataset, test: Dataset, *, baselines: bool,
    on_progress: Callable[[float], None],
) -> dict[str, Any]:
    """Over all test pictures, told their classes. Keys:

    ``bound`` {pictures, bound, cross_entropy, kl, entropy} in nats a picture: the variational bound (one draw a
    picture), its two terms with bound = -(cross_entropy + kl), and the entropy of the grey pixels themselves,
    below which no cross-entropy can fall. ``active`` {threshold, latents, kl}: the KL term of each number of the
    code, and those above the threshold, the highest first. ``reconstruction`` {rmse[, class_mean]} in levels of
    0-255: of the picture painted from the means, and of always painting the mean training picture of the class.
    """
    generator = torch.Generator().manual_seed(0)
    lost, entropy, errors, count = 0.0, 0.0, 0.0, len(test)
    kl = torch.zeros(model.latent, dtype=torch.float64)
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        labels = torch.from_numpy(np.array(test.labels[part])).to(model.device.torch)
        grey = to_tensor(np.asarray(test.pictures[part])).mean(dim=1, keepdim=True).to(model.device.torch)
        means, log_variances = model.network.encode(grey, labels)
        noise = torch.randn(means.shape, generator=generator).to(means.device)
        logits = model.network.decode(means + noise * (log_variances / 2).exp(), labels)
        lost += cross_entropy(logits, grey).double().sum().item()
        entropy += torch.special.entr(grey).add(torch.special.entr(1 - grey)).double().sum().item()
        kl += kl_by_latent(means, log_variances).double().sum(dim=0).cpu()
        errors += (model.network.decode(means, labels).sigmoid() - grey).square().double().sum().item()
        on_progress(min(count, start + _CHUNK) / count)
    each = kl.numpy() / count
    ranked = [int(place) for place in np.argsort(-each) if each[place] > ACTIVE]
    reconstruction = {"rmse": _levels(errors / (count * model.side**2))}
    if baselines:
        reconstruction["class_mean"] = _levels(_class_mean_error(train, test))
    return {
        "bound": {
            "pictures": count, "bound": round(-(lost + kl.sum().item()) / count, 2),
            "cross_entropy": round(lost / count, 2), "kl": round(float(each.sum()), 2),
            "entropy": round(entropy / count, 2),
        },
        "active": {"threshold": ACTIVE, "latents": ranked, "kl": [round(float(value), 3) for value in each]},
        "reconstruction": reconstruction,
    }


def _nested(
    model: NestedAutoencoder, train: Dataset, test: Dataset, *, baselines: bool,
    on_progress: Callable[[float], None],
) -> dict[str, Any]:
    """Over all test pictures. Key ``by_length`` {pictures, l1, rmse[, pca_l1, pca_rmse]}: lists of Z + 1 numbers in
    levels of 0-255, for codes cut to 0, 1, ... Z numbers.

    Of 0 numbers the decoder knows no picture yet. Principal components of the training pictures, as many as
    numbers, stand beside it: the best that a linear map can do for the squared error.
    """
    pixels = _greys(test)
    codes = model.encode(np.asarray(test.pictures))
    found: dict[str, list[float]] = {"l1": [], "rmse": []}
    for length in range(model.latent + 1):
        # A code of zeros, of any length, is a code of no numbers.
        rows = codes if length else np.zeros_like(codes)
        back = model.paint(rows, length=max(1, length))[:, :, :, 0].reshape(len(codes), -1) / 255
        _compare(found, back - pixels)
        on_progress((length + 1) / (model.latent + 1))
    if baselines:
        _add_components(found, _greys(train), pixels, model.latent)
    return {"by_length": {"pictures": len(codes), **found}}


def _add_components(found: dict[str, list[float]], train: Rows, test: Rows, most: int) -> None:
    mean = train.mean(axis=0)
    _, directions = np.linalg.eigh((train - mean).T @ (train - mean))
    directions = directions[:, ::-1][:, :most]
    shares = (test - mean) @ directions
    components: dict[str, list[float]] = {"l1": [], "rmse": []}
    for length in range(most + 1):
        back = mean + shares[:, :length] @ directions[:, :length].T
        _compare(components, back.clip(0, 1) - test)
    found.update({f"pca_{name}": numbers for name, numbers in components.items()})


def _compare(found: dict[str, list[float]], differences: Rows) -> None:
    found["l1"].append(round(255 * float(np.abs(differences).mean()), 2))
    found["rmse"].append(_levels(float(np.square(differences).mean())))


def _class_mean_error(train: Dataset, test: Dataset) -> float:
    """Mean squared error, in [0, 1], of painting the mean training picture of a test picture's class."""
    known, asked = _greys(train), _greys(test)
    means = np.stack([known[train.labels == number].mean(axis=0) for number in range(len(train.classes))])
    return float(np.square(means[test.labels] - asked).mean())


def _greys(dataset: Dataset) -> Rows:
    """(N, S * S) in [0, 1]."""
    pictures = np.asarray(dataset.pictures)
    return pictures.reshape(len(pictures), -1, 3).mean(axis=2, dtype=np.float64) / 255


def _levels(square: float) -> float:
    return round(255 * square**0.5, 2)
