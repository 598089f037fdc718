"""The restorer against OpenCV's colour non-local means on the same picture, whole against tiles, and its memory.

"ours" is what the page calls: the picture in, the repaired picture out. Both use as many threads as they like, and take
turns within each round. The memory is that of a process that does nothing else, at its highest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ..core.errors import LabError
from ..core.images import Image
from ..data.datasets import photo
from ..data.degrade import degrade
from ..data.pixels import resize, whole
from ..lab import Lab
from ..metrics.fidelity import psnr
from ..models.restorer.classical import repair
from ..models.restorer.inference import MOST, Findings, Repairer
from .rounds import milliseconds, race, ratio, timed

#: The size that denoising is timed at, width and height, and the noise.
SIZE, NOISE = (481, 321), 25
_TOLD = Findings(NOISE, 100, 0)
#: A picture of several tiles that still fits in one piece.
_TILED = (1100, 820)
_GOAL_RATIO, _GOAL_LEVELS, _GOAL_MEGABYTES = 1.0, 1, 2048

#: Repairs a picture of so many pixels and says what the process needed at most, in megabytes.
_ALONE = """
import os, resource, sys
import numpy as np
from pathlib import Path
from contrastlab.core.memory import resident
from contrastlab.lab import Lab
from contrastlab.models.restorer.inference import Findings
folder, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
Lab(Path(folder), device="cpu").restorer().restore(picture, told=Findings(25, 100, 0))
most = resident(os.getpid(), most=True)
if most is None:  # elsewhere than on Linux, where this begins with what the process that started this one had
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 2**10)
print(most / 2**20)
"""


def measure(*, rounds: int = 15, checkpoints: Path | None = None, pixels: int = MOST) -> dict[str, Any]:
    """{"rows": [...]}, a row each for:

    "against NLM": milliseconds of "ours" and of OpenCV ("peer"), the median ratio of the two (above 1: we are
    faster), and the decibels of both. "tiles": milliseconds in tiles and in one piece, and the largest and mean
    difference in levels. "memory": megabytes that a process with a picture of `pixels` needs at most, and seconds.
    Raises LabError ``benchmark.failed`` where that process fails, and what `Lab.restorer` raises.
    """
    lab = Lab(checkpoints, device="cpu")
    repairer = lab.restorer()
    rows = [_against_peer(repairer, rounds), _tiles(repairer, max(1, rounds // 5)), _memory(lab.checkpoints, pixels)]
    return {"rows": rows}


def _scene(size: tuple[int, int]) -> tuple[Image, Image]:
    """A clean picture and a noisy one."""
    clean = resize(photo("chelsea"), size)
    return clean, degrade(clean, [("noise", {"noise": NOISE})]).image


def _against_peer(repairer: Repairer, rounds: int) -> dict[str, Any]:
    clean, noisy = _scene(SIZE)
    contestants = {"ours": lambda: repairer.restore(noisy, told=_TOLD), "peer": lambda: repair("nlm", noisy, _TOLD)}
    seconds = race({name: timed(work) for name, work in contestants.items()}, rounds)
    decibels = {f"{name}_psnr": round(psnr(work(), clean), 2) for name, work in contestants.items()}
    return {
        "name": "against NLM", "width": SIZE[0], "height": SIZE[1], "noise": NOISE,
        **{f"{name}_ms": milliseconds(each) for name, each in seconds.items()},
        "peer_name": f"OpenCV {cv2.__version__} fastNlMeansDenoisingColored",
        "ratio": ratio(seconds["peer"], seconds["ours"]), **decibels, "goal_ratio": _GOAL_RATIO, "rounds": rounds,
        "threads": torch.get_num_threads(), "peer_threads": cv2.getNumThreads(),
    }


def _tiles(repairer: Repairer, rounds: int) -> dict[str, Any]:
    noisy = _scene(_TILED)[1]
    levels = noisy.astype(np.float32)

    def in_one() -> Image:
        return whole(repairer.repair(levels, None, _TOLD))

    def in_tiles() -> Image:
        return repairer.restore(noisy, told=_TOLD)

    seconds = race({"tiles": timed(in_tiles), "whole": timed(in_one)}, rounds)
    apart = np.abs(in_tiles().astype(int) - in_one())
    return {
        "name": "tiles", "width": _TILED[0], "height": _TILED[1],
        **{f"{name}_ms": milliseconds(each) for name, each in seconds.items()},
        "difference": int(apart.max()), "difference_mean": float(f"{apart.mean():.2g}"),
        "goal_difference": _GOAL_LEVELS, "rounds": rounds, "threads": torch.get_num_threads(),
    }


def _memory(checkpoints: Path, pixels: int) -> dict[str, Any]:
    width = round(pixels**0.5)
    height = pixels // width
    start = time.perf_counter()
    command = [sys.executable, "-c", _ALONE, str(checkpoints.resolve()), str(width), str(height)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError("benchmark.failed", why=done.stderr.strip().splitlines()[-1][:200])
    return {
        "name": "memory", "width": width, "height": height, "megabytes": round(json.loads(done.stdout)),
        "goal_megabytes": _GOAL_MEGABYTES, "seconds": round(time.perf_counter() - start, 1),
        "threads": torch.get_num_threads(),
    }
