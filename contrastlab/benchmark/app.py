"""One step of the page's first slider against a bare Gradio app that returns the same picture unchanged.

Both run as processes of their own and are asked over HTTP, in turn, the way a browser asks: a POST that
joins the queue, then the stream of events until the answer. So the ratio is what our work adds to what
Gradio and the wire cost anyway.
"""

from __future__ import annotations

import os
import statistics
from contextlib import ExitStack
from typing import Any

from ..core.errors import LabError
from .served import Served, Visitor, serving

#: The slider that is stepped, by its element id, and the positions it is stepped through.
_SLIDER = "knob-turn"
_STEPS = 20

#: The same photograph at the page's preview size, returned as it is, as a JPEG like the page's.
BARE = """
import gradio as gr
from contrastlab.data.datasets import photo
from contrastlab.data.pixels import resize
picture = resize(photo("chelsea"), (451, 300))
with gr.Blocks(analytics_enabled=False) as page:
    slider = gr.Slider(0, 180, 15, elem_id="knob-turn")
    image = gr.Image(format="jpeg")
    slider.input(lambda _: picture, slider, image, show_progress="hidden", trigger_mode="always_last")
_, address, _ = page.launch(prevent_thread_lock=True, quiet=True, inbrowser=False, ssr_mode=False, run_history=False)
print("at", address, flush=True)
page.block_thread()
"""


#: What is run to serve our page.
OURS = ("-m", "contrastlab", "app", "--no-browser")


class _Slider:
    """One page's events behind the slider. One visit: Gradio sets a session up at its first event, which a browser
    pays once and not at every step."""

    def __init__(self, page: Served) -> None:
        self._visitor, self._slider = Visitor(page), page.named(_SLIDER)
        self._events = page.fired(_SLIDER, "input")

    def step(self, value: float) -> float:
        """Milliseconds from sending the position to having the whole answer."""
        self._visitor.values[self._slider] = value
        answer = self._visitor.ask(self._events, trigger=self._slider)
        if answer.failures:
            raise LabError("benchmark.failed", why=answer.failures[0][:200])
        return answer.milliseconds


def measure(*, rounds: int = 15) -> dict[str, Any]:
    """{"rows": [...]}: p50 and p95 in milliseconds of a slider step, page and bare app, and their ratio at p95.

    In each round both take the same steps in turn; the ratio is the median of the rounds' own.
    """
    positions = [float(step + 1) for step in range(_STEPS)]
    with ExitStack() as stack:
        ours = _Slider(stack.enter_context(serving(OURS)))
        bare = _Slider(stack.enter_context(serving(["-c", BARE])))
        for page in (ours, bare):  # first calls import, load and warm up
            for value in positions[:3]:
                page.step(value)
        samples: dict[str, list[list[float]]] = {"ours": [], "bare": []}
        for _ in range(rounds):
            own, other = [], []
            for value in positions:
                own.append(ours.step(value))
                other.append(bare.step(value))
            samples["ours"].append(own)
            samples["bare"].append(other)
    ratio = statistics.median(
        p95(own) / p95(other) for own, other in zip(samples["ours"], samples["bare"], strict=True)
    )
    row: dict[str, Any] = {"name": "slider step", "rounds": rounds, "steps": _STEPS, "cores": os.cpu_count()}
    for who, lists in samples.items():
        flat = [value for one in lists for value in one]
        row[f"{who}_p50_ms"] = round(statistics.median(flat), 1)
        row[f"{who}_p95_ms"] = round(p95(flat), 1)
    row["ratio_p95"] = round(ratio, 2)
    return {"rows": [row]}


def p95(values: list[float]) -> float:
    """What 95 of 100 values do not exceed."""
    return sorted(values)[min(len(values) - 1, round(0.95 * (len(values) - 1)))]
