"""`data prepare`."""

from __future__ import annotations

import argparse

from ..data.datasets import NAMES, prepare
from .progress import bar


def data_prepare(arguments: argparse.Namespace) -> None:
    """Unpack or download the named data sets (all of them when none is named) into the cache."""
    for name in arguments.names or NAMES:
        shown = ""
        for now in prepare(name, arguments.data):
            share = 1.0 if now.stage == "ready" else now.fraction
            step = f"{now.stage} {share:.1f}"
            if step != shown:  # every tenth: a log file wants no hundred lines
                shown = step
                bar(share, f"{name}: {now.stage}")
