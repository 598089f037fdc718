"""Measuring an encoder on a test split, beside what has learned nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch

from ...core.checkpoint import Checkpoint
from ...core.device import Device
from ...core.images import Image, to_images
from ...data.augment import augment_batch, policy
from ...data.datasets import Dataset
from ...data.pixels import jpeg
from ...data.seen import seen
from ...metrics.probe import linear_probe
from ...metrics.retrieval import (
    alignment,
    different_pair_band,
    effective_rank,
    knn_accuracy,
    mean_average_precision,
    recall_at_k,
    uniformity,
    uniformity_floor,
)
from .inference import PixelEmbedder, load_embedder, untrained_embedder, view
from .losses import nt_xent, supcon

#: Neighbours that vote.
K = 20
#: Test pictures of which twins are made: a mean distance is then sure to three digits.
TWINS = 2_000
#: How the test pictures are compressed: name -> (JPEG quality, pixels by which its blocks are moved).
COMPRESSIONS: Mapping[str, tuple[int, int]] = {"again": (75, 4), "strong": (40, 0)}

# Above so many dimensions an effective rank takes minutes.
_RANKED = 1024

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Embedded:
    """What one embedder made of everything that is asked about it.

    `twins` are the first and second views of some test pictures, `compressed` the test pictures by `COMPRESSIONS`.
    """

    bank: Rows
    queries: Rows
    twins: tuple[Rows, Rows]
    compressed: Mapping[str, Rows]


@dataclass(frozen=True, slots=True, eq=False)
class _Pictures:
    """Everything that is embedded."""

    bank: Sequence[Image]
    queries: Sequence[Image]
    twins: tuple[Sequence[Image], Sequence[Image]]
    compressed: Mapping[str, Sequence[Image]]


def evaluate(
    checkpoint: Checkpoint,
    train: Dataset,
    test: Dataset,
    device: Device,
    *,
    baselines: bool = True,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """What an encoder's embedding is worth, beside its projection, its architecture untrained, and bare pixels.

    Each of the four is a name: "embedding", "projection", "untrained", "pixels" (of the same view). Without
    `baselines` the last two are left out. Keys of the result:

    - ``knn`` {k, train, test, name: share}: test pictures searched in the training split.
    - ``linear`` {name: share}: logistic regression on the training split's rows, asked about the test split.
    - ``retrieval`` {name: {recall@1, recall@5, recall@10, map@r}}: each test picture searched among the others.
    - ``alignment`` {policy, pictures, name: mean squared distance} of twins made by the recipe's policy.
    - ``uniformity`` {floor: {name: number}, name: number} of the test split; no rows of so many dimensions get lower.
    - ``effective_rank`` {most: {name: number}, name: number}, of the test split; not of pixels.
    - ``loss`` {pictures, held_out, chance}: of the twins, in batches of so many pictures; collapsed projections
      would give chance, ln(2N - 1). Only of methods that contrast all pictures of a batch.
    - ``jpeg`` {as_stored, again, strong: {embedding, pixels}}: as ``knn``, the test pictures as the data set has
      them or compressed as `COMPRESSIONS` says after they were brought to the encoder's side.
    - ``different_pairs`` {name: Band as a dict} of the test split; not of the projection.

    `on_progress` hears the share done, 0 to 1.
    """
    recipe = {"method": "simclr", "policy": "simclr", **checkpoint.training.get("recipe", {})}
    side = load_embedder(checkpoint, device).side
    pictures = _pictures(train, test, side, recipe["policy"])
    metrics: dict[str, Any] = {
        "knn": {"k": K, "train": len(train), "test": len(test)}, "linear": {}, "retrieval": {},
        "alignment": {"policy": recipe["policy"], "pictures": len(pictures.twins[0])},
        "uniformity": {"floor": {}}, "effective_rank": {"most": {}},
        "jpeg": {"as_stored": {}, **{name: {} for name in COMPRESSIONS}}, "different_pairs": {},
    }
    count = 4 if baselines else 2
    # One embedder's rows at a time: those of pixels alone are hundreds of megabytes.
    for done, (name, rows) in enumerate(_embedded(checkpoint, pictures, device, baselines)):
        _measure(metrics, name, rows, train.labels, test.labels)
        if name == "projection" and recipe["method"] in ("simclr", "supcon") and "temperature" in recipe:
            metrics["loss"] = _held_out_loss(rows.twins, test.labels, recipe)
        on_progress((done + 1) / count)
    return metrics


def _measure(
    metrics: dict[str, Any], name: str, rows: _Embedded, train_labels: npt.NDArray[np.int64],
    test_labels: npt.NDArray[np.int64],
) -> None:
    """Add one embedder's numbers to `metrics`."""
    bank, queries = rows.bank, rows.queries
    metrics["knn"][name] = round(knn_accuracy(bank, train_labels, queries, test_labels, k=K), 4)
    metrics["linear"][name] = round(linear_probe(bank, train_labels, queries, test_labels), 4)
    itself = np.arange(len(queries))
    recalls = recall_at_k(queries, test_labels, queries, test_labels, itself=itself)
    metrics["retrieval"][name] = {
        **{f"recall@{k}": round(share, 4) for k, share in recalls.items()},
        "map@r": round(mean_average_precision(queries, test_labels, queries, test_labels, itself=itself), 4),
    }
    metrics["alignment"][name] = round(alignment(*rows.twins), 4)
    dimension = queries.shape[1]
    metrics["uniformity"][name] = round(uniformity(queries), 3)
    metrics["uniformity"]["floor"][name] = round(uniformity_floor(dimension), 3)
    if dimension <= _RANKED:
        metrics["effective_rank"][name] = round(effective_rank(queries), 1)
        metrics["effective_rank"]["most"][name] = min(queries.shape)
    if rows.compressed:
        metrics["jpeg"]["as_stored"][name] = metrics["knn"][name]
    for how, changed in rows.compressed.items():
        metrics["jpeg"][how][name] = round(knn_accuracy(bank, train_labels, changed, test_labels, k=K), 4)
    if name != "projection":
        metrics["different_pairs"][name] = asdict(different_pair_band(queries))


