"""Training a GAN: the discriminator's steps, then the generator's, and an average of the generator to keep."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ...core.checkpoint import Checkpoint, save_checkpoint
from ...core.device import Device
from ...core.errors import LabError
from ...core.knobs import Choice
from ...data.datasets import Dataset
from ...data.seen import seen
from ...training.curve import write_curve
from ...training.ema import Ema
from ...training.loop import LOG, Progress, Schedule, batch_indices, fit
from ...training.snapshots import Snapshots
from .diffaugment import diff_augment
from .losses import LOSSES, gradient_penalty, r1_penalty
from .network import JUDGE, build, load_players, pack_players

PENALTIES = ("none", "r1", "gradient")


@dataclass(frozen=True, slots=True)
class GanRecipe:
    """Everything that decides a GAN's checkpoint."""

    family: str  # "gan"
    name: str  # the checkpoint's name
    data: str  # data set, see data.datasets
    architecture: str  # kind of networks, see network.KINDS
    latent: int  # numbers of noise a picture is made from
    classes: int  # of the data set
    widths: tuple[int, ...]  # channels of the generator at 4, 8, 16, ... pixels; of an "mlp" its layers, pixels last
    discriminator_widths: tuple[int, ...]  # channels of the discriminator's blocks or layers
    loss: str  # see losses.LOSSES
    penalty: str  # on the discriminator's gradient: "none", "r1" (at real pictures) or "gradient" (between)
    penalty_weight: float
    augment: tuple[str, ...]  # DiffAugment's changes, see diffaugment.CHANGES
    flip: bool  # real pictures are mirrored half of the time
    batch_size: int
    discriminator_steps: int  # for each step of the generator
    generator_rate: float  # peak learning rates, of Adam
    discriminator_rate: float
    beta1: float
    beta2: float
    warmup_steps: int
    ema_decay: float
    steps: int  # of the generator; 0 if `minutes` decides
    minutes: float  # 0 if `steps` decides
    seed: int


