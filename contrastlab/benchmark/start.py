"""From the command to the first answer against an empty Gradio app that imports torch, and memory after some use.

"The first answer" is what a browser gets when it has opened the page: the answer to the event of opening it. Both are
processes of their own and start in turn.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..core.errors import LabError
from .app import OURS
from .load import DRAGS, HEAVY, LIGHT, OPEN, act
from .rounds import ratio
from .served import Visitor, serving

_EMPTY = """
import gradio as gr
import torch
with gr.Blocks(analytics_enabled=False) as page:
    text = gr.Textbox()
    page.load(lambda: "here", None, text)
_, address, _ = page.launch(prevent_thread_lock=True, quiet=True, inbrowser=False, ssr_mode=False, run_history=False)
print("at", address, flush=True)
page.block_thread()
"""
_GOAL_RATIO, _GOAL_MEGABYTES = 1.3, 1800


def measure(*, rounds: int = 5, checkpoints: Path | None = None) -> dict[str, Any]:
    """{"rows": [...]}: "start": median seconds of both and the median ratio (above 1: we start more slowly).

    "memory": megabytes of the page once it is open, and after one use of every tab, long work included; None where the
    system does not say. Raises LabError ``benchmark.failed`` where a page does not start or does not answer.
    """
    ours = (*OURS, *(["--checkpoints", str(checkpoints)] if checkpoints else []))
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    # What was read from the disk once is read from memory afterwards, so one start of each does not count.
    for number in range(rounds + 1):
        for who, command in (("ours", ours), ("peer", ("-c", _EMPTY))):
            taken = _first_answer(command)
            if number:
                seconds[who].append(taken)
    start = {
        "name": "start", **{f"{who}_s": round(statistics.median(each), 2) for who, each in seconds.items()},
        "ratio": ratio(seconds["ours"], seconds["peer"]), "goal_ratio": _GOAL_RATIO, "rounds": rounds,
    }
    return {"rows": [start, _memory(ours)]}


def _first_answer(command: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    with serving(command) as page:
        _well(Visitor(page).ask(page.fired("", "load")).failures)
        return time.perf_counter() - begun


def _memory(command: tuple[str, ...]) -> dict[str, Any]:
    with ExitStack() as stack:
        page = stack.enter_context(serving(command, Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        visitor, chance = Visitor(page), random.Random(0)
        _well(act(visitor, OPEN, chance).failures)
        opened = page.memory()
        for action in (*LIGHT, *DRAGS, *HEAVY):
            _well(act(visitor, action, chance).failures)
        used = page.memory()
    return {
        "name": "memory", "opened_mb": opened and round(opened / 1e6), "used_mb": used and round(used / 1e6),
        "goal_mb": _GOAL_MEGABYTES,
    }


def _well(failures: tuple[str, ...]) -> None:
    if failures:
        raise LabError("benchmark.failed", why=failures[0][:200])
