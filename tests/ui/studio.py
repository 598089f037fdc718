"""Checkpoints of tiny generators that learned nothing, beside the real ones' names: they paint in milliseconds."""

from __future__ import annotations

import atexit
import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from contrastlab.core.checkpoint import CheckpointConfig, save_checkpoint
from contrastlab.lab import Lab
from contrastlab.models.gan import network as gan
from contrastlab.models.restorer.inference import Repairer
from contrastlab.models.vae import network as vae
from contrastlab.nn.decoding import Decoder
from contrastlab.studies.directions import DIRECTIONS, Direction, write_directions
from contrastlab.studies.morph import make_morph, write_morph
from contrastlab.training.curve import Curve, write_curve
from contrastlab.training.snapshots import Snapshots, Strip
from tests.models.restorer.tiny import save_tiny

FLOWERS = ["daisy", "dandelion", "rose", "sunflower", "tulip"]
DIGITS = [str(digit) for digit in range(10)]
LATENT = 12

_PLAYERS = {
    "gan-flowers64": ({"kind": "dcgan", "widths": [16, 8], "discriminator_widths": [8, 8]}, FLOWERS),
    "gan-digits-bce": ({"kind": "mlp", "widths": [32, 64], "discriminator_widths": [32, 16]}, DIGITS),
    "gan-digits-lsgan": ({"kind": "mlp", "widths": [32, 64], "discriminator_widths": [32, 16]}, DIGITS),
}
_CODERS = {"vae-digits": ("vae", 10), "autoencoder-digits": ("nested", 0)}


@functools.cache
def studio() -> Path:
    """The folder with the checkpoints, made once a process and swept away at its end."""
    held = tempfile.TemporaryDirectory()
    atexit.register(held.cleanup)
    folder = Path(held.name)
    torch.manual_seed(0)
    for name, (architecture, classes) in _PLAYERS.items():
        _save_gan(folder / name, {**architecture, "latent": LATENT, "classes": len(classes)}, classes)
    for name, (method, classes) in _CODERS.items():
        _save_vae(folder / name, {"method": method, "latent": 5, "classes": classes, "widths": [8], "hidden": 16})
    save_tiny(folder / "restorer")
    lab = Lab(folder, device="cpu")
    flowers = lab.generator("gan-flowers64")
    write_directions(folder / "gan-flowers64" / DIRECTIONS, flowers, _directions())
    write_morph(folder / "gan-flowers64", make_morph(flowers), flowers)
    return folder


def _directions() -> tuple[Direction, ...]:
    ways = np.eye(LATENT, dtype=np.float32)
    named = [Direction(ways[0], "brightness", 0.8, 0.97), Direction(ways[1], "warmth", 0.5, 0.9),
             Direction(ways[2], "size", 0.3, 0.84)]
    return (*named, *(Direction(way, "", 0.0, 0.0) for way in ways[3:10]))


def _save_gan(folder: Path, architecture: dict[str, Any], classes: list[str]) -> None:
    generator, discriminator = gan.build(architecture)
    for _ in range(20):
        generator(torch.randn(32, LATENT), torch.randint(len(classes), (32,)))  # BatchNorm's statistics
    last = [one for one in generator.modules() if isinstance(one, (torch.nn.Linear, torch.nn.ConvTranspose2d))][-1]
    torch.nn.init.normal_(last.weight, 0, 0.3)
    _save(folder, "gan", architecture, generator.side, classes, gan.pack_players(generator, discriminator),
          draft=folder.name == "gan-flowers64")


def _save_vae(folder: Path, architecture: dict[str, Any]) -> None:
    network = vae.build(architecture)
    classes = max(1, architecture["classes"])
    for _ in range(20):
        codes, _ = network.encode(torch.rand(32, 1, 14, 14), torch.randint(classes, (32,)))
        network.decode(torch.randn_like(codes), torch.randint(classes, (32,)))
    torch.nn.init.normal_(network.paint.weight, 0, 0.5)
    _save(folder, "vae", architecture, 14, DIGITS, network.state_dict())


def _save(
    folder: Path, family: str, architecture: dict[str, Any], side: int, classes: list[str], weights: dict[str, Any],
    draft: bool = False,
) -> None:
    watched = Snapshots(architecture["latent"], len(classes))
    for step in (8, 16, 32, 50):
        watched.keep(step, torch.rand(16, 3, side, side))
    save_checkpoint(
        folder, family=family, architecture=architecture,
        preprocessing={"side": side, "range": [-1.0, 1.0], "classes": classes},
        training={"data": "toy", "step": 50, "max_steps": 100 if draft else 50, "pictures": 1000,
                  "snapshots": watched.steps, "recipe": {"batch_size": 10}},
        weights=weights, draft=draft,
    )
    watched.write(folder)
    if family == "gan":
        _log(folder)


def _log(folder: Path) -> None:
    logged = ("generator_loss", "discriminator_loss", "real_logit", "fake_logit")
    rows = [{"step": step, **{name: number + step / 50 for number, name in enumerate(logged[::-1])}}
            for step in range(2, 51, 2)]
    log = folder / "log"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_curve(log, folder)
    log.unlink()


class Painting(Lab):
    """A lab whose generators, autoencoders and restorer are the studio's."""

    @functools.cached_property
    def _painters(self) -> Lab:
        return Lab(studio(), device="cpu")

    def models(self) -> list[CheckpointConfig]:
        return [card for card in super().models() if card.family == "encoder"] + self._painters.models()

    def generators(self) -> list[str]:
        return self._painters.generators()

    def generator(self, name: str = "gan-flowers64") -> Decoder:
        return self._painters.generator(name)

    def _data_of(self, name: str) -> str:
        return self._painters._data_of(name)

    def autoencoders(self) -> list[str]:
        return self._painters.autoencoders()

    def autoencoder(self, name: str = "autoencoder-digits") -> Any:
        return self._painters.autoencoder(name)

    def restorer(self, name: str = "restorer") -> Repairer:
        return self._painters.restorer(name)

    def directions(self, name: str = "gan-flowers64") -> tuple[Direction, ...]:
        return self._painters.directions(name)

    def strip(self, name: str = "gan-flowers64") -> Strip | None:
        return self._painters.strip(name)

    def curve(self, name: str = "gan-flowers64") -> Curve | None:
        return self._painters.curve(name)
