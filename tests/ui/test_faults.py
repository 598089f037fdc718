"""One model is damaged, or its visitor gone: that is said where it is needed, and everything else works."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

from contrastlab.core.errors import LabError
from contrastlab.lab import Lab
from contrastlab.ui.api import Endpoints
from contrastlab.ui.api.registering import answering
from contrastlab.ui.guard import GuardedBlocks
from contrastlab.ui.safely import HEAVY, LIGHT, listen

from .studio import studio

NAME = "gan-flowers64"


class Hostile:
    """Would leave a mark if anybody unpickled it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def truncated(folder: Path, mark: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def replaced(folder: Path, mark: Path) -> None:
    shutil.copyfile(folder.parent / "restorer" / "model.safetensors", folder / "model.safetensors")


def pickled(folder: Path, mark: Path) -> None:
    """With a config that vouches for it, as an attacker would write."""
    packed = pickle.dumps(Hostile(mark))
    (folder / "model.safetensors").write_bytes(packed)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["sha256"] = hashlib.sha256(packed).hexdigest()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def without_config(folder: Path, mark: Path) -> None:
    (folder / "config.json").unlink()


def nonsense_config(folder: Path, mark: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


def deleted(folder: Path, mark: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "damage", [truncated, replaced, pickled, without_config, nonsense_config, deleted], ids=lambda one: one.__name__
)
def test_a_damaged_model_is_told_of_where_it_is_needed_and_the_rest_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path, Path], None]
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    folder, mark = tmp_path / "checkpoints", tmp_path / "mark"
    shutil.copytree(studio(), folder)
    whole = (folder / NAME / "model.safetensors").read_bytes()
    damage(folder / NAME, mark)
    lab = Lab(folder, device="cpu")
    generate = answering(lab, Endpoints(lab).generate, LIGHT)
    with pytest.raises(gr.Error) as told:
        generate(name=NAME)
    assert NAME in str(told.value.message) and "number" not in str(told.value.message)
    assert not mark.exists(), "something was unpickled"
    assert "vae-digits" in lab.generators() and "restorer" in [one.name for one in lab.models()]
    assert generate(name="vae-digits", class_name="3") is not None
    lab.restorer()
    # A failed load is not remembered.
    shutil.rmtree(folder / NAME, ignore_errors=True)
    shutil.copytree(studio() / NAME, folder / NAME)
    assert (folder / NAME / "model.safetensors").read_bytes() == whole
    assert generate(name=NAME) is not None


def test_a_broken_list_of_models_is_told(tmp_path: Path) -> None:
    shutil.copytree(studio(), tmp_path / "checkpoints")
    (tmp_path / "checkpoints" / "index.json").write_text("{", encoding="utf-8")
    with pytest.raises(LabError, match="checkpoint.broken_index"):
        Lab(tmp_path / "checkpoints", device="cpu").models()


@pytest.fixture
def endless() -> Iterator[tuple[gr.Blocks, str, threading.Event, threading.Event]]:
    """A page with one heavy job that never ends by itself, in the manner of ours."""
    begun, ended = threading.Event(), threading.Event()

    def work(language: str) -> Iterator[dict[Any, Any]]:
        try:
            while True:
                begun.set()
                yield {shown: "step"}
                threading.Event().wait(0.01)
        finally:
            ended.set()

    with GuardedBlocks() as page:
        language, press = gr.Textbox("en"), gr.Button()
        shown, message = gr.HTML(), gr.HTML()
        listen(press.click, work, language=language, inputs=[], outputs=[shown], message=message, lane=HEAVY)
    page.queue(api_open=False)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, inbrowser=False, _frontend=False)
    yield page, url, begun, ended
    page.close()


def test_work_stops_when_its_visitor_goes(endless: tuple[gr.Blocks, str, threading.Event, threading.Event]) -> None:
    page, url, begun, ended = endless
    (event,) = page.fns
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        body = {"data": ["en"], "fn_index": event, "session_hash": "gone", "trigger_id": None}
        assert http.post("/gradio_api/queue/join", json=body).status_code == 200
        with http.stream("GET", "/gradio_api/queue/data", params={"session_hash": "gone"}) as stream:
            next(line for line in stream.iter_lines() if "process_generating" in line)
            assert begun.is_set() and not ended.is_set()
    assert ended.wait(60), "nobody listens any more, and the work goes on"
