"""Augmentation speed against torchvision v2 and, where one has it, AlbumentationsX.

Everybody runs on one thread and draws its own random numbers inside the clock; borders and interpolation
are the same. The clock counts processor time, which on one thread is time but for what other programs take.
Contestants take turns within each round and the ratio is the median of the rounds' own, so that what else
the machine does hits all alike. Rows that we do not win stand in the table too.

AlbumentationsX is under the AGPL and is never imported here: it runs in a Python of its own, which has it
installed, as a process that is asked over pipes to run one task at a time.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as PILImage
from torchvision.transforms import v2  # type: ignore[import-untyped]
from torchvision.transforms.v2 import InterpolationMode  # type: ignore[import-untyped]

from ..core.images import Image
from ..data.augment import Policy, Step, augment, augment_batch, make_step, policy
from ..data.datasets import photo
from ..data.pixels import centre_square, resize
from .peer import Peer

NOT_INSTALLED = "not installed"
_BATCH = 512
_LEAST_SECONDS = 0.08  # of one contestant in one round


@dataclass(frozen=True)
class Task:
    """One row's work: `pictures` of `side` px a call, and who does it.

    Attributes:
        peer: the name of the same task in peer.py, "" where AlbumentationsX has no counterpart.
        goals: ratios aimed at, by the first word of the peer's name.
    """

    name: str
    pictures: int
    ours: Callable[[], object]
    torchvision: dict[str, Callable[[], object]]
    peer: str
    goals: dict[str, float]


def measure(*, rounds: int = 15, peer_python: Path | None = None) -> dict[str, Any]:
    """{"rows": [...]}: for each task and peer, pictures a second of both and the median ratio (above 1: we are faster).

    peer_python: the Python of an environment with AlbumentationsX; without it its rows say "not installed".
    Raises LabError ``benchmark.failed`` when that Python cannot run it.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        np.save(folder / "one.npy", _photograph())
        np.save(folder / "many.npy", _small_pictures())
        peer = stack.enter_context(Peer(peer_python, folder)) if peer_python else None
        threads = torch.get_num_threads(), cv2.getNumThreads()
        stack.callback(torch.set_num_threads, threads[0])
        stack.callback(cv2.setNumThreads, threads[1])
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        rows = []
        for task in tasks():
            contestants = {"ours": _timed(task.ours), **{n: _timed(c) for n, c in task.torchvision.items()}}
            if task.peer and peer:
                contestants[peer.name] = peer.timed(task.peer)
            speeds = _race(contestants, rounds, task.pictures)
            for name in [*task.torchvision, *([peer.name if peer else "AlbumentationsX"] if task.peer else [])]:
                rows.append(_row(task, name, speeds, rounds))
    return {"rows": rows}


def _race(contestants: dict[str, Callable[[int], float]], rounds: int, pictures: int) -> dict[str, list[float]]:
    """Pictures a second of each contestant in each round."""
    repeats = {}
    for name, run in contestants.items():
        run(1)  # imports, caches, buffers
        repeats[name] = max(1, round(_LEAST_SECONDS / run(1)))
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            speeds[name].append(repeats[name] * pictures / run(repeats[name]))
    return speeds


def _row(task: Task, name: str, speeds: dict[str, list[float]], rounds: int) -> dict[str, Any]:
    row: dict[str, Any] = {"name": task.name, "ours": round(statistics.median(speeds["ours"])), "peer_name": name}
    if name in speeds:
        ratios = [mine / theirs for mine, theirs in zip(speeds["ours"], speeds[name], strict=True)]
        row |= {"peer": round(statistics.median(speeds[name])), "ratio": round(statistics.median(ratios), 2)}
    else:
        row |= {"peer": NOT_INSTALLED, "ratio": NOT_INSTALLED}
    return {**row, "goal": task.goals.get(name.split()[0]), "unit": "pictures/s", "rounds": rounds, "threads": 1}


def _timed(run: Callable[[], object]) -> Callable[[int], float]:
    def seconds(repeats: int) -> float:
        start = time.process_time()
        for _ in range(repeats):
            run()
        return time.process_time() - start

    return seconds


