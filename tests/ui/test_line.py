"""Who waits for long work is told the place in line, who comes when the line is full is told that it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import gradio as gr
import httpx
import pytest

from contrastlab.ui.line import stand_in_line
from contrastlab.ui.safely import HEAVY, listen

#: How many may wait.
MOST = 2


class Bank:
    """A page with a button of long work that is done when it is let go, and one that stops it."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)

        def work(language: str, customer: str) -> Iterator[dict[Any, Any]]:
            self.begun.release()
            assert self.go.acquire(timeout=60)
            yield {self.shown: "begun"}
            yield {self.shown: f"done for {customer}"}

        with gr.Blocks() as self.page:
            language, customer = gr.Textbox("en"), gr.Textbox()
            self.shown, self.message, stop = gr.HTML(), gr.HTML(), gr.Button()
            self.pressed = listen(
                gr.Button().click, work, language=language, inputs=[customer], outputs=[self.shown],
                message=self.message, lane=HEAVY,
            )
            self.stopped = stop.click(lambda: "stopped", None, self.shown)
        stand_in_line(self.page, MOST, at_once=4)
        _, self.url, _ = self.page.launch(prevent_thread_lock=True, quiet=True, inbrowser=False)

    def ask(self, session: str, event: int, *data: str, heard: Callable[[dict[str, Any]], None] = id) -> list[Any]:  # type: ignore[assignment]
        """What a browser shows after each message: the values of all outputs."""
        shown: list[Any] = []
        after = []
        body = {"data": list(data), "fn_index": event, "session_hash": session}
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            joined = client.post("/gradio_api/queue/join", json=body)
            assert joined.status_code == 200, joined.text
            with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
                for line in stream.iter_lines():
                    message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                    if message.get("msg") not in ("process_generating", "process_completed"):
                        continue
                    assert message["success"], message
                    said = message["output"]["data"]
                    if message["msg"] == "process_completed":
                        shown = said
                    else:
                        # As Gradio's client does: the first is whole, the others are differences.
                        shown = [_changed(old, new) for old, new in zip(shown, said, strict=True)] if shown else said
                    after.append(list(shown))
                    heard(message)
                    if message["msg"] == "process_completed":
                        return after
        raise AssertionError("no answer")


def _changed(old: Any, differences: list[Any]) -> Any:
    for action, path, value in differences:
        assert (action, path) in (("replace", []), ("append", [])), "texts only"
        old = value if action == "replace" else old + value
    return old


@pytest.fixture
def bank() -> Iterator[Bank]:
    made = Bank()
    yield made
    for _ in range(10):
        made.go.release()
    made.page.close()


@pytest.fixture
def people() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def comes(bank: Bank, people: ThreadPoolExecutor, name: str, language: str = "en") -> Future[list[Any]]:
    """Somebody presses the button; back once the page has told something, or the work has begun."""
    told = threading.Event()
    asked = people.submit(bank.ask, name, bank.pressed["id"], language, name, heard=lambda _: told.set())
    while not told.wait(0.02) and not bank.begun.acquire(timeout=0.02):
        assert not asked.done() or asked.result()
    return asked


def test_places_are_told_in_ones_language_and_go_with_the_work(bank: Bank, people: ThreadPoolExecutor) -> None:
    first = comes(bank, people, "Ann")
    second = comes(bank, people, "Ben")
    third = comes(bank, people, "Cai", "zh")
    bank.go.release()
    assert bank.begun.acquire(timeout=60)
    for _ in range(2):
        bank.go.release()
    ann, ben, cai = (one.result(60) for one in (first, second, third))
    assert all("data-line" not in str(shown) for shown in ann)
    assert 'data-line="1"' in ben[0][1] and "number 1 in line" in ben[0][1]
    assert "第 2 位" in cai[0][1] and 'role="status"' in cai[0][1]
    assert any("第 1 位" in shown[1] for shown in cai)
    for name, after in (("Ann", ann), ("Ben", ben), ("Cai", cai)):
        assert ["begun", ""] in after, "the sentence goes when the work begins"
        assert [f"done for {name}", ""] in after


def test_who_comes_when_the_line_is_full_is_told_so_and_stopping_is_never_refused(
    bank: Bank, people: ThreadPoolExecutor
) -> None:
    waiting = [comes(bank, people, name) for name in ("Ann", "Ben", "Cai")]
    (refused,) = bank.ask("Dan", bank.pressed["id"], "zh", "Dan")
    assert refused[0] == {"__type__": "update"}, "everything else stays"
    assert f"有 {MOST} 项在等" in refused[1]
    assert bank.ask("Eve", bank.stopped["id"])[-1] == ["stopped"]
    for _ in waiting:
        bank.go.release()
    for name, one in zip(("Ann", "Ben", "Cai"), waiting, strict=True):
        assert [f"done for {name}", ""] in one.result(60)
    bank.go.release()
    assert ["done for Dan", ""] in bank.ask("Dan", bank.pressed["id"], "zh", "Dan")
