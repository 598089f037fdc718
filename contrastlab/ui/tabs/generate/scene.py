"""One request's view with its generator and pictures: what is drawn on the page is drawn from this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ....core.images import Image
from ....core.seeds import seed_of
from ....lab import Lab
from ....nn.decoding import Decoder
from ....studies.directions import KEPT, Direction, moved
from ....studies.morph import Morph, own_class
from .latents import Latents, unpack
from .models import opening
from .view import ANY, View


@dataclass(frozen=True)
class Scene:
    """What a visitor looks at, for the length of one request.

    Attributes:
        lab: where the generators are.
        view: the settings.
        language: of the words.
    """

    lab: Lab
    view: View
    language: str

    @cached_property
    def generator(self) -> Decoder:
        """Raises what `Lab.generator` raises."""
        return self.lab.generator(self.view.model)

    @cached_property
    def directions(self) -> tuple[Direction, ...]:
        """The kept directions; the latents themselves, one by one, where none are kept."""
        found = self.lab.directions(self.view.model)
        if found:
            return found
        single = np.eye(self.generator.latent, dtype=np.float32)[:KEPT]
        return tuple(Direction(vector, "", 0.0, 0.0) for vector in single)

    @cached_property
    def opening(self) -> Morph:
        """What the generator opens with."""
        return opening(self.lab, self.view.model)

    @property
    def is_opening(self) -> bool:
        """Whether the sixteen are as the generator opens with them."""
        return bool(self.opening.animation) and not self.view.is_moved and self.view.kind == ANY

    def kind_of(self, seed: int) -> int:
        """The class number that is asked for with this seed. Raises LabError ``gan.unknown_class``."""
        if self.view.kind == ANY:
            return own_class(seed, len(self.generator.classes))
        return self.generator.class_number(self.view.kind)

    @property
    def main_kind(self) -> int:
        """The class number of the main picture."""
        return self.kind_of(seed_of(self.view.seed))

    @cached_property
    def start(self) -> Latents:
        """(Z,) the main picture's latents before the sliders. Raises LabError ``generate.wrong_code``."""
        if self.view.base:
            return unpack(self.view.base, self.generator.latent)
        return self.drawn([seed_of(self.view.seed)])[0]

    @cached_property
    def latents(self) -> Latents:
        """(Z,) what the main picture is painted from."""
        return self._moved(self.start[None])[0]

    @cached_property
    def main(self) -> Image:
        """The main picture, uint8 (S, S, 3)."""
        return self.generator.paint(self.latents[None], [self.main_kind])[0]

    @cached_property
    def others(self) -> Image:
        """The sixteen under the same sliders, uint8 (16, S, S, 3)."""
        seeds = self.opening.seeds
        return self.generator.paint(self._moved(self.drawn(list(seeds))), [self.kind_of(seed) for seed in seeds])

    def paint(self, latents: Latents) -> Image:
        """Latents (N, Z) before the sliders, as pictures of the main picture's class under them: (N, S, S, 3)."""
        return self.generator.paint(self._moved(latents), [self.main_kind] * len(latents))

    def drawn(self, seeds: list[int]) -> Latents:
        """The noise of each seed (N, Z), as far from the middle as the view says."""
        return self.generator.latents(seeds) * np.float32(self.view.truncation)

    def seen_as(self, view: View) -> Scene:
        """The same with other settings."""
        return replace(self, view=view)

    def _moved(self, latents: Latents) -> Latents:
        return moved(latents, self.directions, self.view.steps)
