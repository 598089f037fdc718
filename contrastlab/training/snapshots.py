"""The same few latents, painted again and again while a generator learns, kept as one small strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..core.checkpoint import write_atomically
from ..core.errors import LabError
from ..core.images import Image, encode_webp, open_image

WATCHED = 16
SNAPSHOTS = "snapshots.webp"
#: Larger pictures than this are kept at a quality of WebP that nobody tells from lossless, at a tenth of the bytes.
_SMALL, _QUALITY = 28, 90


class Snapshots:
    """`WATCHED` latents with their classes, and what was painted of them at some steps.

    Attributes:
        latents: (WATCHED, Z) standard normal, drawn from torch's CPU generator.
        classes: int64 (WATCHED,), taking turns.
    """

    def __init__(self, latent: int, classes: int) -> None:
        self.latents = torch.randn(WATCHED, latent)
        self.classes = torch.arange(WATCHED) % classes
        self._kept: dict[int, Tensor] = {}

    @property
    def steps(self) -> list[int]:
        """At which pictures were kept, in order."""
        return sorted(self._kept)

    def keep(self, step: int, painted: Tensor) -> None:
        """Pictures (WATCHED, 3, S, S) in [0, 1], painted after `step` steps."""
        self._kept[step] = (painted * 255).round().clamp(0, 255).to(torch.uint8).cpu()

    def write(self, *folders: Path) -> None:
        """A WebP in each folder, a row for each step, the first on top; nothing where none was kept."""
        if self._kept:
            rows = [self._kept[step].permute(2, 0, 3, 1) for step in self.steps]  # (S, WATCHED, S, 3)
            small = rows[0].shape[0] <= _SMALL
            strip = encode_webp(
                torch.cat([row.flatten(1, 2) for row in rows]).numpy(), None if small else _QUALITY
            )
            for folder in folders:
                write_atomically(folder / SNAPSHOTS, strip)

    def state_dict(self) -> dict[str, Any]:
        return {"latents": self.latents, "kept": dict(self._kept)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.latents, self._kept = state["latents"], dict(state["kept"])


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """What was kept of a training.

    Attributes:
        steps: at which pictures were kept, rising.
        pixels: uint8 (steps * S, WATCHED * S, 3), read-only: a row a step, a column a latent.
        file: the same as a WebP.
    """

    steps: tuple[int, ...]
    pixels: Image = field(repr=False)
    file: bytes = field(repr=False)

    @property
    def side(self) -> int:
        """S, of one picture, in pixels."""
        return int(self.pixels.shape[1]) // WATCHED


def read_strip(folder: Path, steps: Sequence[int]) -> Strip | None:
    """The strip in a checkpoint's folder, whose training fact ``snapshots`` is `steps`; None if it is not there.

    So it is if it is damaged, or of other steps than these.
    """
    try:
        file = (folder / SNAPSHOTS).read_bytes()
        pixels = open_image(file).pixels
    except (OSError, LabError):
        return None
    height, width = pixels.shape[:2]
    if not steps or width % WATCHED or height != len(steps) * (width // WATCHED):
        return None
    return Strip(tuple(steps), pixels, file)
