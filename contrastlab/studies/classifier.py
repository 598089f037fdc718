"""The small classifier that generated pictures are judged by: what it learns from them is what they hold.

One network, one way of training, stated once and tuned on nothing, so that two scores differ by the pictures alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.device import Device
from ..core.images import Image
from ..data.augment import augment_batch, policy
from ..data.seen import view
from ..nn.blocks import ConvNormAct
from ..training.loop import Schedule, batch_indices

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """How it is trained: SGD with Nesterov momentum .9, the rate warmed up for a tenth of the steps, then a cosine.

    Attributes:
        steps, batch_size: of the training, however many pictures there are; fewer pictures make smaller batches.
        rate, weight_decay: the peak learning rate, and what weights are pulled to zero by.
        policy: how pictures are changed while training, see data.augment; None: not at all.
        side: it sees pictures at this side, or at their own if that is smaller, in pixels.
        widths: channels of its three stages.
    """

    steps: int = 1000
    batch_size: int = 128
    rate: float = 0.2
    weight_decay: float = 5e-4
    policy: str | None = "light"
    side: int = 32
    widths: tuple[int, int, int] = (64, 128, 256)
    seed: int = 0


class SmallClassifier(nn.Sequential):
    """(N, 3, S, S) float32 in [0, 1], S even and at least 16 -> logits (N, classes).

    Each 2x2 square of pixels becomes one place of 12 channels; then five 3x3 convolutions with BatchNorm and ReLU,
    halving the side at each new width, the maximum over what is left, and a linear layer.
    """

    def __init__(self, classes: int, widths: tuple[int, int, int]) -> None:
        first, second, third = widths
        super().__init__(
            nn.PixelUnshuffle(2), ConvNormAct(12, first), ConvNormAct(first, second, pool=True),
            ConvNormAct(second, second), ConvNormAct(second, third, pool=True), ConvNormAct(third, third),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(third, classes),
        )


def train_classifier(
    pictures: Image,
    labels: npt.NDArray[np.int64],
    classes: int,
    device: Device,
    settings: ClassifierSettings = ClassifierSettings(),
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> SmallClassifier:
    """A classifier taught by pictures uint8 (N, S, S, 3) and their labels (N,), in evaluation mode.

    `on_progress` hears the share done, 0 to 1. Raises LabError ``training.too_few`` without a picture.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        classifier = SmallClassifier(classes, settings.widths)
    classifier = classifier.to(device.torch).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        classifier.parameters(), lr=settings.rate, momentum=0.9, nesterov=True, weight_decay=settings.weight_decay
    )
    schedule, changes = Schedule(settings.steps // 10), settings.policy and policy(settings.policy)
    bank, targets = _seen(pictures, settings.side).to(device.torch), torch.from_numpy(np.array(labels))
    size = max(1, min(settings.batch_size, len(bank)))
    classifier.train()
    for step in range(settings.steps):
        epoch, indices = batch_indices(len(bank), size, seed=settings.seed, step=step)
        batch = bank[indices.to(device.torch)]
        if changes:
            batch = augment_batch(batch, changes, seed=settings.seed, epoch=epoch, indices=indices, view=0)
        else:
            batch = batch.float() / 255
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * schedule.factor(step, settings.steps)
        with device.autocast():
            logits = classifier(batch.to(memory_format=torch.channels_last))
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(logits.float(), targets[indices].to(device.torch)).backward()
        optimizer.step()
        if (step + 1) % 20 == 0:
            on_progress((step + 1) / settings.steps)
    on_progress(1.0)
    return classifier.eval()


@torch.inference_mode()
def classify(
    classifier: SmallClassifier, pictures: Image, device: Device, settings: ClassifierSettings = ClassifierSettings()
) -> npt.NDArray[np.int64]:
    """What it takes each of the pictures uint8 (N, S, S, 3) for: class numbers (N,)."""
    answers = []
    for chunk in _seen(pictures, settings.side).split(_CHUNK):
        pixels = chunk.to(device.torch).float().div_(255).to(memory_format=torch.channels_last)
        with device.autocast():
            answers.append(classifier(pixels).argmax(dim=1).cpu())
    found: npt.NDArray[np.int64] = torch.cat(answers).numpy()
    return found


def _seen(pictures: Image, side: int) -> Tensor:
    """The pictures as the classifier gets them: uint8 (N, 3, S, S), shrunk to `side` if they are larger."""
    if len(pictures) and pictures.shape[1] > side:
        pictures = np.stack([view(picture, side) for picture in pictures])
    return torch.from_numpy(np.array(pictures.transpose(0, 3, 1, 2)))
