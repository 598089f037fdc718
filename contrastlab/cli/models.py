"""`models` and `selfcheck`."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from ..core.checkpoint import list_checkpoints, read_config
from ..core.errors import LabError
from ..core.hub import checkpoints_folder
from ..core.images import Image
from ..lab import Lab
from ..text import explain, say


def models(arguments: argparse.Namespace) -> None:
    """List the checkpoints; with --write-cards also write their cards and the README's tables from the numbers."""
    if arguments.write_cards:
        from ..cards import write_cards

        for path in write_cards(checkpoints_folder().parent):
            print(path)
        return
    for card in Lab(arguments.checkpoints).models():
        if arguments.json:
            print(json.dumps({"name": card.name, "family": card.family, "draft": card.draft, "metrics": card.metrics}))
            continue
        draft = say("cli.models.draft", arguments.language, **_steps(card.training)) if card.draft else ""
        print(f"{card.name}  {card.family}  {draft}".rstrip())


def selfcheck(arguments: argparse.Namespace) -> int:
    """Versions first, then every part the page needs: a line each, exit code 1 if one fails."""
    import cv2
    import numpy as np
    import torch

    from ..data.augment import POLICIES, augment
    from ..data.datasets import photo

    lab = Lab(arguments.checkpoints)
    print(f"Python {platform.python_version()}, gradio {version('gradio')}, torch {torch.__version__}, "
          f"OpenCV {cv2.__version__}, NumPy {np.__version__}, {lab.device.kind}")
    picture = photo("chelsea")
    checks: dict[str, Callable[[], object]] = {}
    for name, policy in POLICIES.items():
        checks[f"augment {name}"] = partial(augment, picture, policy, 0)
    # Of one that cannot be read no list tells.
    for name in list_checkpoints(lab.checkpoints):
        checks[f"checkpoint {name}"] = partial(read_config, lab.checkpoints / name)
    for name in lab.encoders():
        checks[f"encoder {name}"] = partial(_embed, lab, name, picture)
    for name in lab.generators():
        checks[f"generator {name}"] = partial(_paint, lab, name)
    failed = 0
    for name, check in checks.items():
        try:
            check()
        except LabError as error:
            failed += 1
            print(f"{name}: {explain(error, arguments.language)}")
        else:
            print(f"{name}: ok")
    return 1 if failed else 0


def _embed(lab: Lab, name: str, picture: Image) -> None:
    lab.encoder(name).embed([picture])


def _paint(lab: Lab, name: str) -> None:
    lab.generator(name).generate([0], [0])


def _steps(training: dict[str, object]) -> dict[str, object]:
    return {"step": training.get("step", 0), "max_steps": training.get("max_steps", 0)}
