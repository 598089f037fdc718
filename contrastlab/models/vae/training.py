"""Training an autoencoder: by the variational bound, or with nested dropout."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ...core.checkpoint import Checkpoint, load_weights, save_checkpoint
from ...core.device import Device
from ...core.errors import LabError
from ...data.datasets import Dataset
from ...training.curve import write_curve
from ...training.ema import Ema
from ...training.loop import LOG, Progress, Schedule, batch_indices, fit
from ...training.snapshots import Snapshots
from ...training.state import load_optimizer
from .losses import cross_entropy, keep_first, kl_by_latent, l1
from .network import build, side_of


@dataclass(frozen=True, slots=True)
class VaeRecipe:
    """Everything that decides an autoencoder's checkpoint."""

    family: str  # "vae"
    name: str  # the checkpoint's name
    data: str  # data set, see data.datasets; its pictures are taken as grey
    method: str  # see network.METHODS
    latent: int  # numbers of a code
    classes: int  # that both halves are told of: those of the data set, or 0
    widths: tuple[int, ...]  # channels after each halving of the side; the last at 7 pixels
    hidden: int  # width of the hidden layers
    kl_warmup_steps: int  # over which the weight of the KL term rises from 0 to 1; "vae" only
    batch_size: int
    rate: float  # peak learning rate, of Adam
    warmup_steps: int
    ema_decay: float
    steps: int  # 0 if `minutes` decides
    minutes: float  # 0 if `steps` decides
    seed: int


