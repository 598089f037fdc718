"""`train` and `evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib import resources
from pathlib import Path

from ..core.checkpoint import load_checkpoint, read_config, save_metrics
from ..core.device import choose_device, set_threads
from ..core.errors import LabError
from ..core.hub import checkpoints_folder
from ..core.recipe import check_recipe, read_recipe, show_recipe
from ..data.datasets import NAMES, Dataset, holds, load, load_folder, splits
from ..lab import DEFAULT_ENCODER, Lab
from ..models.encoder.inference import Embedder
from ..models.families import family_of
from ..nn.decoding import Decoder
from ..studies.quality import ENCODERS, quality
from ..text import say
from .progress import bar, duration

#: A visitor's pictures are measured at most so large, or large ones would take hours.
_MAX_SIDE = 1024


def train(arguments: argparse.Namespace) -> None:
    """Train one checkpoint from one recipe, resuming a run that was stopped."""
    path = recipe_path(arguments.recipe)
    table = read_recipe(path, arguments.overrides)
    family = family_of(table.get("family"))
    recipe = check_recipe(table, family.recipe, where=path.name)
    set_threads()
    device = choose_device()
    parameters, operations = family.describe(recipe)
    print(show_recipe(recipe))
    print(say("cli.train.size", arguments.language, parameters=parameters / 1e6, gflop=operations / 1e9,
              device=device.kind, precision=device.precision))
    if arguments.dry_run:
        seconds = _seconds_a_step(operations, device)
        steps = recipe.steps or round(recipe.minutes * 60 / seconds)
        print(say("cli.train.estimate", arguments.language, seconds=seconds, steps=steps,
                  time=duration(seconds * steps)))
        return
    checkpoints = arguments.checkpoints or checkpoints_folder()
    init = load_checkpoint(checkpoints / arguments.init, family=recipe.family) if arguments.init else None
    progress = family.train(
        recipe, *(load(getattr(recipe, field), "train", arguments.data) for field in family.taught_by),
        run=arguments.runs / recipe.name, checkpoint=checkpoints / recipe.name, device=device, init=init,
        first_step=arguments.from_step,
    )
    for now in progress:
        numbers = "  ".join(f"{name} {value:.4g}" for name, value in now.metrics.items())
        bar(now.step / now.max_steps, f"{now.step}/{now.max_steps}  {numbers}  "
            f"{now.samples_per_second:.0f}/s  {duration(now.seconds_left)}")
    anew = read_config(checkpoints / recipe.name).training.get("init", {}).get("anew")
    if anew:
        print(say("cli.train.anew", arguments.language, init=arguments.init, names=", ".join(anew)))


def evaluate(arguments: argparse.Namespace) -> None:
    """Measure a checkpoint on its data set's test split and write the numbers into its config.

    The restorer is also measured on any other data set or folder of clean pictures; those numbers are only printed.
    """
    folder = (arguments.checkpoints or checkpoints_folder()) / arguments.name
    checkpoint = load_checkpoint(folder)
    data, family = checkpoint.training["data"], family_of(checkpoint.family)
    if family.tested_on:
        # Nothing is compared with the pictures of the training, which need not be there.
        train_split = test_split = _clean_pictures(family.tested_on, arguments.data)
    else:
        train_split, test_split = (load(data, split, arguments.data) for split in ("train", "test"))
    set_threads()
    device = choose_device()
    metrics = family.evaluate(
        checkpoint, train_split, test_split, device, baselines=not arguments.no_baselines,
        on_progress=lambda share: bar(share, arguments.name),
    )
    model = family.load(checkpoint, device)
    if isinstance(model, Decoder):
        metrics["quality"] = quality(
            model, _encoders(data, Lab(folder.parent), arguments.language), train_split, test_split, device,
            on_progress=lambda share: bar(share, say("cli.evaluate.quality", arguments.language, name=model.name)),
        )
    if (test_split.name, test_split.split) == (family.tested_on or data, "test"):
        save_metrics(folder, metrics)
    if arguments.json:
        print(json.dumps({"name": checkpoint.name, "sha256": checkpoint.sha256, "data": data, **metrics}))
    else:
        print(json.dumps(metrics, indent=1))


def _clean_pictures(usual: str, given: Path | None) -> Dataset:
    """The usual data set from the folder that holds it, a data set that is named, or a folder's own pictures."""
    if given is not None and given.is_dir() and not holds(usual, given):
        return load_folder(given, max_side=_MAX_SIDE)
    if given is not None and str(given) in NAMES and not given.exists():
        return load(str(given), splits(str(given))[-1])
    return load(usual, "test", given)


def _encoders(data: str, lab: Lab, language: str) -> list[Embedder]:
    """Those that look at generated pictures of this data set; of one that is not there the user is told."""
    wanted, there = ENCODERS.get(data, (DEFAULT_ENCODER,)), lab.encoders()
    for name in wanted:
        if name not in there:
            print(say("cli.evaluate.no_encoder", language, name=name), file=sys.stderr)
    return [lab.encoder(name) for name in wanted if name in there]


def recipe_path(given: str) -> Path:
    """A recipe file, or the name of one that comes with the package."""
    path = Path(given)
    shipped = resources.files("contrastlab") / "recipes" / f"{path.stem}.toml"
    if not path.exists() and path.parent == Path(".") and shipped.is_file():
        return Path(str(shipped))
    if not path.is_file():
        files = (resources.files("contrastlab") / "recipes").iterdir()
        names = sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))
        raise LabError("recipe.unknown", got=given, options=", ".join(names))
    return path


def _seconds_a_step(operations: int, device: object) -> float:
    """An estimate from the speed of a large convolution on this device, at the half of it that trainings reach."""
    import torch

    from ..core.device import Device

    assert isinstance(device, Device)
    layer = torch.nn.Conv2d(128, 128, 3, padding=1).to(device.torch).to(memory_format=torch.channels_last)
    x = torch.rand(128, 128, 16, 16).to(device.torch, memory_format=torch.channels_last)
    runs = []
    for _ in range(5):
        start = time.perf_counter()
        with device.autocast(), torch.inference_mode():
            layer(x).sum().item()
        runs.append(time.perf_counter() - start)
    speed = 2 * 128 * 128 * 9 * 128 * 16 * 16 / min(runs)
    return operations / (0.5 * speed)
