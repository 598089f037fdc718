"""Measuring a GAN with nothing but itself and the test pictures: has it collapsed?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.checkpoint import Checkpoint
from ...core.device import Device
from ...core.images import Image
from ...data.datasets import Dataset
from .inference import load_generator

#: Pictures compared with each other, at most, split evenly between the classes.
PICTURES = 1000


def evaluate(
    checkpoint: Checkpoint,
    train: Dataset,
    test: Dataset,
    device: Device,
    *,
    baselines: bool = True,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """How different generated pictures are from each other, beside how different real ones are.

    Key: ``diversity`` {pictures, generated, test, generated_within_class, test_within_class}; see `spread`. The
    generated pictures are of the seeds 0, 1, ... and have the classes of the first test pictures of each class.
    A generator that always paints the same has 0. It says nothing of how good the pictures are.
    `train` and `baselines` are not used. `on_progress` hears the share done, 0 to 1.
    """
    generator = load_generator(checkpoint, device)
    chosen = _evenly(test.labels, len(test.classes), PICTURES // len(test.classes))
    labels = test.labels[chosen]
    painted = generator.generate(range(len(chosen)), labels.tolist())
    on_progress(0.5)
    found: dict[str, Any] = {"pictures": len(chosen)}
    for name, pictures in (("generated", painted), ("test", np.stack([test.pictures[place] for place in chosen]))):
        found[name] = round(spread(pictures), 2)
        within = [spread(pictures[labels == number]) for number in np.unique(labels)]
        found[f"{name}_within_class"] = round(float(np.mean(within)), 2)
    on_progress(1.0)
    return {"diversity": found}


def spread(pictures: Image) -> float:
    """Root mean square difference, in levels of 0-255, of two different ones of N >= 2 pictures uint8 (N, H, W, 3).

    Over all pairs and all values at once, which is the standard deviation of each value, unbiased, times sqrt 2.
    """
    values = pictures.reshape(len(pictures), -1).astype(np.float64)
    return float(np.sqrt(2 * values.var(axis=0, ddof=1).mean()))


def _evenly(labels: npt.NDArray[np.int64], classes: int, each: int) -> npt.NDArray[np.int64]:
    """Places of the first `each` pictures of every class."""
    return np.concatenate([np.flatnonzero(labels == number)[:each] for number in range(classes)])
