from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Generator, Iterator

import gradio as gr
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.lab import Lab
from contrastlab.text import say
from contrastlab.ui.safely import HEAVY, LIGHT, Lane, safely


@pytest.fixture
def parts() -> Iterator[tuple[gr.HTML, gr.HTML]]:
    with gr.Blocks():
        yield gr.HTML(), gr.HTML()


def test_a_mistake_with_a_remedy_becomes_a_sentence_and_nothing_else_changes(parts: tuple[gr.HTML, gr.HTML]) -> None:
    result, message = parts

    def handler(language: str) -> dict[gr.HTML, str]:
        raise LabError("knob.out_of_range", name="<b>turn</b>", got=200.0, minimum=0.0, maximum=180.0)

    updates = safely(handler, message=message, lane=LIGHT)("en")
    assert set(updates) == {message}
    assert "must lie between 0 and 180" in updates[message]
    assert "&lt;b&gt;turn&lt;/b&gt;" in updates[message], "facts are a stranger's words"
    assert "必须在 0 和 180 之间" in safely(handler, message=message, lane=LIGHT)("zh")[message]
    assert result not in updates


def test_a_bug_is_logged_under_the_id_that_the_reader_sees(
    parts: tuple[gr.HTML, gr.HTML], caplog: pytest.LogCaptureFixture
) -> None:
    _, message = parts

    def handler(language: str) -> dict[gr.HTML, str]:
        raise ZeroDivisionError("the secret of /home")

    with caplog.at_level(logging.ERROR):
        shown = safely(handler, message=message, lane=LIGHT)("en")[message]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(record.args[0]) in shown  # type: ignore[index]
    assert "secret" not in shown


def test_a_full_disk_is_a_sentence(parts: tuple[gr.HTML, gr.HTML]) -> None:
    _, message = parts

    def handler(language: str) -> dict[gr.HTML, str]:
        raise OSError(errno.ENOSPC, "No space left on device", "/home/secret")

    shown = safely(handler, message=message, lane=LIGHT)("en")[message]
    assert "no room left" in shown and "secret" not in shown


class Filling(Lab):
    """A lab on a graphics card that has no memory."""

    def __init__(self) -> None:
        super().__init__(device="cpu")
        self.device = Device("cuda", torch.float32)

    def work(self) -> str:
        if self.device.kind != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "done"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_full_graphics_card_is_left_for_the_processor(parts: tuple[gr.HTML, gr.HTML], language: str) -> None:
    result, message = parts
    lab = Filling()
    updates = safely(lambda language: {result: lab.work()}, message=message, lane=LIGHT, lab=lab)(language)
    assert updates[result] == "done" and say("page.on_processor", language) in updates[message]
    assert lab.device.kind == "cpu"

    def stream(language: str) -> Iterator[dict[gr.HTML, str]]:
        yield {result: "half"}
        yield {result: lab.work()}

    lab = Filling()
    answers = list(safely(stream, message=message, lane=HEAVY, lab=lab)(language))
    assert [answer.get(result) for answer in answers] == ["half", "half", "done", None]
    assert say("page.on_processor", language) in answers[-1][message]


def test_an_error_that_the_processor_has_too_is_told(parts: tuple[gr.HTML, gr.HTML]) -> None:
    _, message = parts

    def handler(language: str) -> dict[gr.HTML, str]:
        raise torch.OutOfMemoryError("CUDA out of memory")

    assert "number" in safely(handler, message=message, lane=LIGHT, lab=Filling())("en")[message]


def test_success_clears_the_message_and_sets_what_is_always_set(parts: tuple[gr.HTML, gr.HTML]) -> None:
    result, message = parts
    run = safely(lambda language: {result: "new"}, message=message, lane=LIGHT)
    assert run("en") == {result: "new", message: ""}

    def failing(language: str) -> dict[gr.HTML, str]:
        raise LabError("page.photo_gone")

    updates = safely(failing, message=message, lane=LIGHT, finally_={result: None})("en")
    assert updates[result] is None
    assert "hour" in updates[message]


def test_a_stream_ends_with_the_sentence_of_its_mistake(parts: tuple[gr.HTML, gr.HTML]) -> None:
    result, message = parts

    def handler(language: str) -> Iterator[dict[gr.HTML, str]]:
        yield {result: "half"}
        raise LabError("page.photo_gone")

    first, last = list(safely(handler, message=message, lane=HEAVY)("en"))
    assert first == {message: "", result: "half"}
    assert result not in last
    assert "hour" in last[message]


@pytest.mark.parametrize("fails", [True, False])
def test_a_stream_sets_what_is_always_set_once_it_has_ended(parts: tuple[gr.HTML, gr.HTML], fails: bool) -> None:
    result, message = parts

    def handler(language: str) -> Iterator[dict[gr.HTML, str]]:
        yield {result: "running"}
        if fails:
            raise LabError("page.photo_gone")

    answers = list(safely(handler, message=message, lane=HEAVY, finally_={result: "over"})("en"))
    assert [answer.get(result) for answer in answers] == ["running", "over"]


def test_what_a_stream_returns_comes_with_what_is_always_set(parts: tuple[gr.HTML, gr.HTML]) -> None:
    result, message = parts

    def handler(language: str) -> Generator[dict[gr.HTML, str], None, dict[gr.HTML, str]]:
        yield {result: "half"}
        return {result: "whole"}

    with gr.Blocks():
        button = gr.Button()
    answers = list(safely(handler, message=message, lane=HEAVY, finally_={button: "rest"})("en"))
    assert answers == [{message: "", result: "half"}, {message: "", result: "whole", button: "rest"}]


def test_no_more_handlers_run_at_a_time_than_the_lane_is_wide(parts: tuple[gr.HTML, gr.HTML]) -> None:
    _, message = parts
    lane = Lane("test", 2)
    running, peak, lock = 0, 0, threading.Lock()

    def handler(language: str) -> dict[gr.HTML, str]:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return {}

    run = safely(handler, message=message, lane=lane)
    threads = [threading.Thread(target=run, args=("en",)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peak == 2


def test_a_stream_that_is_left_in_the_middle_does_not_hold_its_lane(parts: tuple[gr.HTML, gr.HTML]) -> None:
    _, message = parts
    lane = Lane("test", 1)

    def endless(language: str) -> Iterator[dict[gr.HTML, str]]:
        while True:
            yield {}

    stream = safely(endless, message=message, lane=lane)("en")
    next(stream)
    assert lane.gate.acquire(timeout=1), "the lane is free between two steps"
    lane.gate.release()
