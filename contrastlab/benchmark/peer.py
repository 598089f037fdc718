"""AlbumentationsX in a process of its own, asked over pipes to run one task at a time."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from ..core.errors import LabError

#: Runs under the other Python; nothing of it is imported here. Argument names are those of 2.5, where
#: unknown ones are only warned about, so warnings are errors.
SCRIPT = """
import json, sys, time, warnings
warnings.simplefilter("error")
import albumentations as A
import cv2
import numpy as np
cv2.setNumThreads(1)
try:
    import torch
    torch.set_num_threads(1)
except ImportError:
    pass

def single(steps):
    image, chain = np.load(sys.argv[1] + "/one.npy"), A.Compose(steps, seed=0, telemetry=False)
    return lambda: chain(image=image)["image"]

def batch(steps):
    images, chain = np.load(sys.argv[1] + "/many.npy"), A.Compose(steps, seed=0, telemetry=False)
    out = np.empty((len(images), 3, 32, 32), np.float32)
    def run():
        for i, image in enumerate(images):
            out[i] = chain(image=image)["image"].transpose(2, 0, 1)
        np.multiply(out, 1 / 255, out=out)
    return run

jitter = dict(brightness_range=(.6, 1.4), contrast_range=(.6, 1.4), saturation_range=(.6, 1.4), hue_range=(-.1, .1))
affine = dict(interpolation=cv2.INTER_LINEAR, border_mode=cv2.BORDER_CONSTANT, p=1)
share = {"x": (-.1, .1), "y": (-.1, .1)}
rotate = A.Rotate(angle_range=(-15, 15), interpolation=cv2.INTER_LINEAR, border_mode=cv2.BORDER_CONSTANT, p=1)
tasks = {
    "simclr-32": lambda: batch([
        A.RandomResizedCrop((32, 32), scale=(.2, 1)), A.HorizontalFlip(p=.5), A.ColorJitter(**jitter, p=.8),
        A.ToGray(p=.2)]),
    "geometry-256": lambda: single([
        rotate, A.Affine(translate_percent=share, **affine), A.Affine(scale=(.9, 1.1), **affine),
        A.HorizontalFlip(p=.5)]),
    "affine-256": lambda: single([
        A.Affine(rotate=(-15, 15), translate_percent=share, scale=(.9, 1.1), **affine), A.HorizontalFlip(p=.5)]),
    "rotate-256": lambda: single([rotate]),
    "jitter-256": lambda: single([A.ColorJitter(**jitter, p=1)]),
    "crop-224": lambda: single([A.RandomResizedCrop((224, 224), scale=(.2, 1), p=1)]),
    "crop-32": lambda: single([A.RandomResizedCrop((32, 32), scale=(.2, 1), area_for_downscale="image", p=1)]),
    "brightness-256": lambda: single([A.ColorJitter((.6, 1.4), (1, 1), (1, 1), (0, 0), p=1)]),
    "gray-256": lambda: single([A.ToGray(p=1)]),
    "flip-256": lambda: single([A.HorizontalFlip(p=1)]),
    "equalise-256": lambda: single([A.Equalize(p=1)]),
    "blur-256": lambda: single([A.GaussianBlur(blur_range=(17, 17), sigma_range=(.1, 2), p=1)]),
}
print(json.dumps({"version": A.__version__}), flush=True)
made = {}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["task"] not in made:
        made[asked["task"]] = tasks[asked["task"]]()
    run = made[asked["task"]]
    start = time.process_time()
    for _ in range(asked["repeats"]):
        run()
    print(json.dumps({"seconds": time.process_time() - start}), flush=True)
"""


class Peer:
    """AlbumentationsX under `python`, for a `with` block; `name` then says its version.

    `folder` holds the pictures: one.npy, uint8 (H, W, 3), and many.npy, uint8 (N, 32, 32, 3).
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.name = "AlbumentationsX"

    def __enter__(self) -> Peer:
        quiet = {"ALBUMENTATIONS_OFFLINE": "1", "NO_ALBUMENTATIONS_UPDATE": "1", "OMP_NUM_THREADS": "1"}
        try:
            self._process = subprocess.Popen(
                [str(self.python), "-c", SCRIPT, str(self.folder)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={**os.environ, **quiet},
            )  # fmt: skip
        except OSError as error:
            raise LabError("benchmark.failed", why=str(error)) from None
        try:
            self.name = f"AlbumentationsX {self._answer()['version']}"
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        """End the process: it stops when nothing more can be asked."""
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def timed(self, task: str) -> Callable[[int], float]:
        """Seconds that so many repeats of the task take there."""

        def seconds(repeats: int) -> float:
            assert self._process.stdin
            self._process.stdin.write(json.dumps({"task": task, "repeats": repeats}) + "\n")
            self._process.stdin.flush()
            return float(self._answer()["seconds"])

        return seconds

    def _answer(self) -> dict[str, Any]:
        return answer(self._process, who=str(self.python))


def answer(process: subprocess.Popen[str], *, who: str) -> dict[str, Any]:
    """The next line of JSON that a peer's process says.

    Raises LabError ``benchmark.failed`` with the last line of its complaint, or with `who`, if it says nothing more.
    """
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    if not line:
        said = process.stderr.read().strip().splitlines()
        raise LabError("benchmark.failed", why=said[-1] if said else who)
    told: dict[str, Any] = json.loads(line)
    return told