class GanTrainee:
    """Both networks, their optimisers and the generator's average, stepped by `training.loop.fit`."""

    def __init__(self, recipe: GanRecipe, pictures: Tensor, labels: Tensor, device: Device) -> None:
        """`pictures` uint8 (N, 3, S, S) of the generator's side, `labels` int64 (N,), both kept on the device."""
        self.loss = LOSSES[Choice("loss", tuple(LOSSES), "hinge").check(recipe.loss)]
        Choice("penalty", PENALTIES, "none").check(recipe.penalty)
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, device
        self.generator, self.discriminator = build(architecture(recipe))
        for player in (self.generator, self.discriminator):  # in place
            player.to(device.torch).to(memory_format=torch.channels_last)
        if self.generator.channels == 1:
            pictures = pictures.float().mean(dim=1, keepdim=True).round().to(torch.uint8)
        self.pictures, self.labels = pictures.to(device.torch), labels.to(device.torch)
        self.ema = Ema(self.generator, decay=recipe.ema_decay)
        self.snapshots = Snapshots(recipe.latent, recipe.classes)
        betas = (recipe.beta1, recipe.beta2)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), lr=recipe.generator_rate, betas=betas)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), lr=recipe.discriminator_rate, betas=betas)

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return [self.g_optimizer, self.d_optimizer]

    def step(self, step: int) -> Mapping[str, float]:
        metrics: dict[str, float] = {}
        rounds = self.recipe.discriminator_steps
        for number in range(rounds):
            last = number == rounds - 1
            # The generator learns from the pictures that the discriminator saw last: painted once, used twice.
            with torch.set_grad_enabled(last):
                fake, classes = self._paint()
            metrics = self._discriminator_step(fake.detach(), classes, step * rounds + number)
        self.discriminator.requires_grad_(False)
        judged = self._judge(diff_augment(fake, self.recipe.augment), classes)
        loss = self.loss.generator(judged)
        self.g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.g_optimizer.step()
        self.discriminator.requires_grad_(True)
        self.ema.update(self.generator, step)
        return {"generator_loss": loss.item(), **metrics}

    def _discriminator_step(self, fake: Tensor, classes: Tensor, number: int) -> dict[str, float]:
        recipe = self.recipe
        real, labels = self._real(number)
        real = diff_augment(real, recipe.augment)
        fake = diff_augment(fake, recipe.augment)
        # One pass over both: no layer mixes pictures, and big batches run faster.
        judged_real, judged_fake = self._judge(torch.cat([real, fake]), torch.cat([labels, classes])).chunk(2)
        loss = self.loss.discriminator(judged_real, judged_fake)
        total = loss + recipe.penalty_weight * self._penalty(real, labels, fake)
        self.d_optimizer.zero_grad(set_to_none=True)
        total.backward()
        self.d_optimizer.step()
        return {
            "discriminator_loss": loss.item(), "real_logit": judged_real.mean().item(),
            "fake_logit": judged_fake.mean().item(),
        }

    def _penalty(self, real: Tensor, labels: Tensor, fake: Tensor) -> Tensor | float:
        # Gradients of gradients are taken in full precision.
        def score(pictures: Tensor) -> Tensor:
            return self.discriminator(pictures, labels)

        if self.recipe.penalty == "r1":
            return r1_penalty(score, real)
        if self.recipe.penalty == "gradient":
            return gradient_penalty(score, real, fake, torch.rand(len(real)).to(self.device.torch))
        return 0.0

    def _paint(self) -> tuple[Tensor, Tensor]:
        recipe = self.recipe
        # Drawn on the CPU, so that every device trains on the same noise.
        noise = torch.randn(recipe.batch_size, recipe.latent).to(self.device.torch)
        classes = torch.randint(recipe.classes, (recipe.batch_size,)).to(self.device.torch)
        self.generator.train()
        with self.device.autocast():
            return self.generator(noise, classes), classes

    def _judge(self, pictures: Tensor, classes: Tensor) -> Tensor:
        self.discriminator.train()
        with self.device.autocast():
            judged: Tensor = self.discriminator(pictures, classes)
        return judged.float()

    def _real(self, number: int) -> tuple[Tensor, Tensor]:
        """Batch `number` of the real pictures, in [-1, 1], and their labels."""
        recipe = self.recipe
        _, indices = batch_indices(len(self.pictures), recipe.batch_size, seed=recipe.seed, step=number)
        chosen = indices.to(self.device.torch)
        real = self.pictures[chosen].float() / 127.5 - 1
        if recipe.flip:
            mirrored = (torch.rand(len(real), 1, 1, 1) < 0.5).to(self.device.torch)
            real = torch.where(mirrored, real.flip(3), real)
        return real, self.labels[chosen]

    @torch.no_grad()
    def keep_snapshot(self, step: int) -> None:
        """What the averaged generator makes of the watched latents after `step` steps."""
        noise, classes = (each.to(self.device.torch) for each in (self.snapshots.latents, self.snapshots.classes))
        painted = self.ema.network(noise, classes)
        self.snapshots.keep(step, (painted.expand(-1, 3, -1, -1) + 1) / 2)

    def state_dict(self) -> dict[str, Any]:
        kept = self.snapshots.state_dict()
        return {
            "generator": self.generator.state_dict(), "discriminator": self.discriminator.state_dict(),
            "ema": self.ema.network.state_dict(), "g_optimizer": self.g_optimizer.state_dict(),
            "d_optimizer": self.d_optimizer.state_dict(), "watched": kept["latents"], "snapshots": kept["kept"],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.ema.network.load_state_dict(state["ema"])
        self.g_optimizer.load_state_dict(state["g_optimizer"])
        self.d_optimizer.load_state_dict(state["d_optimizer"])
        self.snapshots.load_state_dict({"latents": state["watched"], "kept": state["snapshots"]})


def train(
    recipe: GanRecipe,
    dataset: Dataset,
    *,
    run: Path,
    checkpoint: Path,
    device: Device,
    init: Checkpoint | None = None,
    first_step: int = 0,
    save_every_seconds: float = 300.0,
) -> Iterator[Progress]:
    """Train on `dataset`'s pictures, seen at the generator's side, and write `checkpoint`: a draft until the last step.

    State and log go to the folder `run`; a run found there is resumed. `init` gives both networks' weights to start
    from and `first_step` where on the schedule. The checkpoint holds the averaged generator, the discriminator under
    the prefix ``discriminator.``, in bytes; beside the weights lie a strip of the same latents, painted at steps that
    double (`training.snapshots`), and the curve of what was logged (`training.curve`).
    Raises LabError ``training.wrong_size`` for smaller pictures and ``gan.wrong_classes`` for other classes.
    """
    trainee = _trainee(recipe, dataset, device)
    if init is not None:
        load_players(init, trainee.generator, trainee.discriminator)
        trainee.ema = Ema(trainee.generator, decay=recipe.ema_decay)
    started = time.time()

    def save(step: int, max_steps: int) -> None:
        if step == max_steps:
            trainee.keep_snapshot(step)
        save_checkpoint(
            checkpoint, family="gan", architecture=architecture(recipe),
            preprocessing={
                "side": trainee.generator.side, "crop": "centre square", "range": [-1.0, 1.0],
                "classes": list(dataset.classes),
            },
            training={
                "recipe": asdict(recipe), "step": step, "max_steps": max_steps,
                "data": dataset.name, "pictures": len(dataset), "device": device.kind, "precision": device.precision,
                "seconds_since_resumed": round(time.time() - started), "snapshots": trainee.snapshots.steps,
            },
            weights=pack_players(trainee.ema.network, trainee.discriminator), draft=step < max_steps,
            in_bytes=f"{JUDGE}.",
        )
        trainee.snapshots.write(run, checkpoint)
        write_curve(run / LOG, checkpoint)

    yield from fit(
        trainee, folder=run, schedule=Schedule(recipe.warmup_steps), batch_size=recipe.batch_size, seed=recipe.seed,
        steps=recipe.steps, minutes=recipe.minutes, first_step=first_step, on_save=save,
        save_every_seconds=save_every_seconds, snapshots=[2**power for power in range(3, 32)],
        on_snapshot=trainee.keep_snapshot,
    )


def architecture(recipe: GanRecipe) -> dict[str, Any]:
    """What `network.build` takes."""
    return {
        "kind": recipe.architecture, "latent": recipe.latent, "classes": recipe.classes,
        "widths": list(recipe.widths), "discriminator_widths": list(recipe.discriminator_widths),
    }


def describe(recipe: GanRecipe) -> tuple[int, int]:
    """(parameters of the generator, floating-point operations a training step).

    A network's backward pass costs twice its forward pass, and once where only the pictures' gradient is wanted.
    """
    generator, discriminator = build(architecture(recipe))
    noise, classes = torch.zeros(1, recipe.latent), torch.zeros(1, dtype=torch.long)
    pictures = torch.zeros(1, generator.channels, generator.side, generator.side)
    paint = _operations(lambda: generator.eval()(noise, classes))
    judge = _operations(lambda: discriminator.eval()(pictures, classes))
    rounds = recipe.discriminator_steps
    total = (rounds + 2) * paint + (rounds * 6 + 2) * judge
    return sum(weight.numel() for weight in generator.parameters()), total * recipe.batch_size


def _operations(run: Any) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run()
    return int(counter.get_total_flops())


def _trainee(recipe: GanRecipe, dataset: Dataset, device: Device) -> GanTrainee:
    side = build(architecture(recipe))[0].side
    if min(min(picture.shape[:2]) for picture in dataset.pictures) < side:
        raise LabError("training.wrong_size", data=dataset.name, side=side)
    if len(dataset.classes) != recipe.classes:
        raise LabError("gan.wrong_classes", data=dataset.name, got=recipe.classes, expected=len(dataset.classes))
    return GanTrainee(recipe, seen(dataset, side), torch.tensor(dataset.labels), device)
