"""Measuring an encoder on a test split, beside what has learned nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.checkpoint import Checkpoint
from ...core.device import Device
from ...data.datasets import Dataset
from ...metrics.retrieval import different_pair_band, knn_accuracy
from .inference import PixelEmbedder, load_embedder, untrained_embedder

#: Neighbours that vote.
K = 20


def evaluate(
    checkpoint: Checkpoint,
    train: Dataset,
    test: Dataset,
    device: Device,
    *,
    baselines: bool = True,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """kNN accuracy (test split searched in the training split) and the band of different pictures, by embedder.

    Keys: ``knn`` {k, train, test, embedding, projection, untrained, pixels} with accuracies in [0, 1], and
    ``different_pairs`` {embedding, untrained, pixels}, each a `Band` of the test split as a dict.
    Without `baselines` the untrained network and the pixels, which are the same for every encoder, are left out.
    `on_progress` hears the share done, 0 to 1.
    """
    trained = load_embedder(checkpoint, device)
    embedders: dict[str, Callable[[Sequence[Any]], npt.NDArray[np.float32]]] = {
        "embedding": trained.embed,
        "projection": trained.project,
    }
    if baselines:
        embedders |= {"untrained": untrained_embedder(device).embed, "pixels": PixelEmbedder().embed}
    knn: dict[str, Any] = {"k": K, "train": len(train.pictures), "test": len(test.pictures)}
    bands: dict[str, dict[str, Any]] = {}
    for done, (name, embed) in enumerate(embedders.items()):
        bank, queries = embed(list(train.pictures)), embed(list(test.pictures))
        knn[name] = round(knn_accuracy(bank, train.labels, queries, test.labels, k=K), 4)
        if name != "projection":
            bands[name] = asdict(different_pair_band(queries))
        on_progress((done + 1) / len(embedders))
    return {"knn": knn, "different_pairs": bands}


