"""`data prepare`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..core.errors import LabError
from ..data.datasets import NAMES, prepare
from ..text import explain
from .progress import bar


def data_prepare(arguments: argparse.Namespace) -> int:
    """Unpack or download the named data sets (all of them when none is named) into the cache.

    One that cannot be had is told in a line and does not keep the others from being prepared.
    """
    missing = 0
    for name in arguments.names or NAMES:
        try:
            _prepare(name, arguments.data)
        except LabError as error:
            missing += 1
            print(explain(error, arguments.language), file=sys.stderr)
    return 1 if missing else 0


def _prepare(name: str, data: Path | None) -> None:
    shown = ""
    for now in prepare(name, data):
        share = 1.0 if now.stage == "ready" else now.fraction
        step = f"{now.stage} {share:.1f}"
        if step != shown:  # every tenth: a log file wants no hundred lines
            shown = step
            bar(share, f"{name}: {now.stage}")
