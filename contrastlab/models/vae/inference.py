"""The autoencoders' only door outward: pictures in, codes out, and back; NumPy on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.checkpoint import Checkpoint, load_weights
from ...core.device import Device
from ...core.errors import LabError
from ...core.images import Image, to_images, to_tensor
from ...core.knobs import Knob
from ...nn.decoding import CHUNK, Decoder
from .losses import keep_first
from .network import Autoencoder, build

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class VariationalAutoencoder(Decoder):
    """A generator that can also be asked which noise a picture comes from.

    Attributes:
        active: which of the `latent` numbers carry information, the most telling first, as `evaluate` measured it;
            all of them, in their order, before that. The decoder ignores the others.
    """

    active: tuple[int, ...]
    network: Autoencoder = field(repr=False)

    def encode(self, pictures: Sequence[Image] | Image, classes: Sequence[int]) -> tuple[Rows, Rows]:
        """Pictures uint8 (N, S, S, 3), taken as grey, and their classes -> means (N, Z), standard deviations (N, Z).

        The mean is the best single answer; a number with a deviation near 1 says nothing of the picture.
        Raises LabError ``gan.wrong_size`` for another side, ``gan.unknown_class`` and ``gan.wrong_count``.
        """
        wanted = self.class_numbers(classes)
        if len(pictures) != len(wanted):
            raise LabError("gan.wrong_count", count=len(pictures), classes=len(wanted))
        means, log_variances = _encoded(self.network, pictures, wanted, self.device)
        return means, np.exp(log_variances / 2)

    def reconstruct(self, pictures: Sequence[Image] | Image, classes: Sequence[int]) -> Image:
        """What the decoder paints of each picture's mean: uint8 (N, S, S, 3). Raises what `encode` raises."""
        return self.paint(self.encode(pictures, classes)[0], classes)

    def _painted(self, noise: Tensor, classes: Tensor) -> Tensor:
        return self.network.decode(noise, classes).sigmoid().expand(-1, 3, -1, -1)


@dataclass(frozen=True, slots=True, eq=False)
class NestedAutoencoder:
    """Codes whose first numbers matter most. Shared by all requests and changed by none.

    It cannot make pictures out of noise: nothing taught its codes to lie anywhere in particular.

    Attributes:
        name: of the checkpoint.
        key: changes whenever its pictures would (the weights' hash).
        latent: Z, numbers of a whole code.
        side: S, of its square pictures, in pixels.
        length: how many numbers of a code to use.
    """

    name: str
    key: str
    latent: int
    side: int
    device: Device
    network: Autoencoder = field(repr=False)

    @property
    def length(self) -> Knob:
        """The slider: 1 to Z numbers."""
        return Knob("length", 1, self.latent, self.latent, 1, integer=True)

    def encode(self, pictures: Sequence[Image] | Image) -> Rows:
        """Pictures uint8 (N, S, S, 3), taken as grey -> codes float32 (N, Z).

        Raises LabError ``gan.wrong_size`` for another side.
        """
        return _encoded(self.network, pictures, _no_classes(len(pictures)), self.device)[0]

    def paint(self, codes: Rows, *, length: int | None = None) -> Image:
        """Codes (N, Z), of which the first `length` numbers are used and the others taken as 0 -> uint8 (N, S, S, 3).

        Raises LabError ``gan.wrong_noise`` for another shape, and for NaN and infinity, and what `length` raises.
        """
        kept = int(self.length.check(self.latent if length is None else length))
        rows = torch.from_numpy(np.asarray(codes, np.float32))
        if rows.ndim != 2 or rows.shape[1] != self.latent or not bool(rows.isfinite().all()):
            raise LabError("gan.wrong_noise", got=str(tuple(rows.shape)), expected=f"(N, {self.latent})")
        pictures = np.empty((len(rows), self.side, self.side, 3), np.uint8)
        with torch.inference_mode():
            for start in range(0, len(rows), CHUNK):
                part = keep_first(rows[start : start + CHUNK], torch.tensor([kept])).to(self.device.torch)
                logits = self.network.decode(part, _no_classes(len(part)).to(self.device.torch))
                pictures[start : start + CHUNK] = to_images(logits.sigmoid().expand(-1, 3, -1, -1))
        return pictures

    def reconstruct(self, pictures: Sequence[Image] | Image, *, length: int | None = None) -> Image:
        """What comes back of pictures uint8 (N, S, S, 3) through the first `length` numbers of their codes.

        One of the source articles compares such a reconstruction with the code; compare it with the picture.
        Raises what `encode` and `paint` raise.
        """
        return self.paint(self.encode(pictures), length=length)


def load_autoencoder(checkpoint: Checkpoint, device: Device) -> VariationalAutoencoder | NestedAutoencoder:
    """The autoencoder of a checkpoint. Raises LabError ``checkpoint.wrong_weights`` if weights do not fit."""
    network = build(checkpoint.architecture)
    load_weights(network, checkpoint)
    network.eval().requires_grad_(False).to(device.torch).to(memory_format=torch.channels_last)
    name, key, latent, side = checkpoint.name, checkpoint.sha256, network.latent, network.side
    if not network.variational:
        return NestedAutoencoder(name, key, latent, side, device, network)
    active = checkpoint.metrics.get("active", {}).get("latents", range(latent))
    return VariationalAutoencoder(
        name=name, key=key, classes=tuple(checkpoint.preprocessing["classes"]), latent=latent, side=side,
        device=device, active=tuple(active), network=network,
    )


def generates(architecture: Mapping[str, object]) -> bool:
    """Whether a checkpoint of that architecture makes pictures out of noise."""
    return architecture["method"] == "vae"


def _encoded(
    network: Autoencoder, pictures: Sequence[Image] | Image, classes: Tensor, device: Device
) -> tuple[Rows, Rows]:
    """Means and logarithms of the variances, (N, Z) both, of pictures uint8 (N, S, S, 3)."""
    if not len(pictures):
        return np.empty((0, network.latent), np.float32), np.empty((0, network.latent), np.float32)
    pixels = to_tensor(pictures).mean(dim=1, keepdim=True)
    if pixels.shape[2:] != (network.side, network.side):
        raise LabError("gan.wrong_size", got=f"{pixels.shape[3]}x{pixels.shape[2]}", side=network.side)
    with torch.inference_mode():
        parts = [
            network.encode(part.to(device.torch), of.to(device.torch))
            for part, of in zip(pixels.split(CHUNK), classes.split(CHUNK), strict=True)
        ]
    means, log_variances = (torch.cat(rows).cpu().numpy() for rows in zip(*parts, strict=True))
    return means, log_variances


def _no_classes(count: int) -> Tensor:
    return torch.zeros(count, dtype=torch.long)
