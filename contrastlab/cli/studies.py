"""`study ...`: longer questions to finished models and to methods, answered once and kept in docs/measured."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.checkpoint import load_checkpoint
from ..core.device import choose_device, set_threads
from ..core.hub import checkpoints_folder
from ..core.knobs import Knob
from ..core.recipe import check_recipe, read_recipe
from ..data.datasets import load
from ..lab import DEFAULT_ENCODER, Lab
from ..models.encoder.finetuning import FewLabels, few_labels
from ..models.gan.training import GanRecipe
from ..studies.low_data import LowDataSettings, Task, low_data
from ..studies.quality import ENCODERS
from ..studies.transfer import TransferSettings, transfer
from .output import make_folder, write
from .progress import bar, duration
from .training import recipe_path

_SEEDS = Knob("seeds", 1, 100, 3, 1, integer=True)
_STEPS = Knob("steps", 1, 1_000_000, 1000, 1, integer=True)
#: What `study low-data` asks: data set, labels a class, recipe of the GAN, how the classifier's pictures are changed.
_FEW = (
    ("cifar10", 50, "gan-few-cifar10", "light"),
    ("cifar10", 500, "gan-few-cifar10", "light"),
    ("mnist", 50, "gan-few-digits", "digits"),
)
#: What `study transfer` asks: the recipe of both generators, what is learned first, what then.
_TRANSFER = ("gan-digits-bce", "glyphs", "mnist")


def study_few_labels(arguments: argparse.Namespace) -> None:
    """Fine-tune an encoder with few labels, against the same network from scratch and a frozen one."""
    name = arguments.encoder or DEFAULT_ENCODER
    folder: Path = (arguments.checkpoints or checkpoints_folder()) / name
    checkpoint = load_checkpoint(folder, family="encoder")
    data = checkpoint.training["data"]
    train, test = load(data, "train", arguments.data), load(data, "test", arguments.data)
    set_threads()
    settings = FewLabels()
    if arguments.steps:
        settings = dataclasses.replace(settings, steps=arguments.steps)
    found = few_labels(
        checkpoint, train, test, choose_device(), settings, on_progress=lambda share: bar(share, name)
    )
    print(json.dumps(found) if arguments.json else json.dumps(found, indent=1))


def study_low_data(arguments: argparse.Namespace) -> None:
    """What changed pictures, those of a GAN and features learned without labels add to few labels."""
    set_threads()
    steps = None if arguments.steps is None else int(_STEPS.check(arguments.steps))
    settings = LowDataSettings(seeds=_seeds(arguments))
    if steps:
        settings = dataclasses.replace(settings, classifier=dataclasses.replace(settings.classifier, steps=steps))
    tasks = []
    for data, per_class, name, policy in _FEW:
        recipe = _recipe(name)
        recipe = dataclasses.replace(recipe, steps=steps or recipe.steps)
        train, test = (load(data, split, arguments.data) for split in ("train", "test"))
        tasks.append(Task(train, test, per_class, recipe, policy))
    features = Lab(arguments.checkpoints).encoder(arguments.encoder or DEFAULT_ENCODER)
    folder = arguments.runs / "low-data"
    _keep(low_data(tasks, features, choose_device(), folder, settings, on_cell=_told), arguments.out)


def study_transfer(arguments: argparse.Namespace) -> None:
    """What it is worth to a generator that it has learned something else before."""
    set_threads()
    settings = TransferSettings(seeds=_seeds(arguments))
    if arguments.steps is not None:
        # The budgets keep their proportions to the largest, and the source's to them.
        times = int(_STEPS.check(arguments.steps)) / settings.steps[-1]
        steps = tuple(max(1, round(times * part)) for part in settings.steps)
        settings = dataclasses.replace(settings, steps=steps, source_steps=max(1, round(times * settings.source_steps)))
    name, source, target = _TRANSFER
    judge = Lab(arguments.checkpoints).encoder(arguments.encoder or ENCODERS[target][0])
    found = transfer(
        _recipe(name), load(source, "train"), load(target, "train", arguments.data),
        load(target, "test", arguments.data), judge, choose_device(), arguments.runs / "transfer", settings,
        on_cell=_told,
    )
    _keep(found, arguments.out)


def _seeds(arguments: argparse.Namespace) -> tuple[int, ...]:
    return tuple(range(int(_SEEDS.check(arguments.seeds))))


def _recipe(name: str) -> GanRecipe:
    path = recipe_path(name)
    return check_recipe(read_recipe(path), GanRecipe, where=path.name)


def _told(name: str, seconds: float, share: float) -> None:
    bar(share, f"{name}  {duration(seconds)}")


def _keep(found: Mapping[str, Any], path: Path) -> None:
    make_folder(path.parent)
    write(path, (json.dumps(found, indent=1) + "\n").encode())
    print(path)
