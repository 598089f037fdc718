"""Visitors without a browser, on a page as small as it can be."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from contrastlab.benchmark import load
from contrastlab.benchmark.load import Action, act
from contrastlab.benchmark.served import Served, Visitor, serving
from contrastlab.core.errors import LabError

PAGE = """
import time
import gradio as gr

def slow(count):
    for step in range(2):
        yield step

with gr.Blocks(analytics_enabled=False) as page:
    slider = gr.Slider(0, 10, 5, step=5, elem_id="knob")
    shown = gr.HTML('<button data-pick="a&amp;b">', elem_id="shown")
    seed = gr.Textbox("1")
    roll = gr.Button(elem_id="roll")
    slider.input(lambda value, words: f"{value:.0f} {words}", [slider, shown], shown)
    roll.click(None, None, seed, js="() => '7'")
    seed.change(lambda value: f"seed {value}", seed, shown)
    gr.Button(elem_id="slow").click(slow, slider, seed)
    gr.Button(elem_id="broken").click(lambda: 1 / 0, None, shown)
    gr.HTML(elem_id="line").click(lambda: '<p data-line="64">', None, shown)
    page.load(lambda: "opened", None, shown)
_, address, _ = page.launch(prevent_thread_lock=True, quiet=True, inbrowser=False, ssr_mode=False)
print("at", address, flush=True)
page.block_thread()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(["-c", PAGE], tmp_path_factory.mktemp("scratch")) as served:
        yield served


def test_an_answer_is_sent_along_with_the_next_action(page: Served) -> None:
    visitor, chance = Visitor(page), random.Random(0)
    shown = page.named("shown")
    assert visitor.picks("shown") == ["a&b"]
    assert not act(visitor, load.OPEN, chance).failures and visitor.values[shown] == "opened"
    answer = act(visitor, Action("tab", "knob", "input"), chance)
    assert answer.milliseconds > 0 and not answer.refused and answer.place == 0
    assert visitor.values[shown] in {f"{value} opened" for value in (0, 5, 10)}
    # What the browser sets by itself fires what hangs on it.
    act(visitor, Action("tab", "roll", "click", values=["7"]), chance)
    assert visitor.values[shown] == "seed 7"
    act(visitor, Action("tab", "knob", "input", picks="shown", place=0), chance)


def test_what_comes_in_steps_is_waited_for_and_what_breaks_is_told(page: Served) -> None:
    visitor, chance = Visitor(page), random.Random(0)
    assert not act(visitor, Action("tab", "slow", "click"), chance).failures
    (why,) = act(visitor, Action("tab", "broken", "click"), chance).failures
    assert "error" in why
    refused = act(visitor, Action("tab", "line", "click"), chance)
    assert refused.refused and refused.place == 64 and visitor.values[page.named("shown")] != '<p data-line="64">'


def test_its_memory_is_told_and_what_does_not_start_is_an_error(page: Served) -> None:
    assert page.memory() is None or page.memory() > 10e6  # type: ignore[operator]
    with pytest.raises(LabError, match="did not start"), serving(["-c", "pass"]):
        pass


def test_all_that_visitors_do_is_there_on_the_page() -> None:
    """The names of the page's parts, as the traffic has them."""
    from contrastlab.lab import Lab
    from contrastlab.ui.page import build

    names = {getattr(part, "elem_id", None) for part in build(Lab(device="cpu")).blocks.values()}
    for action in (*load.LIGHT, *load.DRAGS, *load.HEAVY):
        assert {action.part, action.picks} <= names | {""}, action
