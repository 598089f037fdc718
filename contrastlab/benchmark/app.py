"""One step of the page's first slider against a bare Gradio app that returns the same picture unchanged.

Both run as processes of their own and are asked over HTTP, in turn, the way a browser asks: a POST that
joins the queue, then the stream of events until the answer. So the ratio is what our work adds to what
Gradio and the wire cost anyway.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from ..core.errors import LabError

#: The slider that is stepped, by its element id, and the positions it is stepped through.
_SLIDER = "knob-turn"
_STEPS = 20

#: The same photograph at the page's preview size, returned as it is, as a JPEG like the page's.
_BARE = """
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


@dataclass(frozen=True)
class _Slider:
    """One page's event behind the slider, ready to be fired."""

    host: str
    port: int
    event: int
    trigger: int
    values: list[Any]
    position: int
    #: One visit: Gradio sets a session up at its first event, which a browser pays once and not at every step.
    session: str

    def step(self, value: float) -> float:
        """Milliseconds from sending the position to having the whole answer."""
        values = list(self.values)
        values[self.position] = value
        body = json.dumps({
            "data": values, "event_data": None, "fn_index": self.event, "trigger_id": self.trigger,
            "session_hash": self.session,
        })
        start = time.perf_counter()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request("POST", "/gradio_api/queue/join", body, {"Content-Type": "application/json"})
            _expect_ok(connection.getresponse())
            connection.request("GET", f"/gradio_api/queue/data?session_hash={self.session}")
            stream = connection.getresponse()
            for line in stream:
                if line.startswith(b"data:"):
                    message = json.loads(line[5:])
                    if message["msg"] == "process_completed":
                        if not message["success"]:
                            raise LabError("benchmark.failed", why=str(message["output"])[:200])
                        return (time.perf_counter() - start) * 1000
            raise LabError("benchmark.failed", why="the stream ended without an answer")
        finally:
            connection.close()


def measure(*, rounds: int = 15) -> dict[str, Any]:
    """{"rows": [...]}: p50 and p95 in milliseconds of a slider step, page and bare app, and their ratio at p95.

    In each round both take the same steps in turn; the ratio is the median of the rounds' own.
    """
    positions = [float(step + 1) for step in range(_STEPS)]
    with ExitStack() as stack:
        ours = stack.enter_context(_serving([sys.executable, "-m", "contrastlab", "app", "--no-browser"]))
        bare = stack.enter_context(_serving([sys.executable, "-c", _BARE]))
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
        _p95(own) / _p95(other) for own, other in zip(samples["ours"], samples["bare"], strict=True)
    )
    row: dict[str, Any] = {"name": "slider step", "rounds": rounds, "steps": _STEPS, "cores": os.cpu_count()}
    for who, lists in samples.items():
        flat = [value for one in lists for value in one]
        row[f"{who}_p50_ms"] = round(statistics.median(flat), 1)
        row[f"{who}_p95_ms"] = round(_p95(flat), 1)
    row["ratio_p95"] = round(ratio, 2)
    return {"rows": [row]}


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * (len(values) - 1)))]


@contextmanager
def _serving(command: list[str]) -> Iterator[_Slider]:
    """Start a page, wait until it says where it is, and stop it in the end."""
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        address = next((found for line in process.stdout if (found := re.search(r"http://([\w.]+):(\d+)", line))), None)
        if address is None:
            raise LabError("benchmark.failed", why=f"{command[-1][:40]} did not start")
        yield _find_slider(address[1], int(address[2]))
    finally:
        process.terminate()
        process.wait(20)


def _find_slider(host: str, port: int) -> _Slider:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("GET", "/config")
    response = connection.getresponse()
    _expect_ok(response, read=False)
    config: Mapping[str, Any] = json.loads(response.read())
    connection.close()
    components = {part["id"]: part for part in config["components"]}
    slider = next(key for key, part in components.items() if part["props"].get("elem_id") == _SLIDER)
    event = next(one for one in config["dependencies"] if [slider, "input"] in [list(t) for t in one["targets"]])
    values = [components[key]["props"].get("value") for key in event["inputs"]]
    return _Slider(host, port, event["id"], slider, values, event["inputs"].index(slider), secrets.token_hex(6))


def _expect_ok(response: http.client.HTTPResponse, *, read: bool = True) -> None:
    if response.status != 200:
        raise LabError("benchmark.failed", why=f"HTTP {response.status}")
    if read:
        response.read()