class VaeTrainee:
    """The network, its optimiser and its average, stepped by `training.loop.fit`."""

    def __init__(self, recipe: VaeRecipe, pictures: Tensor, labels: Tensor, device: Device) -> None:
        """`pictures` uint8 (N, 1, S, S), `labels` int64 (N,), both kept on the device."""
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, device
        self.pictures, self.labels = pictures.to(device.torch), labels.to(device.torch)
        self.network = build(architecture(recipe)).to(device.torch).to(memory_format=torch.channels_last)
        self.ema = Ema(self.network, decay=recipe.ema_decay)
        self.snapshots = Snapshots(recipe.latent, max(1, recipe.classes))
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=recipe.rate, fused=True)

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return [self.optimizer]

    def step(self, step: int) -> Mapping[str, float]:
        recipe = self.recipe
        _, indices = batch_indices(len(self.pictures), recipe.batch_size, seed=recipe.seed, step=step)
        chosen = indices.to(self.device.torch)
        pictures, labels = self.pictures[chosen].float() / 255, self.labels[chosen]
        self.network.train()
        loss, metrics = (self._bound if self.network.variational else self._nested)(pictures, labels, step)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.ema.update(self.network, step)
        return metrics

    def _bound(self, pictures: Tensor, labels: Tensor, step: int) -> tuple[Tensor, dict[str, float]]:
        """Minus the variational bound, in nats a picture; the KL term comes in slowly.

        Otherwise the numbers of the code are silenced before the decoder has learned to listen to them.
        Kingma & Welling 2014, arXiv:1312.6114, eq. 10; warm-up Sonderby et al. 2016, arXiv:1602.02282, sec. 2.3.
        """
        # Drawn on the CPU, so that every device trains on the same noise.
        noise = torch.randn(len(pictures), self.recipe.latent).to(self.device.torch)
        with self.device.autocast():
            means, log_variances = self.network.encode(pictures, labels)
            logits = self.network.decode(means + noise * (log_variances / 2).exp(), labels)
        lost, kl = cross_entropy(logits, pictures).mean(), kl_by_latent(means, log_variances).sum(dim=1).mean()
        weight = min(1.0, (step + 1) / self.recipe.kl_warmup_steps) if self.recipe.kl_warmup_steps else 1.0
        return lost + weight * kl, {"cross_entropy": lost.item(), "kl": kl.item(), "kl_weight": weight}

    def _nested(self, pictures: Tensor, labels: Tensor, step: int) -> tuple[Tensor, dict[str, float]]:
        """L1 of what comes back when only the first numbers of each code, as many as is drawn, are kept.

        Rippel et al. 2014, arXiv:1402.0915, draw the length from a geometric distribution and freeze numbers that
        have settled; for codes as short as here an even draw from 1 to Z does, and leaves none untaught.
        """
        lengths = torch.randint(1, self.recipe.latent + 1, (len(pictures),)).to(self.device.torch)
        with self.device.autocast():
            codes, _ = self.network.encode(pictures, labels)
            logits = self.network.decode(keep_first(codes, lengths), labels)
        loss = l1(logits, pictures).mean()
        return loss, {"l1": loss.item()}

    @torch.no_grad()
    def keep_snapshot(self, step: int) -> None:
        """What the averaged network makes of the watched latents after `step` steps."""
        noise, classes = (each.to(self.device.torch) for each in (self.snapshots.latents, self.snapshots.classes))
        painted = self.ema.network.decode(noise, classes).sigmoid()
        self.snapshots.keep(step, painted.expand(-1, 3, -1, -1))

    def state_dict(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(), "ema": self.ema.network.state_dict(),
            "optimizer": self.optimizer.state_dict(), "snapshots": self.snapshots.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.ema.network.load_state_dict(state["ema"])
        load_optimizer(self.optimizer, state["optimizer"])
        self.snapshots.load_state_dict(state["snapshots"])


def train(
    recipe: VaeRecipe,
    dataset: Dataset,
    *,
    run: Path,
    checkpoint: Path,
    device: Device,
    init: Checkpoint | None = None,
    first_step: int = 0,
    save_every_seconds: float = 120.0,
) -> Iterator[Progress]:
    """Train on `dataset`'s pictures, which must have the network's side, and write `checkpoint`: a draft until the
    last step.

    State and log go to the folder `run`; a run found there is resumed. `init` gives the weights to start from and
    `first_step` where on the schedule. The checkpoint holds the averaged weights; beside those of a variational
    one lies a strip of the same latents, painted at steps that double (`training.snapshots`); beside both the curve
    of what was logged (`training.curve`).
    Raises LabError ``training.wrong_size`` for other pictures and ``gan.wrong_classes`` for other classes.
    """
    trainee = _trainee(recipe, dataset, device)
    if init is not None:
        load_weights(trainee.network, init)
        trainee.ema = Ema(trainee.network, decay=recipe.ema_decay)
    started = time.time()

    def save(step: int, max_steps: int) -> None:
        if step == max_steps and trainee.network.variational:
            trainee.keep_snapshot(step)
        save_checkpoint(
            checkpoint, family="vae", architecture=architecture(recipe),
            preprocessing={"side": trainee.network.side, "range": [0.0, 1.0], "classes": list(dataset.classes)},
            training={
                "recipe": asdict(recipe), "step": step, "max_steps": max_steps,
                "data": dataset.name, "pictures": len(dataset), "device": device.kind, "precision": device.precision,
                "seconds_since_resumed": round(time.time() - started), "snapshots": trainee.snapshots.steps,
            },
            weights=trainee.ema.network.state_dict(), draft=step < max_steps,
        )
        trainee.snapshots.write(run, checkpoint)
        write_curve(run / LOG, checkpoint)

    yield from fit(
        trainee, folder=run, schedule=Schedule(recipe.warmup_steps), batch_size=recipe.batch_size, seed=recipe.seed,
        steps=recipe.steps, minutes=recipe.minutes, first_step=first_step, on_save=save,
        save_every_seconds=save_every_seconds,
        snapshots=[2**power for power in range(3, 32)] if trainee.network.variational else (),
        on_snapshot=trainee.keep_snapshot,
    )


def architecture(recipe: VaeRecipe) -> dict[str, Any]:
    """What `network.build` takes."""
    return {
        "method": recipe.method, "latent": recipe.latent, "classes": recipe.classes,
        "widths": list(recipe.widths), "hidden": recipe.hidden,
    }


def describe(recipe: VaeRecipe) -> tuple[int, int]:
    """(parameters, floating-point operations a training step); the backward pass costs twice the forward pass."""
    network = build(architecture(recipe)).eval()
    pictures, classes = torch.zeros(1, 1, network.side, network.side), torch.zeros(1, dtype=torch.long)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.decode(network.encode(pictures, classes)[0], classes)
    parameters = sum(weight.numel() for weight in network.parameters())
    return parameters, int(counter.get_total_flops()) * 3 * recipe.batch_size


def grey(pictures: np.ndarray[Any, Any]) -> Tensor:
    """uint8 (N, S, S, 3) -> uint8 (N, 1, S, S): the mean of the three colours, rounded."""
    levels = np.rint(pictures.astype(np.float32).mean(axis=3, keepdims=True)).astype(np.uint8)
    return torch.from_numpy(np.ascontiguousarray(levels.transpose(0, 3, 1, 2)))


def _trainee(recipe: VaeRecipe, dataset: Dataset, device: Device) -> VaeTrainee:
    side = side_of(recipe.widths)
    if not isinstance(dataset.pictures, np.ndarray) or dataset.pictures.shape[1:] != (side, side, 3):
        raise LabError("training.wrong_size", data=dataset.name, side=side)
    if recipe.classes not in (0, len(dataset.classes)):
        raise LabError("gan.wrong_classes", data=dataset.name, got=recipe.classes, expected=len(dataset.classes))
    return VaeTrainee(recipe, grey(dataset.pictures), torch.from_numpy(np.array(dataset.labels)), device)
