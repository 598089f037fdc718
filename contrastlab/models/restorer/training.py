"""Training the restorer and its estimator on pieces of photographs that are damaged on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ...core.checkpoint import Checkpoint, load_weights, save_checkpoint
from ...core.device import Device
from ...core.errors import LabError
from ...core.images import Image
from ...data.datasets import Dataset
from ...training.ema import Ema
from ...training.loop import Progress, Schedule, fit, step_seed
from ...training.state import load_optimizer
from .network import MAPS, RestorerNetwork
from .sampling import MARGIN, draw_batch, told

#: Of the Charbonnier loss: below this difference (1 = 255 levels) it is quadratic, above it absolute.
_SMOOTH = 1e-3
#: What the estimator's loss counts; its gradients never reach the restorer.
_ESTIMATE = 0.1


@dataclass(frozen=True, slots=True)
class RestorerRecipe:
    """Everything that decides the restorer's checkpoint."""

    family: str  # "restorer"
    name: str  # the checkpoint's name
    data: str  # data set of photographs, see data.datasets
    more_data: str  # another one, for other colours
    more_share: float  # of the samples that come from it
    widths: tuple[int, ...]  # channels at a half, a quarter, ... of the side
    blocks: int  # residual ones at each width, twice
    estimator_width: int
    side: int  # of the training pieces, in pixels
    batch_size: int
    last_side: int  # of the pieces towards the end
    last_batch_size: int
    last_from: float  # share of the training after which those are used
    hole_weight: float  # of missing pixels in the loss
    rate: float  # peak learning rate, of AdamW
    beta1: float
    beta2: float
    clip_norm: float
    warmup_steps: int
    ema_decay: float
    steps: int  # 0 if `minutes` decides
    minutes: float  # 0 if `steps` decides
    seed: int


