"""Training an encoder: changed views of every picture, and one of five losses, without labels or with."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ...core.checkpoint import Checkpoint, load_fitting_weights, save_checkpoint
from ...core.device import Device
from ...core.errors import LabError
from ...core.knobs import Choice
from ...data.augment import augment_batch, policy
from ...data.datasets import Dataset
from ...data.seen import seen
from ...metrics.retrieval import knn_accuracy
from ...nn.blocks import Whitening
from ...training.ema import Ema
from ...training.loop import Progress, Schedule, batch_indices, fit
from .losses import nt_xent, pair_margin, supcon, triplet_margin
from .network import CIFAR_MEAN, CIFAR_STD, Encoder, check_side
from .start import begin

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
    method: str  # "simclr" needs no labels; "supcon", "pair", "triplet" and "supervised" do
    side: int  # pixels a side of what the network sees; other pictures are brought to it once, as `data.seen.view` does
    policy: str  # augmentation policy that makes the views
    views: int  # of each picture a step: 2, or for "supervised" and "supcon" 1
    hue: str  # of the policy's jitter, if it has one: "yiq" is fast, "hsv" is torchvision's
    widths: tuple[int, ...]  # channels of the stages, three or more; the last is the embedding's dimension
    stem: int  # channels of the 2x2 stem
    head_hidden: int  # hidden width of the projection head
    projection: int  # dimension of the projection; of "supervised" a score a class
    start: str  # how the weights begin, see `start.begin`
    temperature: float  # of "simclr" and "supcon"; Chen et al. 2020 use .1 to .5
    margin: float  # of "pair" (Euclidean distance of projections) and "triplet" (cosine)
    label_smoothing: float  # of "supervised": the share of the target spread over all classes
    batch_size: int  # pictures a step
    learning_rate: float  # peak, of SGD with Nesterov momentum
    momentum: float
    weight_decay: float  # on weights of two and more dimensions; norms and biases are spared
    clip_norm: float  # longest gradient let through, 2-norm over all weights
    warmup_steps: int
    ema_decay: float
    whitening: float  # strength, 0 to 1, with which the finished embedding is whitened; 0 for not at all
    steps: int  # 0 if `minutes` decides
    minutes: float  # 0 if `steps` decides
    seed: int


def _supervised(views: Sequence[Tensor], labels: Tensor, recipe: EncoderRecipe) -> Tensor:
    """The yardstick: the "projection" is a score a class, and every view has to be classified."""
    targets = torch.cat([labels] * len(views))
    return F.cross_entropy(torch.cat(list(views)), targets, label_smoothing=recipe.label_smoothing)


def _supcon(views: Sequence[Tensor], labels: Tensor, recipe: EncoderRecipe) -> Tensor:
    """Every view beside all others. With labels one view of each picture will do: twins are there without a second."""
    return supcon(torch.cat(list(views)), torch.cat([labels] * len(views)), temperature=recipe.temperature)


def _pair(views: Sequence[Tensor], labels: Tensor, recipe: EncoderRecipe) -> Tensor:
    """Each picture beside one of its own label's views (its twin) and beside its neighbour in the batch."""
    first, second = views
    same = torch.cat([torch.ones_like(labels, dtype=torch.bool), labels == labels.roll(1)])
    return pair_margin(torch.cat([first, first]), torch.cat([second, second.roll(1, 0)]), same, margin=recipe.margin)


def _triplet(views: Sequence[Tensor], labels: Tensor, recipe: EncoderRecipe) -> Tensor:
    """Each picture, its twin, and its neighbour in the batch where that has another label."""
    first, second = views
    other = labels != labels.roll(1)
    if not other.any():
        return (first * 0).sum()  # a batch of one label teaches nothing, but still has a gradient: none
    return triplet_margin(first[other], second[other], second.roll(1, 0)[other], margin=recipe.margin)


