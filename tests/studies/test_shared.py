"""What is painted alike whatever is asked for, by a decoder of which it is known."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.nn.decoding import Decoder
from contrastlab.studies.shared import shared

SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Known(Decoder):
    """The first number makes every class brighter; the second lights one from the left, the other from the right."""

    def _painted(self, noise, classes):
        pictures = torch.full((len(noise), 3, SIDE, SIDE), 0.5)
        pictures += 0.06 * noise[:, 0, None, None, None] + 0.02 * classes[:, None, None, None]
        side = (0.03 * (1 - 2 * classes) * noise[:, 1])[:, None, None, None]
        pictures[..., : SIDE // 2] += side
        pictures[..., SIDE // 2 :] -= side
        return pictures.clamp(0, 1)


@pytest.fixture(scope="module")
def decoder():
    return Known("known", "a" * 64, ("one", "two"), 3, SIDE, Device("cpu", torch.float32))


def test_what_the_numbers_alone_decide_is_shared_and_what_they_turn_round_is_not(decoder):
    assert shared(decoder, "brightness") > 0.99
    assert shared(decoder, "right_light") < -0.9


def test_what_never_changes_counts_as_not_shared(decoder):
    assert shared(decoder, "saturation", samples=16) == 0


def test_it_is_the_correlation_over_the_latents(decoder):
    latents = decoder.latents(range(20))
    light = [decoder.paint(latents, [kind] * 20).astype(np.float64).mean((1, 2, 3)) for kind in (0, 1)]
    assert shared(decoder, "brightness", samples=20) == pytest.approx(np.corrcoef(light)[0, 1], abs=2e-3)
