"""Few labels: what do changed pictures, pictures of a GAN, and features learned without labels add to them?

The GAN sees the few labelled pictures and nothing else, so whatever its pictures teach was in those already.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as field_
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ..core.checkpoint import load_checkpoint
from ..core.device import Device
from ..core.errors import LabError
from ..data.datasets import Dataset
from ..metrics.probe import linear_probe
from ..models.encoder.finetuning import balanced
from ..models.encoder.inference import Embedder
from ..models.gan.inference import load_generator
from ..models.gan.training import GanRecipe, train
from .cells import Cells, Tell
from .classifier import ClassifierSettings, SmallClassifier, classify, train_classifier

#: What the classifier gets: the labelled pictures; those, changed; beside them as many of the GAN; both; and features
#: in place of a classifier.
WAYS = ("real", "augmented", "generated", "both", "features")
#: Weight decay of the logistic regression on features, as in `encoder.finetuning`.
_PENALTY = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One data set with so many labels.

    Attributes:
        train, test: its splits.
        per_class: labels of each class.
        recipe: of the GAN, but for name and seed.
        policy: how the classifier's pictures are changed where they are.
    """

    train: Dataset
    test: Dataset
    per_class: int
    recipe: GanRecipe
    policy: str


@dataclass(frozen=True, slots=True)
class LowDataSettings:
    """How much is done.

    Attributes:
        seeds: each draws its own labels, GAN, classifier and order.
        generated: pictures of the GAN that a classifier learns from, the classes in turn; the labelled ones are
            repeated until they are as many, so that about half of each batch is real.
        classifier: how each of them is trained, but for policy and seed.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    generated: int = 5000
    classifier: ClassifierSettings = field_(
        default_factory=lambda: ClassifierSettings(steps=500, widths=(32, 64, 128))
    )


def low_data(
    tasks: Sequence[Task],
    features: Embedder,
    device: Device,
    folder: Path,
    settings: LowDataSettings | None = None,
    *,
    on_cell: Tell = lambda name, seconds, share: None,
) -> dict[str, Any]:
    """Accuracy on each task's test split in the five ways of `WAYS`, for each seed.

    {settings, parameters, features, rows: [{data, per_class, labels, test, policy, gan: {recipe, steps, widths,
    discriminator_widths, augment}, real: [accuracy a seed], augmented, generated, both, features}]}. The first four
    train the same small classifier from random weights for the same number of steps; "features" is a logistic
    regression on what the embedder, which has seen no label, makes of the labelled pictures.

    What is finished is kept in `folder` and not done again; `on_cell` hears of it.
    Raises LabError ``training.no_labels`` for a data set without classes, and what `training.train` does.
    """
    settings = settings or LowDataSettings()
    for task in tasks:
        if not task.train.classes:
            raise LabError("training.no_labels", method="low-data", data=task.train.name)
    asked = {
        "settings": asdict(settings), "features": features.key,
        "tasks": [
            [asdict(task.recipe), task.per_class, task.policy, task.train.name, len(task.train), len(task.test)]
            for task in tasks
        ],
    }
    cells = Cells(folder, asked, len(tasks) * len(settings.seeds) * len(WAYS), on_cell)
    rows = []
    for task in tasks:
        tested = cache(partial(features.embed, list(task.test.pictures)))
        row: dict[str, Any] = {
            "data": task.train.name, "per_class": task.per_class, "labels": task.per_class * len(task.train.classes),
            "test": len(task.test), "policy": task.policy,
            "gan": {
                "recipe": task.recipe.name, "steps": task.recipe.steps, "widths": task.recipe.widths,
                "discriminator_widths": task.recipe.discriminator_widths, "augment": task.recipe.augment,
            },
            **{way: [] for way in WAYS},
        }
        for seed in settings.seeds:
            one = _One(task, seed, features, tested, device, settings, cells.folder)
            for way in WAYS:
                row[way].append(cells.of(f"{one.name}-{way}", partial(one.accuracy, way)))
            one.forget()
        rows.append(row)
    classes = len(tasks[0].train.classes)
    network = SmallClassifier(classes, settings.classifier.widths)
    return {
        "settings": asdict(settings), "parameters": sum(weight.numel() for weight in network.parameters()),
        "features": features.name, "rows": rows,
    }


class _One:
    """A task with the labels of one seed."""

    def __init__(
        self, task: Task, seed: int, features: Embedder, tested: Callable[[], Any], device: Device,
        settings: LowDataSettings, folder: Path,
    ) -> None:
        """`tested` gives the features of the test split."""
        self._task, self._seed, self._device, self._settings = task, seed, device, settings
        self._features, self._tested = features, tested
        share = task.per_class * len(task.train.classes) / len(task.train)
        self._chosen = balanced(task.train.labels, share, seed)
        self.name = f"{task.train.name}-{task.per_class}-{seed}"
        self._run, self._checkpoint = folder / "runs" / self.name, folder / self.name

    def accuracy(self, way: str) -> float:
        """Share of the test split, 0 to 1, that is told right."""
        task, settings = self._task, self._settings
        if way == "features":
            bank = self._features.embed(list(self._pictures()))
            return round(linear_probe(bank, self._labels(), self._tested(), task.test.labels, penalty=_PENALTY), 4)
        pictures, labels = self._pictures(), self._labels()
        if way in ("generated", "both"):
            painted, theirs = self._painted()
            repeated = np.resize(np.arange(len(labels)), max(len(labels), len(theirs)))
            pictures = np.concatenate([pictures[repeated], painted])
            labels = np.concatenate([labels[repeated], theirs])
        policy = task.policy if way in ("augmented", "both") else None
        how = dataclasses.replace(settings.classifier, policy=policy, seed=self._seed)
        classifier = train_classifier(pictures, labels, len(task.train.classes), self._device, how)
        answers = classify(classifier, np.asarray(task.test.pictures), self._device, how)
        return round(float((answers == task.test.labels).mean()), 4)

    def forget(self) -> None:
        """Remove the GAN: all that it was needed for is known."""
        for place in (self._run, self._checkpoint):
            shutil.rmtree(place, ignore_errors=True)

    def _pictures(self) -> Any:
        return np.stack([self._task.train.pictures[at] for at in self._chosen])

    def _labels(self) -> Any:
        return self._task.train.labels[self._chosen]

    def _painted(self) -> tuple[Any, Any]:
        """Pictures of a GAN that has seen the labelled ones, trained now or before, and their classes."""
        task = self._task
        known = Dataset(task.train.name, "train", self._pictures(), self._labels(), task.train.classes)
        recipe = dataclasses.replace(task.recipe, name=self.name, seed=self._seed)
        for _ in train(recipe, known, run=self._run, checkpoint=self._checkpoint, device=self._device):
            pass
        generator = load_generator(load_checkpoint(self._checkpoint, family="gan"), self._device)
        labels = np.arange(self._settings.generated) % len(task.train.classes)
        with self._device.autocast():
            return generator.generate(range(len(labels)), labels.tolist()), labels
