"""What an encoder is worth where labels are few: its network trained on from its weights, against from scratch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.checkpoint import Checkpoint, load_weights
from ...core.device import Device
from ...core.errors import LabError
from ...data.augment import augment_batch, policy
from ...data.datasets import Dataset
from ...data.seen import seen
from ...metrics.probe import linear_probe
from ...training.loop import Schedule, batch_indices
from .inference import load_embedder
from .network import Encoder

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FewLabels:
    """How the comparison is made; both networks get the same pictures, draws and number of steps.

    Attributes:
        shares: of the training split's labels, 0 to 1, the same number of each class.
        seeds: each draws its own labels, last layer, order and changes.
        steps, batch_size: of every training; fewer labels than a batch make smaller batches.
        fine_tuned, scratch: peak learning rates, of SGD with Nesterov momentum .9, after a tenth of warm-up.
        policy: how pictures are changed while training.
    """

    shares: tuple[float, ...] = (0.01, 0.1)
    seeds: tuple[int, ...] = (0, 1, 2)
    steps: int = 240
    batch_size: int = 128
    fine_tuned: float = 0.05
    scratch: float = 0.2
    weight_decay: float = 5e-4
    policy: str = "light"


def few_labels(
    checkpoint: Checkpoint,
    train: Dataset,
    test: Dataset,
    device: Device,
    settings: FewLabels = FewLabels(),
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Accuracy on the test split by number of labels, for each seed, in three ways.

    {name, sha256, data, test, settings, rows: [{labels, share, fine_tuned: [accuracy a seed], probe, scratch, mean}]}:
    "fine_tuned" trains the whole network on from the checkpoint's weights, with a new last layer; "probe" leaves it
    as it is and fits a logistic regression on its embeddings; "scratch" trains the same network from random weights.
    Chen et al. 2020, arXiv:2002.05709, sec. 4.2 and table 7. `on_progress` hears the share done, 0 to 1.
    Raises LabError ``training.no_labels`` without classes.
    """
    if not train.classes:
        raise LabError("training.no_labels", method="fine-tuning", data=train.name)
    embedder = load_embedder(checkpoint, device)
    pictures, asked = seen(train, embedder.side), seen(test, embedder.side)
    queries = embedder.embed(list(test.pictures))
    rows: list[dict[str, Any]] = []
    total = len(settings.shares) * len(settings.seeds)
    for share in settings.shares:
        ways: dict[str, list[float]] = {"fine_tuned": [], "probe": [], "scratch": []}
        count = 0
        for seed in settings.seeds:
            chosen = balanced(train.labels, share, seed)
            count = len(chosen)
            its, labels = pictures[chosen], train.labels[chosen]
            bank = embedder.embed([train.pictures[at] for at in chosen])
            ways["probe"].append(round(linear_probe(bank, labels, queries, test.labels, penalty=1e-2), 4))
            for way, rate in (("fine_tuned", settings.fine_tuned), ("scratch", settings.scratch)):
                begin = checkpoint if way == "fine_tuned" else None
                classifier = _trained(checkpoint.architecture, begin, its, labels, rate, settings, seed, device)
                right = _answers(classifier, asked, device) == test.labels
                ways[way].append(round(float(right.mean()), 4))
            on_progress((len(rows) * len(settings.seeds) + len(ways["probe"])) / total)
        means = {way: round(float(np.mean(accuracies)), 4) for way, accuracies in ways.items()}
        rows.append({"labels": count, "share": share, **ways, "mean": means})
    return {
        "name": checkpoint.name, "sha256": checkpoint.sha256, "data": train.name, "train": len(train),
        "test": len(test), "settings": asdict(settings), "rows": rows,
    }


def balanced(labels: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.int64]:
    """Rows of a `share` of the labels, as many of each class, ascending; a smaller share is part of a larger."""
    generator = np.random.default_rng(seed)
    each = max(1, round(share * len(labels) / (int(labels.max()) + 1)))
    orders = [generator.permutation(np.flatnonzero(labels == label)) for label in range(int(labels.max()) + 1)]
    return np.sort(np.concatenate([order[:each] for order in orders]))


def _trained(
    architecture: dict[str, Any], begin: Checkpoint | None, pictures: Tensor, labels: npt.NDArray[np.int64],
    rate: float, settings: FewLabels, seed: int, device: Device,
) -> nn.Module:
    """A classifier (N, 3, side, side) -> (N, classes), in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Encoder(**architecture)
        # Embeddings of other methods have other lengths: with the norm, one learning rate does for all of them.
        last = nn.Linear(network.backbone.embedding_dim, int(labels.max()) + 1)
    if begin is not None:
        load_weights(network, begin)
    norm = nn.BatchNorm1d(network.backbone.embedding_dim, affine=False)
    classifier = nn.Sequential(network.backbone, norm, last).to(device.torch).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        classifier.parameters(), lr=rate, momentum=0.9, nesterov=True, weight_decay=settings.weight_decay
    )
    schedule, changes = Schedule(settings.steps // 10), policy(settings.policy)
    pictures, targets = pictures.to(device.torch), torch.from_numpy(np.array(labels)).to(device.torch)
    size = min(settings.batch_size, len(pictures))
    classifier.train()
    for step in range(settings.steps):
        epoch, indices = batch_indices(len(pictures), size, seed=seed, step=step)
        batch = pictures[indices.to(device.torch)]
        batch = augment_batch(batch, changes, seed=seed, epoch=epoch, indices=indices.numpy(), view=0)
        for group in optimizer.param_groups:
            group["lr"] = rate * schedule.factor(step, settings.steps)
        with device.autocast():
            scores = classifier(batch)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(scores.float(), targets[indices.to(device.torch)]).backward()
        optimizer.step()
    return classifier.eval()


@torch.inference_mode()
def _answers(classifier: nn.Module, pictures: Tensor, device: Device) -> npt.NDArray[np.int64]:
    answers = []
    for chunk in pictures.split(_CHUNK):
        with device.autocast():
            answers.append(classifier(chunk.to(device.torch).float() / 255).argmax(dim=1).cpu())
    found: npt.NDArray[np.int64] = torch.cat(answers).numpy()
    return found
