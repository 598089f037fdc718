"""`study few-labels`: longer questions to a finished model, answered once and kept in docs/measured."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from ..core.checkpoint import load_checkpoint
from ..core.device import choose_device, set_threads
from ..data.datasets import load
from ..lab import DEFAULT_ENCODER, checkpoints_folder
from ..models.encoder.finetuning import FewLabels, few_labels
from .progress import bar


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