#: Method -> loss of (the views' projections, labels, recipe).
LOSSES: Mapping[str, Callable[[Sequence[Tensor], Tensor, EncoderRecipe], Tensor]] = {
    "simclr": lambda views, _, recipe: nt_xent(views[0], views[1], temperature=recipe.temperature),
    "supcon": _supcon,
    "pair": _pair,
    "triplet": _triplet,
    "supervised": _supervised,
}


def check_method(recipe: EncoderRecipe) -> None:
    """Raises LabError ``knob.unknown_choice``, ``encoder.views`` or ``encoder.two_views``."""
    Choice("method", tuple(LOSSES), "simclr").check(recipe.method)
    if recipe.views not in (1, 2):
        raise LabError("encoder.views", got=recipe.views)
    if recipe.views != 2 and recipe.method not in ("supervised", "supcon"):
        raise LabError("encoder.two_views", method=recipe.method, got=recipe.views)


class EncoderTrainee:
    """Network, optimiser and average, stepped by `training.loop.fit`."""

    def __init__(self, recipe: EncoderRecipe, pictures: Tensor, labels: Tensor, device: Device) -> None:
        """`pictures` uint8 (N, 3, side, side), `labels` int64 (N,), both kept on the device."""
        check_method(recipe)
        check_side(recipe.side, recipe.widths)
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.pictures, self.labels = pictures.to(device.torch), labels.to(device.torch)
        self.device = device
        network = Encoder(**architecture(recipe))
        begin(network, recipe.start, pictures)
        self.network = network.to(device.torch).to(memory_format=torch.channels_last)
        self.ema = Ema(self.network, decay=recipe.ema_decay)
        jitters = any(step.id == "jitter" for step in policy(recipe.policy).steps)
        self.policy = policy(recipe.policy, {"jitter": {"form": recipe.hue}} if jitters else {})
        self.optimizer = torch.optim.SGD(
            _decay_groups(self.network, recipe.weight_decay), lr=recipe.learning_rate, momentum=recipe.momentum,
            nesterov=True,
        )

    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        return [self.optimizer]

    def step(self, step: int) -> Mapping[str, float]:
        recipe = self.recipe
        epoch, indices = batch_indices(len(self.pictures), recipe.batch_size, seed=recipe.seed, step=step)
        chosen = indices.to(self.device.torch)
        batch = self.pictures[chosen]
        views = [
            augment_batch(batch, self.policy, seed=recipe.seed, epoch=epoch, indices=indices.numpy(), view=number)
            for number in range(recipe.views)
        ]
        self.network.train()
        # One pass over all views: BatchNorm then sees them as one population, and big batches run faster.
        with self.device.autocast():
            _, projections = self.network(torch.cat(views))
        loss = LOSSES[recipe.method](projections.float().chunk(recipe.views), self.labels[chosen], recipe)
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
    """Train on `dataset`'s pictures, seen at the recipe's side, and write `checkpoint`: a draft until the last step.

    State and log go to the folder `run`; a run found there is resumed. `init` gives the weights to start from
    and `first_step` where on the schedule; of an `init` with another projection head, as after another method,
    what does not fit is made anew, and the checkpoint's training facts name it.
    Raises LabError ``training.no_labels`` if the method needs labels and there are none, and those of `check_method`,
    `check_side`, `start.begin`, `load_fitting_weights` and `fit`.
    """
    if recipe.method != "simclr" and not dataset.classes:
        raise LabError("training.no_labels", method=recipe.method, data=dataset.name)
    pictures = seen(dataset, recipe.side)
    held_out, rest = _hold_out(len(pictures), recipe.seed)
    labels = torch.from_numpy(np.array(dataset.labels))
    trainee = EncoderTrainee(recipe, pictures[rest], labels[rest], device)
    facts: dict[str, Any] = {"recipe": asdict(recipe)}
    if init is not None:
        anew = load_fitting_weights(trainee.network, init, may_differ=("head.", "backbone.whitening."))
        trainee.ema = Ema(trainee.network, decay=recipe.ema_decay)
        facts["init"] = {"name": init.name, "sha256": init.sha256, "step": first_step, "anew": list(anew)}
    started = time.time()

    def save(step: int, max_steps: int) -> None:
        finished = _finished(trainee, pictures, rest)
        watched = None
        if dataset.classes:
            watched = _watch(finished, device, pictures, dataset.labels, held_out, rest)
        save_checkpoint(
            checkpoint, family="encoder", architecture=architecture(recipe), preprocessing=preprocessing(recipe.side),
            training={
                **facts, "step": step, "max_steps": max_steps,
                "data": dataset.name, "pictures": len(rest), "device": device.kind, "precision": device.precision,
                "seconds_since_resumed": round(time.time() - started),
                "knn_on_held_out_training_pictures": watched,
            },
            weights=finished.state_dict(), draft=step < max_steps,
        )

    yield from fit(
        trainee, folder=run, schedule=Schedule(recipe.warmup_steps), batch_size=recipe.batch_size, seed=recipe.seed,
        steps=recipe.steps, minutes=recipe.minutes, first_step=first_step, on_save=save,
        save_every_seconds=save_every_seconds,
    )


