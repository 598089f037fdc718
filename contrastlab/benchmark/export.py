"""An exported network by onnxruntime against the same one by torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import torch

from ..core.errors import LabError
from ..lab import Lab
from ..nn.export import RUNNING, Exportable, check_installed
from .rounds import milliseconds, race, ratio, timed

#: Pictures at once.
_COUNTS = (1, 16)
_GOAL_DIFFERENCE = 1e-3


def exportable(lab: Lab, name: str) -> Exportable:
    """What can be exported of a checkpoint.

    Raises LabError ``checkpoint.unknown``, or ``export.unsupported`` for an autoencoder that paints nothing out of
    noise.
    """
    families = {card.name: card.family for card in lab.models()}
    if name not in families:
        raise LabError("checkpoint.unknown", name=name, options=", ".join(families))
    if name in lab.generators():
        generator = lab.generator(name)
        return generator.exported(generator.network)  # type: ignore[attr-defined]
    if families[name] == "encoder":
        return lab.encoder(name).exportable()  # type: ignore[attr-defined]
    if families[name] == "restorer":
        return lab.restorer(name).exportable()
    raise LabError("export.unsupported", name=name)


def measure(network: Exportable, path: Path, *, rounds: int = 15) -> dict[str, Any]:
    """The ONNX file at `path` beside the network it was written from, on the CPU, with as many threads each:
    {"megabytes", "difference": largest, of numbers about 1, "goal_difference", "rows": [{"pictures", "torch_ms",
    "onnx_ms", "ratio": torch to onnxruntime, above 1 where the file is faster}], "rounds", "threads"}.

    Raises LabError ``export.missing``.
    """
    check_installed(RUNNING)
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    rows, apart = [], 0.0
    for count in _COUNTS:
        inputs = tuple(torch.cat([tensor[:1]] * count) for tensor in network.inputs)
        fed = {name: tensor.numpy() for (name, _), tensor in zip(network.example, inputs, strict=True)}
        runs = {"torch": partial(network.function, *inputs), "onnx": partial(session.run, None, fed)}
        with torch.inference_mode():
            (given,) = runs["onnx"]()
            apart = max(apart, float((torch.from_numpy(given) - runs["torch"]()).abs().max()))
            seconds = race({name: timed(run) for name, run in runs.items()}, rounds)
        rows.append({
            "pictures": count, **{f"{key}_ms": milliseconds(each) for key, each in seconds.items()},
            "ratio": ratio(seconds["torch"], seconds["onnx"]),
        })
    return {
        "megabytes": round(path.stat().st_size / 1e6, 2), "difference": float(f"{apart:.2g}"),
        "goal_difference": _GOAL_DIFFERENCE, "rows": rows, "rounds": rounds, "threads": torch.get_num_threads(),
    }
