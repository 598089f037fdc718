"""The launched page against those who do not come with a browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

from contrastlab.core.images import LIMITS, encode_png
from contrastlab.data.datasets import photo
from contrastlab.ui.page import build, launch_kwargs

from .conftest import SmallLab


@pytest.fixture(scope="module")
def page(lab: SmallLab, tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    os.environ["GRADIO_TEMP_DIR"] = str(tmp_path_factory.mktemp("gradio"))
    return build(lab)


@pytest.fixture(scope="module")
def client(page: gr.Blocks, lab: SmallLab) -> Iterator[httpx.Client]:
    _, url, _ = page.launch(**launch_kwargs(lab), prevent_thread_lock=True, quiet=True, inbrowser=False)
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as opened:
        yield opened
    page.close()


def slider_event(page: gr.Blocks) -> Any:
    turn = next(block for block in page.blocks.values() if block.elem_id == "knob-turn")
    return next(event for event in page.fns.values() if event.fn is not None and (turn._id, "input") in event.targets)


def inputs(event: Any, **changed: Any) -> list[Any]:
    return [changed.get(one.elem_id or "", getattr(one, "value", None)) for one in event.inputs]


def asked(client: httpx.Client, event: Any, data: list[Any], session: str = "test") -> dict[str, Any]:
    """Through the queue, as the page does it: the last message about the job."""
    body = {"data": data, "fn_index": event._id, "session_hash": session, "trigger_id": None}
    joined = client.post("/gradio_api/queue/join", json=body)
    assert joined.status_code == 200, joined.text
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if message.get("msg") == "process_completed":
                return dict(message)
    raise AssertionError("no answer")


def test_a_slider_is_answered_through_the_queue_and_leaves_no_file(page: gr.Blocks, client: httpx.Client) -> None:
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    before = sorted(folder.rglob("*"))
    event = slider_event(page)
    for angle in (20, 40, 60):
        answer = asked(client, event, inputs(event, **{"knob-turn": angle}))
        assert answer["success"]
        assert "data:image/jpeg" in json.dumps(answer["output"])
    assert sorted(folder.rglob("*")) == before


def test_the_side_door_past_the_queue_is_shut(page: gr.Blocks, client: httpx.Client) -> None:
    event = slider_event(page)
    body = {"data": inputs(event), "fn_index": event._id, "session_hash": "x"}
    for path in ("/gradio_api/run/predict", "/gradio_api/api/predict", f"/gradio_api/run/{event.api_name}"):
        assert client.post(path, json=body).status_code in (404, 422), path


def test_a_value_that_no_slider_has_is_refused_without_a_word_about_the_inside(
    page: gr.Blocks, client: httpx.Client
) -> None:
    event = slider_event(page)
    for wrong in (1e9, "x", None):
        answer = asked(client, event, inputs(event, **{"knob-turn": wrong}))
        told = json.dumps(answer)
        assert "Traceback" not in told
        assert "site-packages" not in told


@pytest.mark.parametrize("path", ["/etc/passwd", "app.py", "checkpoints/index.json", ".git/config"])
def test_files_of_the_machine_are_not_served(client: httpx.Client, path: str) -> None:
    for target in (path, str(Path(path).resolve())):
        assert client.get(f"/gradio_api/file={target}").status_code in (403, 404), target


def test_a_path_that_the_browser_made_up_is_never_opened(page: gr.Blocks, client: httpx.Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode_png(photo("retina")))
    upload = next(block for block in page.blocks.values() if block.elem_id == "augment-upload")
    event = next(one for one in page.fns.values() if one.fn is not None and (upload._id, "input") in one.targets)
    made_up = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    answer = asked(client, event, inputs(event, **{"augment-upload": made_up}))
    assert not answer["success"]
    assert "data:image" not in json.dumps(answer)


def test_a_file_that_is_too_large_is_refused_while_it_arrives(client: httpx.Client) -> None:
    large = client.post("/gradio_api/upload", files={"files": ("x.png", b"\0" * (LIMITS.file_bytes + 2**20))})
    assert large.status_code == 413
