"""Training an encoder without labels: SimCLR."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ...core.checkpoint import Checkpoint, load_weights, save_checkpoint
from ...core.device import Device
from ...data.augment import augment_batch, policy
from ...data.datasets import Dataset
from ...metrics.retrieval import knn_accuracy
from ...training.ema import Ema
from ...training.loop import Progress, Schedule, batch_indices, fit
from .losses import nt_xent
from .network import CIFAR_MEAN, CIFAR_STD, SIDE, Encoder

#: Training pictures kept aside for watching a run; the test split is never looked at while training.
HELD_OUT = 2_000
#: Training pictures that the watched ones are searched in.
_BANK = 8_000


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """Everything that decides an encoder checkpoint."""

    family: str  # "encoder"
    name: str  # the checkpoint's name
    data: str  # data set, see data.datasets
    policy: str  # augmentation policy that makes the two views
    hue: str  # form of the hue shift in the policy's jitter: "yiq" is fast, "hsv" is torchvision's
    widths: tuple[int, ...]  # channels of the three stages; the last is the embedding's dimension
    stem: int  # channels of the 2x2 stem
    head_hidden: int  # hidden width of the projection head
    projection: int  # dimension of the projection
    temperature: float  # of NT-Xent; Chen et al. 2020 use .1 to .5
    batch_size: int  # pictures a step; each is seen twice
    learning_rate: float  # peak, of SGD with Nesterov momentum
    momentum: float
    weight_decay: float  # on weights of two and more dimensions; norms and biases are spared
    clip_norm: float  # longest gradient let through, 2-norm over all weights
    warmup_steps: int
    ema_decay: float
    steps: int  # 0 if `minutes` decides
    minutes: float  # 0 if `steps` decides
    seed: int


class EncoderTrainee:
    """Network, optimiser and average, stepped by `training.loop.fit`."""

    def __init__(self, recipe: EncoderRecipe, pictures: Tensor, device: Device) -> None:
        """`pictures` uint8 (N, 3, 32, 32)."""
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.pictures = pictures
        self.device = device
        self.network = Encoder(**architecture(recipe)).to(device.torch, memory_format=torch.channels_last)
        self.ema = Ema(self.network, decay=recipe.ema_decay)
        self.policy = policy(recipe.policy, {"jitter": {"form": recipe.hue}})
        self.optimizer = torch.optim.SGD(
            _decay_groups(self.network, recipe.weight_decay), lr=recipe.learning_rate, momentum=recipe.momentum,
            nesterov=True,
        )

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return [self.optimizer]

    def step(self, step: int) -> Mapping[str, float]:
        recipe = self.recipe
        epoch, indices = batch_indices(len(self.pictures), recipe.batch_size, seed=recipe.seed, step=step)
        batch = self.pictures[indices]
        views = [
            augment_batch(batch, self.policy, seed=recipe.seed, epoch=epoch, indices=indices.numpy(), view=view)
            for view in (0, 1)
        ]
        self.network.train()
        # One pass over both views: BatchNorm then sees them as one population, and big batches run faster.
        with self.device.autocast():
            _, projections = self.network(torch.cat(views).to(self.device.torch))
        loss = nt_xent(*projections.chunk(2), temperature=recipe.temperature)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip_norm)
        self.optimizer.step()
        self.ema.update(self.network, step)
        return {"loss": loss.item(), "gradient_norm": norm.item()}

    def state_dict(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(), "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.ema.network.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])


def train(
    recipe: EncoderRecipe,
    dataset: Dataset,
    *,
    run: Path,
    checkpoint: Path,
    device: Device,
    init: Checkpoint | None = None,
    first_step: int = 0,
    save_every_seconds: float = 300.0,
) -> Iterator[Progress]:
    """Train on `dataset`'s pictures, which must be 32x32, and write `checkpoint`: a draft until the last step.

    State and log go to the folder `run`; a run found there is resumed. `init` gives the weights to start from
    and `first_step` where on the schedule.
    """
    pictures = torch.from_numpy(np.array(dataset.pictures.transpose(0, 3, 1, 2)))  # a copy: the data set is read-only
    held_out, rest = _hold_out(len(pictures), recipe.seed)
    trainee = EncoderTrainee(recipe, pictures[rest], device)
    if init is not None:
        load_weights(trainee.network, init)
        trainee.ema = Ema(trainee.network, decay=recipe.ema_decay)
    started = time.time()

    def save(step: int, max_steps: int) -> None:
        watched = _watch(trainee, pictures, dataset.labels, held_out, rest)
        save_checkpoint(
            checkpoint, family="encoder", architecture=architecture(recipe), preprocessing=PREPROCESSING,
            training={
                "recipe": asdict(recipe), "step": step, "max_steps": max_steps,
                "data": dataset.name, "pictures": len(rest), "device": device.kind, "precision": device.precision,
                "seconds_since_resumed": round(time.time() - started),
                "knn_on_held_out_training_pictures": round(watched, 4),
            },
            weights=trainee.ema.network.state_dict(), draft=step < max_steps,
        )

    yield from fit(
        trainee, folder=run, schedule=Schedule(recipe.warmup_steps), batch_size=recipe.batch_size, seed=recipe.seed,
        steps=recipe.steps, minutes=recipe.minutes, first_step=first_step, on_save=save,
        save_every_seconds=save_every_seconds,
    )


#: How a picture becomes the network's input; `inference.view` does it.
PREPROCESSING = {"side": SIDE, "crop": "centre square", "range": [0.0, 1.0], "mean": CIFAR_MEAN, "std": CIFAR_STD}


def architecture(recipe: EncoderRecipe) -> dict[str, Any]:
    """The keyword arguments of `Encoder`."""
    return {
        "widths": list(recipe.widths), "stem": recipe.stem, "head_hidden": recipe.head_hidden,
        "projection": recipe.projection,
    }


def _hold_out(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Indices kept aside for watching, and all others. A tiny data set gives a tenth."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    kept = min(HELD_OUT, count // 10)
    return order[:kept], order[kept:]


@torch.inference_mode()
def _watch(trainee: EncoderTrainee, pictures: Tensor, labels: Any, held_out: Tensor, rest: Tensor) -> float:
    """kNN accuracy of held-out training pictures, by the averaged weights: a curve to watch, not a result."""

    def embed(indices: Tensor) -> Any:
        rows = []
        for chunk in indices.split(500):
            with trainee.device.autocast():
                rows.append(trainee.ema.network.backbone(pictures[chunk].to(trainee.device.torch).float() / 255))
        return nn.functional.normalize(torch.cat(rows).float(), dim=1).cpu().numpy()

    bank = rest[:_BANK]
    k = min(20, len(bank))
    return knn_accuracy(embed(bank), labels[bank.numpy()], embed(held_out), labels[held_out.numpy()], k=k)


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    vectors = [weight for weight in network.parameters() if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def describe(recipe: EncoderRecipe) -> tuple[int, int]:
    """(parameters, floating-point operations a training step): forward once and backward at twice that, two views."""
    network = Encoder(**architecture(recipe)).eval()
    parameters = sum(weight.numel() for weight in network.parameters())
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, SIDE, SIDE))
    return parameters, int(counter.get_total_flops()) * 3 * 2 * recipe.batch_size