def _embedded(
    checkpoint: Checkpoint, pictures: _Pictures, device: Device, baselines: bool
) -> Iterator[tuple[str, _Embedded]]:
    """Every name with its rows, each picture embedded once by each network."""
    trained = load_embedder(checkpoint, device)
    both = [trained.embed_and_project(part) for part in (pictures.bank, pictures.queries, *pictures.twins)]
    compressed = {name: trained.embed(part) for name, part in pictures.compressed.items()}
    for place, name in enumerate(("embedding", "projection")):
        bank, queries, first, second = (rows[place] for rows in both)
        yield name, _Embedded(bank, queries, (first, second), compressed if name == "embedding" else {})
    if not baselines:
        return
    untrained = untrained_embedder(device, architecture=checkpoint.architecture, side=trained.side)
    pixels = PixelEmbedder(side=trained.side)
    for embedder, asked in ((untrained, {}), (pixels, pictures.compressed)):
        bank, queries, first, second = (
            embedder.embed(part) for part in (pictures.bank, pictures.queries, *pictures.twins)
        )
        compressed = {name: embedder.embed(part) for name, part in asked.items()}
        yield embedder.name, _Embedded(bank, queries, (first, second), compressed)


def _pictures(train: Dataset, test: Dataset, side: int, policy_name: str) -> _Pictures:
    queries = [view(picture, side) for picture in test.pictures]
    chosen = seen(test, side)[:TWINS]
    first, second = (
        to_images(augment_batch(chosen, policy(policy_name), seed=0, epoch=0, indices=range(len(chosen)), view=number))
        for number in (0, 1)
    )
    compressed = {
        name: [recompressed(picture, quality, shift) for picture in queries]
        for name, (quality, shift) in COMPRESSIONS.items()
    }
    return _Pictures(list(train.pictures), queries, (first, second), compressed)


def recompressed(picture: Image, quality: int, shift: int) -> Image:
    """Saved as JPEG and read again, its blocks `shift` px to the left and above where they would lie."""
    moved = cv2.copyMakeBorder(picture, shift, 0, shift, 0, cv2.BORDER_REFLECT_101)
    return jpeg(np.asarray(moved, np.uint8), quality)[shift:, shift:].copy()


def _held_out_loss(
    twins: tuple[Rows, Rows], labels: npt.NDArray[np.int64], recipe: Mapping[str, Any]
) -> dict[str, float]:
    size = min(recipe["batch_size"], len(twins[0]))
    first, second = (torch.from_numpy(rows) for rows in twins)
    losses = []
    for start in range(0, len(first) - size + 1, size):
        part, temperature = slice(start, start + size), recipe["temperature"]
        if recipe["method"] == "supcon":
            its = torch.from_numpy(np.array(labels[part])).repeat(2)
            losses.append(supcon(torch.cat([first[part], second[part]]), its, temperature=temperature).item())
        else:
            losses.append(nt_xent(first[part], second[part], temperature=temperature).item())
    return {
        "pictures": size, "held_out": round(sum(losses) / len(losses), 3), "chance": round(math.log(2 * size - 1), 3)
    }
