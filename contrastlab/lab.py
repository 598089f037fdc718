"""`Lab`: the only door to models. Load once, ask many times."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .core.checkpoint import Checkpoint, list_checkpoints, load_checkpoint
from .core.device import Device, choose_device
from .core.errors import LabError
from .models.encoder.inference import Embedder, PixelEmbedder, band_of, load_embedder, untrained_embedder

#: The encoder that the page opens with; its card also holds the bands of the two baselines.
DEFAULT_ENCODER = "encoder-simclr-cifar10"
#: Embedders that need no checkpoint.
BASELINES = ("untrained", "pixels")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model in a list: its name, family, whether it is a draft, and the numbers measured on it."""

    name: str
    family: str
    draft: bool
    metrics: dict[str, Any]
    training: dict[str, Any]


class Lab:
    """Owns the device, the checkpoints and what has been loaded; safe to share between threads.

    What it hands out holds no "current picture" and is changed by no request. A model is loaded when it is
    first asked for, once; a failed load is not remembered, so a restored file works at the next try.
    """

    def __init__(self, checkpoints: Path | None = None, *, device: str | None = None) -> None:
        """`checkpoints` defaults to the variable CONTRASTLAB_CHECKPOINTS, else the folder beside the package."""
        self.checkpoints = checkpoints or checkpoints_folder()
        self.device: Device = choose_device(device)
        self._loaded: dict[str, Any] = {}
        self._lock = threading.RLock()

    def models(self) -> list[ModelCard]:
        """Every checkpoint in the index. Raises LabError if one of them cannot be read."""
        cards = []
        for name in list_checkpoints(self.checkpoints):
            found = load_checkpoint(self.checkpoints / name)
            cards.append(ModelCard(name, found.family, found.draft, found.metrics, found.training))
        return cards

    def encoders(self) -> list[str]:
        """Names that `encoder` knows: the checkpoints of that family, then the baselines."""
        return [card.name for card in self.models() if card.family == "encoder"] + list(BASELINES)

    def encoder(self, name: str = DEFAULT_ENCODER) -> Embedder:
        """The loaded embedder of a checkpoint, or a baseline: "untrained" or "pixels".

        Raises LabError ``checkpoint.unknown`` naming those there are, or what `load_checkpoint` raises.
        """
        return self._once(name, lambda: self._load_encoder(name))

    def _load_encoder(self, name: str) -> Embedder:
        if name == "untrained":
            return untrained_embedder(self.device, band=self._baseline_band(name))
        if name == "pixels":
            return PixelEmbedder(band=self._baseline_band(name))
        return load_embedder(self._checkpoint(name, family="encoder"), self.device)

    def _baseline_band(self, which: str) -> Any:
        """Baselines have no card; their bands were measured beside the default encoder."""
        try:
            return band_of(self._checkpoint(DEFAULT_ENCODER, family="encoder").metrics, which)
        except LabError:
            return None  # the baselines themselves work without any checkpoint

    def _checkpoint(self, name: str, *, family: str) -> Checkpoint:
        known = list_checkpoints(self.checkpoints)
        if name not in known:  # also keeps names such as ../elsewhere out of the path
            raise LabError("checkpoint.unknown", name=name, options=", ".join([*known, *BASELINES]))
        return load_checkpoint(self.checkpoints / name, family=family)

    def _once(self, name: str, load: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = load()
            return self._loaded[name]


def checkpoints_folder() -> Path:
    """Where the checkpoints are unless said otherwise."""
    asked = os.environ.get("CONTRASTLAB_CHECKPOINTS")
    return Path(asked) if asked else Path(__file__).resolve().parent.parent / "checkpoints"
