"""`benchmark` and what there is to measure."""

from __future__ import annotations

import argparse
import json
from typing import Any


def benchmark_augment(arguments: argparse.Namespace) -> None:
    """Ratios of augmentation speed, side by side with the libraries a user would pick instead."""
    from ..benchmark.augment import measure

    _show(measure(rounds=arguments.rounds, peer_python=arguments.peer_python), arguments.json)


def benchmark_app(arguments: argparse.Namespace) -> None:
    """One slider step of the page against a bare app that returns the same picture unchanged."""
    from ..benchmark.app import measure

    _show(measure(rounds=arguments.rounds), arguments.json)


def benchmark_search(arguments: argparse.Namespace) -> None:
    """Exact search against a flat faiss index, and the time that one picture takes to embed."""
    from ..benchmark.search import measure

    _show(measure(rounds=arguments.rounds, peer_python=arguments.peer_python), arguments.json)


def benchmark_generate(arguments: argparse.Namespace) -> None:
    """The form that generators paint in against the network as it was trained, and a slider's step."""
    from ..benchmark.generate import measure

    _show(measure(rounds=arguments.rounds, checkpoints=arguments.checkpoints), arguments.json)


def benchmark_restore(arguments: argparse.Namespace) -> None:
    """The restorer against OpenCV's non-local means, tiles against the whole, and its memory."""
    from ..benchmark.restore import measure

    _show(measure(rounds=arguments.rounds, checkpoints=arguments.checkpoints), arguments.json)


def benchmark_load(arguments: argparse.Namespace) -> None:
    """A class at work on the page, and on a bare app."""
    from ..benchmark.load import measure

    found = measure(clients=arguments.clients, seconds=arguments.seconds, checkpoints=arguments.checkpoints)
    _show(found, arguments.json)


def benchmark_start(arguments: argparse.Namespace) -> None:
    """From the command to the first answer against an empty Gradio app, and memory after some use."""
    from ..benchmark.start import measure

    _show(measure(rounds=arguments.rounds, checkpoints=arguments.checkpoints), arguments.json)


def benchmark_all(arguments: argparse.Namespace) -> None:
    """All of them in one table."""
    from ..benchmark.everything import measure

    found = measure(
        rounds=arguments.rounds, clients=arguments.clients, seconds=arguments.seconds,
        peer_python=arguments.peer_python, checkpoints=arguments.checkpoints,
    )
    _show(found, arguments.json)


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for row in result["rows"]:
        print("  ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
                        for name, value in row.items()))
