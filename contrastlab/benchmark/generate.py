"""The form that our generators paint in against the network as it was trained, and one step of a slider.

"eager" is the network in evaluation mode as it left training: fp32, weights in PyTorch's own order, norms as layers
of their own. Both take turns within each round. bf16 is our form under autocast: its ratio and difference are told,
and the page paints in full precision all the same, so that a seed is the same picture on every machine.

Tried for gan-cifar10 and gan-flowers64 on one core with AVX-512 and AMX, against eager with 1 and with 16 pictures:
folded norms and channels_last alone 1.2 and 1.05; the doubling within a transposed convolution 1.2 to 1.3 and 1.4;
the doubling as one matrix product of nine taps 1.6 and 1.4, in wide layers only 1.6 and 1.55; the last layer four
pixels at once another .02. Reusing freed memory (malloc's thresholds) gained nothing. What is left of 16 pictures is
convolutions at 85 to 95 % of the processor's fp32 peak; in bf16 they are three times as fast, 10 levels off at worst.
gan-flowers64 has general 4x4 taps, of which none can be shared: 1.75 with one picture, 1.3 with 16.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..core.checkpoint import load_checkpoint
from ..core.images import encode_jpeg, encode_png
from ..lab import Lab
from ..models.gan.inference import Generator
from ..models.gan.network import build, load_players
from ..models.gan.players import GeneratorNetwork
from ..studies.morph import SIXTEEN, mosaic
from .rounds import milliseconds, race, ratio, timed

_GOAL_RATIO, _GOAL_STEP_MS = 1.5, 200.0
#: Levels of 255 by which a picture may differ from eager's.
_GOAL_DIFFERENCE = 1.0
_STEPS = 10  # of the slider in a round
_JPEG = 90


def measure(*, rounds: int = 15, checkpoints: Any = None) -> dict[str, Any]:
    """{"rows": [...]}: for one generator of each architecture, 1 and 16 pictures; then a slider's step with it.

    Of the pictures: milliseconds of "eager", "ours" and "bf16", the median ratios of eager to either (above 1: faster
    than eager), and the largest and mean difference from eager's pixels in levels of 255. Of the step: milliseconds
    that half and 95 % of the steps stay below, for painting and encoding one picture and the sixteen beside it.
    """
    lab = Lab(checkpoints, device="cpu")
    rows = []
    for name, eager in _networks(lab).items():
        generator = lab.generator(name)
        assert isinstance(generator, Generator)
        rows += [_painting_row(name, generator, eager, count, rounds) for count in (1, SIXTEEN)]
        rows.append(_step_row(name, generator, rounds))
    return {"rows": rows}


def _networks(lab: Lab) -> dict[str, GeneratorNetwork]:
    """Checkpoint -> the generator's network as it was trained; the first checkpoint of each architecture."""
    found: dict[str, GeneratorNetwork] = {}
    known = []
    for card in lab.models():
        if card.family != "gan":
            continue
        checkpoint = load_checkpoint(lab.checkpoints / card.name)
        if checkpoint.architecture in known:
            continue
        known.append(checkpoint.architecture)
        network, discriminator = build(checkpoint.architecture)
        load_players(checkpoint, network, discriminator)
        found[card.name] = network.eval().requires_grad_(False)
    return found


def _painting_row(name: str, generator: Generator, eager: GeneratorNetwork, count: int, rounds: int) -> dict[str, Any]:
    noise = torch.from_numpy(generator.latents(range(count)))
    classes = torch.arange(count) % len(generator.classes)

    def in_bf16() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return generator.network(noise, classes)  # type: ignore[no-any-return]

    contestants = {"eager": lambda: eager(noise, classes), "ours": lambda: generator.network(noise, classes),
                   "bf16": in_bf16}
    with torch.inference_mode():
        # Pixels in [-1, 1].
        apart = {key: (contestants[key]() - contestants["eager"]()).abs() * 127.5 for key in ("ours", "bf16")}
        seconds = race({key: timed(work) for key, work in contestants.items()}, rounds)
    row: dict[str, Any] = {"name": "pictures", "model": name, "pictures": count}
    row |= {f"{key}_ms": milliseconds(each) for key, each in seconds.items()}
    for key, levels in apart.items():
        row[f"{key}_ratio"] = ratio(seconds["eager"], seconds[key])
        row[f"{key}_difference"], row[f"{key}_difference_mean"] = (
            float(f"{each.item():.2g}") for each in (levels.max(), levels.mean())
        )
    goals = {"goal_ratio": _GOAL_RATIO, "goal_difference": _GOAL_DIFFERENCE}
    return {**row, **goals, "rounds": rounds, "threads": torch.get_num_threads()}


def _step_row(name: str, generator: Generator, rounds: int) -> dict[str, Any]:
    """What the page does when a slider has moved: the picture, then the sixteen, painted and encoded."""
    main, others = generator.latents([0]), generator.latents(range(SIXTEEN))
    kinds = [seed % len(generator.classes) for seed in range(SIXTEEN)]
    seconds = []
    for place in range(2 + rounds * _STEPS):
        moved = np.float32(place % _STEPS / _STEPS)
        start = time.perf_counter()
        encode_png(generator.paint(main + moved, [0])[0])
        together = mosaic(generator.paint(others + moved, kinds))
        encode_png(together) if generator.side <= 32 else encode_jpeg(together, _JPEG)
        seconds.append(time.perf_counter() - start)
    half, most = np.percentile(seconds[2:], [50, 95])  # the first two warm up
    return {
        "name": "slider step", "model": name, "pictures": 1 + SIXTEEN, "p50_ms": round(1000 * float(half), 1),
        "p95_ms": round(1000 * float(most), 1), "goal_ms": _GOAL_STEP_MS, "rounds": rounds, "steps": _STEPS,
        "threads": torch.get_num_threads(),
    }
