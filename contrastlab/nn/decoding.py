"""What every generator has in common, whatever trained it: latents and classes in, pictures out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ..core.device import Device
from ..core.errors import LabError
from ..core.images import Image, to_images
from ..core.knobs import Knob
from ..core.seeds import checked_seed
from .export import Exportable

#: How far from the middle of the noise pictures are drawn: 0 is one typical picture a class, 1 what was trained.
TRUNCATION = Knob("truncation", 0, 1.5, 1, 0.05)

#: Pictures a forward pass; more gain nothing on a CPU and cost memory.
CHUNK = 64


@dataclass(frozen=True, slots=True, eq=False)
class Decoder(ABC):
    """A trained network that paints latents, in evaluation mode. Shared by all requests and changed by none.

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

    def generate(self, seeds: Sequence[int], classes: Sequence[int], *, truncation: float = 1.0) -> Image:
        """One picture for each seed and class number: uint8 (N, S, S, 3).

        A picture depends on its own seed, class and truncation, not on those beside it (how many there are may
        move single values by one level: convolutions round differently). `truncation` scales the noise: below 1
        pictures get safer and more alike. Brock et al. 2019, arXiv:1809.11096, sec. 3.1, cut the noise off
        instead; scaled noise moves a picture continuously.

        Raises LabError ``gan.wrong_count`` unless there are as many classes as seeds, ``knob.not_whole`` or
        ``knob.out_of_range`` for a seed, what `TRUNCATION` raises, and what `paint` raises.
        """
        if len(seeds) != len(classes):
            raise LabError("gan.wrong_count", count=len(seeds), classes=len(classes))
        return self.paint(self.latents(seeds) * np.float32(TRUNCATION.check(truncation)), classes)

    def latents(self, seeds: Sequence[int]) -> npt.NDArray[np.float32]:
        """The noise of each seed: float32 (N, Z), standard normal, drawn on the CPU whatever the device.

        Raises LabError ``knob.not_whole`` or ``knob.out_of_range``.
        """
        rows = np.empty((len(seeds), self.latent), np.float32)
        for place, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(checked_seed(seed))
            rows[place] = torch.randn(self.latent, generator=generator).numpy()
        return rows

    def paint(self, latents: npt.NDArray[np.float32], classes: Sequence[int]) -> Image:
        """Latents float32 (N, Z), one class number each -> pictures uint8 (N, S, S, 3).

        Raises LabError ``gan.wrong_noise`` for another shape, and for NaN and infinity, ``gan.unknown_class``, and
        ``gan.wrong_count`` unless there are as many classes as latents.
        """
        noise, wanted = torch.from_numpy(np.asarray(latents, np.float32)), self.class_numbers(classes)
        self._check(noise, wanted)
        pictures = np.empty((len(noise), self.side, self.side, 3), np.uint8)
        with torch.inference_mode():
            for start in range(0, len(noise), CHUNK):
                chunk = slice(start, start + CHUNK)
                pictures[chunk] = to_images(self.decode(noise[chunk], wanted[chunk]))
        return pictures

    def decode(self, noise: Tensor, classes: Tensor) -> Tensor:
        """Noise (N, Z) and class numbers int64 (N,) -> float32 (N, 3, S, S) in [0, 1]; differentiable by the noise.

        Raises what `paint` raises.
        """
        wanted = self.class_numbers(classes.tolist())
        self._check(noise, wanted)
        return self._painted(noise.to(self.device.torch), wanted.to(self.device.torch))

    def class_number(self, word: str) -> int:
        """The number of a class by its name or its number as text. Raises LabError ``gan.unknown_class``."""
        if word in self.classes:
            return self.classes.index(word)
        if word.isdecimal() and int(word) < len(self.classes):
            return int(word)
        raise LabError("gan.unknown_class", got=word, options=", ".join(self.classes))

    def class_numbers(self, classes: Sequence[int]) -> Tensor:
        """The numbers as int64 (N,). Raises LabError ``gan.unknown_class`` for one that there is not."""
        for number in classes:
            if not 0 <= number < len(self.classes):
                raise LabError("gan.unknown_class", got=number, options=", ".join(self.classes))
        return torch.tensor(list(classes), dtype=torch.long)

    def exported(self, network: nn.Module) -> Exportable:
        """`decode` without its checks, for programs without torch; `network` is what has the weights."""
        noise, classes = torch.randn(2, self.latent), torch.arange(2) % len(self.classes)
        return Exportable(self._painted, network, (("noise", noise), ("classes", classes)), "pictures", {0: 1})

    @abstractmethod
    def _painted(self, noise: Tensor, classes: Tensor) -> Tensor:
        """As `decode`, of what has been checked and lies on the device."""

    def _check(self, noise: Tensor, classes: Tensor) -> None:
        if noise.ndim != 2 or noise.shape[1] != self.latent or not bool(noise.isfinite().all()):
            raise LabError("gan.wrong_noise", got=str(tuple(noise.shape)), expected=f"(N, {self.latent})")
        if len(classes) != len(noise):
            raise LabError("gan.wrong_count", count=len(noise), classes=len(classes))
