"""An exponential moving average of a network's weights: what is evaluated and shipped."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

N = TypeVar("N", bound=nn.Module)


class Ema(Generic[N]):
    """A copy of `network` whose weights trail it: average = decay * average + (1 - decay) * weight.

    Early on the decay is held down to (1 + step) / (10 + step), so that the random start is forgotten
    at once (TensorFlow's `num_updates` rule). Buffers, such as BatchNorm's statistics, are averaged too
    when they are floating point and copied when not.

    Polyak & Juditsky 1992; in generative training Yazici et al. 2019, arXiv:1806.04498.
    """

    def __init__(self, network: N, *, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be in [0, 1), got {decay}")
        self.decay = decay
        self.network: N = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards `network`; `step` counts the updates made before this one."""
        decay = min(self.decay, (1 + step) / (10 + step))
        averaged = self.network.state_dict()
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                averaged[name].lerp_(value, 1 - decay)
            else:
                averaged[name].copy_(value)
