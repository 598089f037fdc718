"""The generator's only door outward: seeds and classes in, pictures out; and what the discriminator says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.checkpoint import Checkpoint
from ...core.device import Device
from ...core.errors import LabError
from ...core.images import Image, to_tensor
from ...nn.decoding import CHUNK, Decoder
from .network import build, load_players
from .players import DiscriminatorNetwork, GeneratorNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Generator(Decoder):
    """A trained generator, and the discriminator that it was trained against."""

    network: GeneratorNetwork = field(repr=False)
    discriminator: DiscriminatorNetwork = field(repr=False)

    def _painted(self, noise: Tensor, classes: Tensor) -> Tensor:
        painted: Tensor = self.network(noise, classes)
        return (painted.expand(-1, 3, -1, -1) + 1) / 2

    @torch.inference_mode()
    def realness(self, pictures: Sequence[Image] | Image, classes: Sequence[int]) -> npt.NDArray[np.float32]:
        """The discriminator's logit of each picture uint8 (S, S, 3), taken for its class: float32 (N,).

        Above 0 it rather takes it for a photograph, below for a made one; comparable within a checkpoint only.
        Raises LabError ``gan.unknown_class``, ``gan.wrong_count``, and ``gan.wrong_size`` for pictures of another side.
        """
        if len(pictures) != len(classes):
            raise LabError("gan.wrong_count", count=len(pictures), classes=len(classes))
        wanted = self.class_numbers(classes)
        if not len(wanted):
            return np.empty(0, np.float32)
        pixels = to_tensor(pictures)
        if pixels.shape[2:] != (self.side, self.side):
            raise LabError("gan.wrong_size", got=f"{pixels.shape[3]}x{pixels.shape[2]}", side=self.side)
        rows = [
            self.judge(part, of).cpu() for part, of in zip(pixels.split(CHUNK), wanted.split(CHUNK), strict=True)
        ]
        logits: npt.NDArray[np.float32] = torch.cat(rows).numpy()
        return logits

    def judge(self, pictures: Tensor, classes: Tensor) -> Tensor:
        """Pictures (N, 3, S, S) in [0, 1], class numbers int64 (N,) -> logits (N,); differentiable by the pictures."""
        seen = pictures.to(self.device.torch)
        if self.network.channels == 1:
            seen = seen.mean(dim=1, keepdim=True)
        logits: Tensor = self.discriminator(2 * seen - 1, classes.to(self.device.torch)).float()
        return logits


def load_generator(checkpoint: Checkpoint, device: Device) -> Generator:
    """The generator of a checkpoint. Raises LabError ``checkpoint.wrong_weights`` if they do not fit together."""
    network, discriminator = build(checkpoint.architecture)
    load_players(checkpoint, network, discriminator)
    network.eval().fold()
    for player in (network, discriminator):  # in place
        player.eval().requires_grad_(False).to(device.torch).to(memory_format=torch.channels_last)
    return Generator(
        name=checkpoint.name, key=checkpoint.sha256, classes=tuple(checkpoint.preprocessing["classes"]),
        latent=network.latent, side=network.side, device=device, network=network, discriminator=discriminator,
    )