class RestorerTrainee:
    """The networks, their optimiser and their average, stepped by `training.loop.fit`."""

    def __init__(self, recipe: RestorerRecipe, sources: Sequence[Image | Sequence[Image]], device: Device) -> None:
        """`sources` are the two sets of photographs uint8 (H, W, 3), the main one first."""
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.sources = recipe, device, sources
        self.network = build(architecture(recipe)).to(device.torch)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = Ema(self.network, decay=recipe.ema_decay)
        self.max_steps = recipe.steps
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, betas=(recipe.beta1, recipe.beta2), weight_decay=0.0, fused=True
        )

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return [self.optimizer]

    def step(self, step: int) -> Mapping[str, float]:
        recipe, to = self.recipe, self.device.torch
        late = self.max_steps > 0 and step >= recipe.last_from * self.max_steps
        side, count = (recipe.last_side, recipe.last_batch_size) if late else (recipe.side, recipe.batch_size)
        batch = draw_batch(self._choose, count, side, step_seed(recipe.seed, step))
        clean, damaged, missing = (one.to(to) for one in (batch.clean, batch.damaged, batch.missing))
        maps = told(batch.maps).to(to)
        self.network.train()
        with self.device.autocast():
            repaired, estimated = self.network(damaged, missing, maps)
        loss = charbonnier(repaired, clean, 1 + (recipe.hole_weight - 1) * missing)
        truth = batch.maps.mean(dim=(2, 3)).to(to)
        estimate = F.smooth_l1_loss(estimated.float(), truth, beta=0.02)
        self.optimizer.zero_grad(set_to_none=True)
        (loss + _ESTIMATE * estimate).backward()
        for part in (self.network.restorer, self.network.estimator):
            nn.utils.clip_grad_norm_(part.parameters(), recipe.clip_norm)
        self.optimizer.step()
        self.ema.update(self.network, step)
        return {"charbonnier": loss.item(), "estimate": estimate.item()}

    def _choose(self, chance: np.random.Generator) -> Image:
        source = self.sources[int(chance.random() < self.recipe.more_share)]
        return source[int(chance.integers(len(source)))]

    def state_dict(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(), "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.ema.network.load_state_dict(state["ema"])
        load_optimizer(self.optimizer, state["optimizer"])


def charbonnier(repaired: Tensor, clean: Tensor, weight: Tensor) -> Tensor:
    """The mean of sqrt(d^2 + 1e-6) over pixels, weighted: absolute error, smooth at 0.

    Charbonnier et al. 1994 (ICIP); in restoration Lai et al. 2017, arXiv:1704.03915, eq. 3. Absolute error keeps
    the strongest noise in a batch from being all that is learned.
    """
    difference = ((repaired - clean).square() + _SMOOTH**2).sqrt()
    return (difference * weight).mean()


def train(
    recipe: RestorerRecipe,
    dataset: Dataset,
    more: Dataset,
    *,
    run: Path,
    checkpoint: Path,
    device: Device,
    init: Checkpoint | None = None,
    first_step: int = 0,
    save_every_seconds: float = 180.0,
) -> Iterator[Progress]:
    """Train on both data sets' photographs and write `checkpoint`: a draft until the last step.

    State and log go to the folder `run`; a run found there is resumed. `init` gives the weights to start from and
    `first_step` where on the schedule. The checkpoint holds the averaged weights.
    Raises LabError ``training.wrong_size`` for photographs smaller than the pieces.
    """
    for each in (dataset, more):
        smallest = min(min(picture.shape[:2]) for picture in each.pictures)
        if smallest < recipe.side + 2 * MARGIN:
            raise LabError("training.wrong_size", data=each.name, side=recipe.side + 2 * MARGIN)
    trainee = RestorerTrainee(recipe, (dataset.pictures, more.pictures), device)
    facts: dict[str, Any] = {"recipe": asdict(recipe)}
    if init is not None:
        load_weights(trainee.network, init)
        trainee.ema = Ema(trainee.network, decay=recipe.ema_decay)
        facts["init"] = {"name": init.name, "sha256": init.sha256, "step": init.training["step"]}
    started = time.time()

    def save(step: int, max_steps: int) -> None:
        trainee.max_steps = max_steps
        save_checkpoint(
            checkpoint, family="restorer", architecture=architecture(recipe),
            preprocessing={"range": [0.0, 1.0], "maps": list(MAPS)},
            training={
                **facts, "step": step, "max_steps": max_steps,
                "data": dataset.name, "pictures": len(dataset) + len(more), "device": device.kind,
                "precision": device.precision, "seconds_since_resumed": round(time.time() - started),
            },
            weights=trainee.ema.network.state_dict(), draft=step < max_steps,
        )

    yield from fit(
        trainee, folder=run, schedule=Schedule(recipe.warmup_steps), batch_size=recipe.batch_size, seed=recipe.seed,
        steps=recipe.steps, minutes=recipe.minutes, first_step=first_step, on_save=save,
        save_every_seconds=save_every_seconds,
    )


def build(architecture: Mapping[str, Any]) -> RestorerNetwork:
    """The network that `architecture` describes."""
    return RestorerNetwork(
        widths=tuple(architecture["widths"]), blocks=architecture["blocks"],
        estimator_width=architecture["estimator_width"],
    )


def architecture(recipe: RestorerRecipe) -> dict[str, Any]:
    """What `build` takes."""
    return {"widths": list(recipe.widths), "blocks": recipe.blocks, "estimator_width": recipe.estimator_width}


def describe(recipe: RestorerRecipe) -> tuple[int, int]:
    """(parameters, floating-point operations a training step); the backward pass costs twice the forward pass."""
    network = build(architecture(recipe)).eval()
    picture = torch.zeros(1, 3, recipe.side, recipe.side)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(picture, picture[:, :1], torch.zeros(1, len(MAPS), 1, 1))
    parameters = sum(weight.numel() for weight in network.parameters())
    return parameters, int(counter.get_total_flops()) * 3 * recipe.batch_size