def preprocessing(side: int) -> dict[str, Any]:
    """How a picture becomes the network's input, as checkpoints tell it; `data.seen.view` does it."""
    return {"side": side, "crop": "centre square", "range": [0.0, 1.0], "mean": CIFAR_MEAN, "std": CIFAR_STD}


def architecture(recipe: EncoderRecipe) -> dict[str, Any]:
    """The keyword arguments of `Encoder`."""
    return {
        "widths": list(recipe.widths), "stem": recipe.stem, "head_hidden": recipe.head_hidden,
        "projection": recipe.projection, **({"whitened": True} if recipe.whitening else {}),
    }


def _hold_out(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Indices kept aside for watching, and all others. A tiny data set gives a tenth."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    kept = min(HELD_OUT, count // 10)
    return order[:kept], order[kept:]


def _finished(trainee: EncoderTrainee, pictures: Tensor, rest: Tensor) -> Encoder:
    """The averaged network as it is handed out: in evaluation mode, whitened by what it was trained on."""
    network = copy.deepcopy(trainee.ema.network).eval()
    if isinstance(network.backbone.whitening, Whitening):
        features = _in_chunks(network.backbone.features, pictures[rest[:_BANK]], trainee.device)
        network.backbone.whitening.fit(features, trainee.recipe.whitening)
    return network


@torch.inference_mode()
def _in_chunks(layers: Callable[[Tensor], Tensor], pictures: Tensor, device: Device) -> Tensor:
    """What `layers` make of pictures uint8 (N, 3, S, S), in float32."""
    rows = []
    for chunk in pictures.split(500):
        with device.autocast():
            rows.append(layers(chunk.to(device.torch).float() / 255).float())
    return torch.cat(rows)


def _watch(
    network: Encoder, device: Device, pictures: Tensor, labels: Any, held_out: Tensor, rest: Tensor
) -> float:
    """kNN accuracy of held-out training pictures: a curve to watch, not a result."""

    def embed(indices: Tensor) -> Any:
        return F.normalize(_in_chunks(network.backbone, pictures[indices], device), dim=1).cpu().numpy()

    bank = rest[:_BANK]
    k = min(20, len(bank))
    right = knn_accuracy(embed(bank), labels[bank.numpy()], embed(held_out), labels[held_out.numpy()], k=k)
    return round(right, 4)


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    matrices = [weight for weight in trained if weight.ndim > 1]
    vectors = [weight for weight in trained if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


def describe(recipe: EncoderRecipe) -> tuple[int, int]:
    """(parameters, floating-point operations a training step): each view forward once and backward at twice that."""
    check_method(recipe)
    check_side(recipe.side, recipe.widths)
    network = Encoder(**architecture(recipe)).eval()
    parameters = sum(weight.numel() for weight in network.parameters())
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, recipe.side, recipe.side))
    return parameters, int(counter.get_total_flops()) * 3 * recipe.views * recipe.batch_size