def tasks() -> list[Task]:
    """All rows, in the order of the table."""
    exact = policy("simclr", {"jitter": {"form": "hsv"}})
    jitter = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}
    theirs = v2.ColorJitter(**jitter)
    move = (
        make_step("rotate"), make_step("translate", {"distance": 10, "measure": "%"}), make_step("scale"),
        make_step("flip"),
    )  # fmt: skip
    bilinear: dict[str, Any] = {"interpolation": InterpolationMode.BILINEAR}
    apart = v2.Compose([
        v2.RandomRotation(15, **bilinear), v2.RandomAffine(0, translate=(0.1, 0.1), **bilinear),
        v2.RandomAffine(0, scale=(0.9, 1.1), **bilinear), v2.RandomHorizontalFlip(),
    ])  # fmt: skip
    at_once = v2.Compose([
        v2.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1), **bilinear), v2.RandomHorizontalFlip(),
    ])  # fmt: skip
    return [
        Task("32 px: SimCLR, batches", _BATCH, _our_batch(policy("simclr")), _their_batches(_simclr(), pil=True),
             "simclr-32", {"AlbumentationsX": 8, "torchvision": 25}),
        Task("32 px: SimCLR, batches, HSV hue", _BATCH, _our_batch(exact), _their_batches(_simclr(), pil=True),
             "simclr-32", {"AlbumentationsX": 4, "torchvision": 12}),
        Task("32 px: RandAugment, batches", _BATCH, _our_batch(_alone("randaugment")),
             _their_batches(v2.RandAugment(**bilinear)), "", {}),
        Task("32 px: TrivialAugment, batches", _BATCH, _our_batch(_alone("trivialaugment")),
             _their_batches(v2.TrivialAugmentWide(**bilinear)), "", {}),
        _single("256 px: rotate + translate + scale + flip", move, apart, "geometry-256",
                {"AlbumentationsX": 3, "torchvision": 8}),
        _single("256 px: the same, peers in one affine + flip", move, at_once, "affine-256", {}),
        _single("256 px: rotate", move[:1], v2.RandomRotation(15, **bilinear), "rotate-256",
                {"AlbumentationsX": 1.2, "torchvision": 2.5}),
        _single("256 px: colour jitter", (make_step("jitter", jitter),), theirs, "jitter-256",
                {"AlbumentationsX": 10}, pil=True),
        _single("256 px: colour jitter, HSV hue", (make_step("jitter", {**jitter, "form": "hsv"}),), theirs,
                "jitter-256", {}, pil=True),
        _single("256 px: random crop to 224", (make_step("crop", {"smallest": 0.2, "size": 224}),),
                v2.RandomResizedCrop(224, scale=(0.2, 1), antialias=True), "crop-224", {}),
        _single("256 px: random crop to 32", (make_step("crop", {"smallest": 0.2, "size": 32}),),
                v2.RandomResizedCrop(32, scale=(0.2, 1), antialias=True), "crop-32", {}),
        _single("256 px: brightness", (make_step("brightness"),), v2.ColorJitter(brightness=0.4), "brightness-256", {}),
        _single("256 px: grayscale", (make_step("grayscale", {"p": 1}),), v2.RandomGrayscale(1), "gray-256", {}),
        _single("256 px: flip", (make_step("flip", {"p": 1}),), v2.RandomHorizontalFlip(1), "flip-256", {}),
        _single("256 px: equalise", (make_step("equalise", {"p": 1}),), v2.RandomEqualize(1), "equalise-256", {}),
        _single("256 px: blur", (make_step("blur", {"smallest": 0.1, "largest": 2}),),
                v2.GaussianBlur(17, sigma=(0.1, 2)), "blur-256", {}),
    ]  # fmt: skip


def _alone(kind: str) -> Policy:
    return Policy(kind, (make_step(kind),), "constant")


def _simclr() -> v2.Transform:
    jitter = v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8)
    crop = v2.RandomResizedCrop(32, scale=(0.2, 1), antialias=True)
    return v2.Compose([crop, v2.RandomHorizontalFlip(), jitter, v2.RandomGrayscale(0.2)])


def _photograph() -> Image:
    """(256, 256, 3)."""
    return resize(centre_square(photo("chelsea")), (256, 256))


@cache
def _small_pictures() -> npt.NDArray[np.uint8]:
    """(_BATCH, 32, 32, 3): pieces of photographs of 64 to 192 px, made small."""
    random, photos = np.random.default_rng(0), [photo(name) for name in ("astronaut", "chelsea", "coffee", "rocket")]
    made = []
    for number in range(_BATCH):
        whole, side = photos[number % len(photos)], int(random.integers(64, 193))
        top, left = (int(random.integers(0, room - side)) for room in whole.shape[:2])
        made.append(resize(whole[top : top + side, left : left + side], (32, 32)))
    return np.stack(made)


def _our_batch(chosen: Policy) -> Callable[[], object]:
    pictures = torch.from_numpy(_small_pictures()).permute(0, 3, 1, 2).contiguous()
    indices, out, epochs = np.arange(_BATCH), torch.empty(_BATCH, 3, 32, 32), iter(range(10**9))
    return lambda: augment_batch(pictures, chosen, seed=0, epoch=next(epochs), indices=indices, view=0, out=out)


def _their_batches(transform: v2.Transform, *, pil: bool = False) -> dict[str, Callable[[], object]]:
    """torchvision draws once for whole batches, so its pictures go one by one, and into one float batch."""
    arrays = _small_pictures()
    tensors = list(torch.from_numpy(arrays).permute(0, 3, 1, 2).contiguous())
    images = [PILImage.fromarray(array) for array in arrays]
    made: dict[str, Callable[[], object]] = {}
    made["torchvision v2"] = lambda: torch.stack([transform(one) for one in tensors]).float() / 255
    if pil:
        to_tensor = v2.functional.pil_to_tensor
        made["torchvision v2 (PIL)"] = lambda: torch.stack([to_tensor(transform(i)) for i in images]).float() / 255
    return made


def _single(
    name: str,
    steps: tuple[Step, ...],
    transform: v2.Transform,
    peer: str,
    goals: dict[str, float],
    *,
    pil: bool = False,
) -> Task:
    """A task on one 256 px picture at a time. Outside the edge it is black, the only border of torchvision."""
    chosen, image, seeds = Policy("benchmark", steps, "constant"), _photograph(), iter(range(10**9))
    tensor, as_pil = torch.from_numpy(image).permute(2, 0, 1).contiguous(), PILImage.fromarray(image)
    made: dict[str, Callable[[], object]] = {"torchvision v2": lambda: transform(tensor)}
    if pil:
        made["torchvision v2 (PIL)"] = lambda: transform(as_pil)
    return Task(name, 1, lambda: augment(image, chosen, next(seeds)), made, peer, goals)
