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
from ...core.images import Image, to_images, to_tensor
from ...core.knobs import Knob
from ...data.pixels import checked_seed
from ...nn.residual import fold_norms
from .network import ProjectionDiscriminator, ResnetGenerator, build, load_players

#: How far from the middle of the noise pictures are drawn: 0 is one typical picture a class, 1 what was trained.
TRUNCATION = Knob("truncation", 0, 1.5, 1, 0.05)

#: Pictures a forward pass; more gain nothing on a CPU and cost memory.
_CHUNK = 64


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A trained generator and its discriminator in evaluation mode. Shared by all requests and changed by none.

    Attributes:
        name: of the checkpoint.
        key: changes whenever its pictures would (the weights' hash).
        classes: their names, in the order of their numbers.
        latent: Z, numbers of noise a picture is made from.
        side: S, of its square pictures, in pixels.
    """

    name: str
    key: str
    classes: tuple[str, ...]
    latent: int
    side: int
    device: Device
    network: ResnetGenerator = field(repr=False)
    discriminator: ProjectionDiscriminator = field(repr=False)

    def generate(self, seeds: Sequence[int], classes: Sequence[int], *, truncation: float = 1.0) -> Image:
        """One picture for each seed and class number: uint8 (N, S, S, 3).

        A picture depends on its own seed, class and truncation, not on those beside it (how many there are may
        move single values by one level: convolutions round differently). `truncation` scales the noise: below 1
        pictures get safer and more alike. Brock et al. 2019, arXiv:1809.11096, sec. 3.1, cut the noise off
        instead; scaled noise moves a picture continuously.

        Raises LabError ``gan.unknown_class``, ``gan.wrong_count`` unless there are as many classes as seeds,
        ``knob.not_whole`` or ``knob.out_of_range`` for a seed, and what `TRUNCATION` raises.
        """
        if len(seeds) != len(classes):
            raise LabError("gan.wrong_count", count=len(seeds), classes=len(classes))
        noise = torch.from_numpy(self.latents(seeds)) * TRUNCATION.check(truncation)
        wanted = self._numbers(classes)
        pictures = np.empty((len(seeds), self.side, self.side, 3), np.uint8)
        with torch.inference_mode():
            for start in range(0, len(seeds), _CHUNK):
                chunk = slice(start, start + _CHUNK)
                pictures[chunk] = to_images(self.decode(noise[chunk], wanted[chunk]))
        return pictures

    def latents(self, seeds: Sequence[int]) -> npt.NDArray[np.float32]:
        """The noise of each seed: float32 (N, Z), standard normal, drawn on the CPU whatever the device.

        Raises LabError ``knob.not_whole`` or ``knob.out_of_range``.
        """
        rows = np.empty((len(seeds), self.latent), np.float32)
        for place, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(checked_seed(seed))
            rows[place] = torch.randn(self.latent, generator=generator).numpy()
        return rows

    def decode(self, noise: Tensor, classes: Tensor) -> Tensor:
        """Noise (N, Z) and class numbers int64 (N,) -> float32 (N, 3, S, S) in [0, 1]; differentiable by the noise.

        Raises LabError ``gan.wrong_noise`` for another shape, and for NaN and infinity, and ``gan.unknown_class``.
        """
        if noise.ndim != 2 or noise.shape[1] != self.latent or not bool(noise.isfinite().all()):
            raise LabError("gan.wrong_noise", got=str(tuple(noise.shape)), expected=f"(N, {self.latent})")
        wanted = self._numbers(classes.tolist())
        if len(wanted) != len(noise):
            raise LabError("gan.wrong_count", count=len(noise), classes=len(wanted))
        painted: Tensor = self.network(noise.to(self.device.torch), wanted.to(self.device.torch))
        return (painted + 1) / 2

    @torch.inference_mode()
    def realness(self, pictures: Sequence[Image] | Image, classes: Sequence[int]) -> npt.NDArray[np.float32]:
        """The discriminator's logit of each picture uint8 (S, S, 3), taken for its class: float32 (N,).

        Above 0 it rather takes it for a photograph, below for a made one; comparable within a checkpoint only.
        Raises LabError ``gan.unknown_class``, ``gan.wrong_count``, and ``gan.wrong_size`` for pictures of another side.
        """
        if len(pictures) != len(classes):
            raise LabError("gan.wrong_count", count=len(pictures), classes=len(classes))
        wanted = self._numbers(classes)
        if not len(wanted):
            return np.empty(0, np.float32)
        pixels = to_tensor(pictures)
        if pixels.shape[2:] != (self.side, self.side):
            raise LabError("gan.wrong_size", got=f"{pixels.shape[3]}x{pixels.shape[2]}", side=self.side)
        rows = [
            self.discriminator(2 * part.to(self.device.torch) - 1, of.to(self.device.torch)).float().cpu()
            for part, of in zip(pixels.split(_CHUNK), wanted.split(_CHUNK), strict=True)
        ]
        logits: npt.NDArray[np.float32] = torch.cat(rows).numpy()
        return logits

    def class_number(self, word: str) -> int:
        """The number of a class by its name or its number as text. Raises LabError ``gan.unknown_class``."""
        if word in self.classes:
            return self.classes.index(word)
        if word.isdecimal() and int(word) < len(self.classes):
            return int(word)
        raise LabError("gan.unknown_class", got=word, options=", ".join(self.classes))

    def _numbers(self, classes: Sequence[int]) -> Tensor:
        for number in classes:
            if not 0 <= number < len(self.classes):
                raise LabError("gan.unknown_class", got=number, options=", ".join(self.classes))
        return torch.tensor(list(classes), dtype=torch.long)


def load_generator(checkpoint: Checkpoint, device: Device) -> Generator:
    """The generator of a checkpoint. Raises LabError ``checkpoint.wrong_weights`` if they do not fit together."""
    network, discriminator = build(checkpoint.architecture)
    load_players(checkpoint, network, discriminator)
    fold_norms(network.eval())
    for player in (network, discriminator):  # in place
        player.eval().requires_grad_(False).to(device.torch).to(memory_format=torch.channels_last)
    return Generator(
        name=checkpoint.name, key=checkpoint.sha256, classes=tuple(checkpoint.preprocessing["classes"]),
        latent=network.latent, side=network.side, device=device, network=network, discriminator=discriminator,
    )
