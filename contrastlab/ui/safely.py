"""From a user's action to a handler and back: two lanes, and errors that are sentences.

Gradio's own queue limits what goes through its queue and nothing else (a direct POST walks past it), so
each lane is also a semaphore that every handler takes.
"""

from __future__ import annotations

import functools
import inspect
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import gradio as gr
from gradio.components import Component

from ..core.errors import LabError
from ..text import explain, say
from .drawing import complaint

log = logging.getLogger(__name__)

Updates = dict[Component, Any]


@dataclass(frozen=True)
class Lane:
    """Work of one weight: `width` jobs of it run at a time, in the whole process."""

    name: str
    width: int
    gate: threading.Semaphore = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gate", threading.Semaphore(self.width))


#: A slider's step, a search: milliseconds. Two, so that one can be encoded while another is sent.
LIGHT = Lane("light", 2)
#: A zip, hundreds of rolls: seconds. Never in the way of the light ones.
HEAVY = Lane("heavy", 1)


#: For events that need no handler of ours: no progress drawn over the page, no name in the API.
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def listen(
    triggers: Callable[..., Any] | Sequence[Callable[..., Any]],
    handler: Callable[..., Updates | Iterator[Updates]],
    *,
    language: Component,
    inputs: Sequence[Component],
    outputs: Sequence[Component],
    message: Component,
    lane: Lane = LIGHT,
    live: bool = False,
    js: str | None = None,
    finally_: Mapping[Component, Any] | None = None,
) -> gr.events.Dependency:
    """Call `handler(language, *inputs)` whenever one of `triggers` fires.

    The handler gives back {component: value} for what has changed; a generator yields such on its way and
    may return the last of them, which then arrives together with `finally_`. A `LabError`
    becomes a sentence in `message`, which stands under the thing that caused it, and everything else on
    the page stays as it was. `live` is for what fires while a finger is still moving: the last position
    is never lost (with Gradio's default it is). `js` may change the inputs before they are sent;
    `finally_` are values to set whether it went well or not.
    """
    return gr.on(
        list(triggers) if isinstance(triggers, Sequence) else [triggers],
        safely(handler, message=message, lane=lane, finally_=finally_),
        inputs=[language, *inputs],
        outputs=[*outputs, message, *(finally_ or {})],
        # A press that was cancelled on its way stays "pending" in the browser for ever, and with Gradio's own
        # "once" the button would be dead (6.31); a heavy one is switched off while it works instead.
        trigger_mode="always_last" if live else "multiple" if lane is HEAVY else "once",
        concurrency_id=lane.name,
        concurrency_limit=lane.width,
        js=js,
        **QUIETLY,
    )


def safely(
    handler: Callable[..., Updates | Iterator[Updates]],
    *,
    message: Component,
    lane: Lane,
    finally_: Mapping[Component, Any] | None = None,
) -> Callable[..., Any]:
    """The handler in its lane, its errors told in `message` in the reader's language.

    Anything but a `LabError` is a bug of ours: it is logged with its traceback under a short id, and the
    id is what the reader sees.
    """
    last = dict(finally_ or {})
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(language: str, *values: Any) -> Iterator[Updates]:
            try:
                steps = cast("Iterator[Updates]", handler(language, *values))
                # The lane is taken for a step and not for the whole: a visitor who leaves in the middle
                # must not hold it.
                while True:
                    try:
                        with lane.gate:
                            updates = next(steps)
                    except StopIteration as end:
                        yield {message: "", **(end.value or {}), **last}
                        return
                    yield {message: "", **updates}
            except Exception as error:
                yield {message: told(error, language), **last}

        return stream

    @functools.wraps(handler)
    def run(language: str, *values: Any) -> Updates:
        try:
            with lane.gate:
                return {message: "", **cast("Updates", handler(language, *values)), **last}
        except Exception as error:
            return {message: told(error, language), **last}

    return run


def told(error: Exception, language: str) -> str:
    """The error as a sentence on the page, escaped."""
    if isinstance(error, LabError):
        return complaint(explain(error, language))
    number = secrets.token_hex(3)
    log.error("bug %s", number, exc_info=error)
    return complaint(say("error.unexpected", language, id=number))
