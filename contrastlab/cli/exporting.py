"""`export`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..benchmark.export import exportable, measure
from ..core.checkpoint import save_metrics
from ..core.errors import LabError
from ..lab import Lab
from ..nn.export import write_onnx
from ..text import say


def export(arguments: argparse.Namespace) -> None:
    """Write a network as a file that runs without torch; with --measure also compare the two and keep the numbers."""
    lab = Lab(arguments.checkpoints, device="cpu")
    network = exportable(lab, arguments.name)
    out: Path = arguments.out or Path(f"{arguments.name}.{arguments.format}")
    part = out.with_name(f".{out.name}.part")
    try:
        write_onnx(network, part)
        part.replace(out)
    except OSError as error:
        raise LabError("cli.cannot_write", path=str(out), why=error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)
    inputs = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in network.example)
    print(say("cli.export.done", arguments.language, path=out, megabytes=out.stat().st_size / 1e6, inputs=inputs))
    if arguments.measure:
        found = measure(network, out)
        save_metrics(lab.checkpoints / arguments.name, {"onnx": found})
        print(json.dumps(found))
