"""From a user's action to a handler and back: two lanes, and errors that are sentences.

Gradio's own queue limits what goes through its queue and nothing else (a direct POST walks past it), so
each lane is also a semaphore that every handler takes.
"""

from __future__ import annotations

import errno
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
from ..core.memory import sweep
from ..lab import Lab
from ..text import explain, say
from .drawing import complaint, tag, text

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


#: What a handler of ours is called by those who look for the place of its sentences.
MESSAGE = "__message__"

#: For events that need no handler of ours: no progress drawn over the page, no name in the API.
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


#: For what also fires when a tab is first drawn: at that moment Gradio (6.31) still sends the language that the page
#: was built in.
SPOKEN = "(language, ...rest) => [window.contrastlab.spoken(language), ...rest]"


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
    lab: Lab | None = None,
) -> gr.events.Dependency:
    """Call `handler(language, *inputs)` whenever one of `triggers` fires.

    The handler gives back {component: value} for what has changed; a generator yields such on its way and
    may return the last of them, which then arrives together with `finally_`. A `LabError`
    becomes a sentence in `message`, which stands under the thing that caused it, and everything else on
    the page stays as it was. `live` is for what fires while a finger is still moving: the last position
    is never lost (with Gradio's default it is). `js` may change the inputs before they are sent;
    `finally_` are values to set whether it went well or not. For `lab` see `safely`.
    """
    return gr.on(
        list(triggers) if isinstance(triggers, Sequence) else [triggers],
        safely(handler, message=message, lane=lane, finally_=finally_, lab=lab),
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
    lab: Lab | None = None,
) -> Callable[..., Any]:
    """The handler in its lane, its errors told in `message` in the reader's language.

    If the graphics card of `lab` has no memory left, the handler is called once more, now on the CPU, and what it
    answers comes with a word about that. Anything but a `LabError` is a bug of ours: it is logged with its traceback
    under a short id, and the id is what the reader sees.
    """
    last = dict(finally_ or {})
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(language: str, *values: Any) -> Iterator[Updates]:
            def once(said: str) -> Iterator[Updates]:
                return _steps(handler, lane, (language, *values), {message: said}, last)

            try:
                try:
                    yield from once("")
                    return
                except Exception as error:
                    said = _relieved(lab, error, language)
                yield from once(said)
            except Exception as error:
                yield {message: told(error, language), **last}
            finally:
                sweep()

        setattr(stream, MESSAGE, message)
        return stream

    @functools.wraps(handler)
    def run(language: str, *values: Any) -> Updates:
        def once(said: str) -> Updates:
            with lane.gate:
                return {message: said, **cast("Updates", handler(language, *values)), **last}

        try:
            try:
                return once("")
            except Exception as error:
                said = _relieved(lab, error, language)
            return once(said)
        except Exception as error:
            return {message: told(error, language), **last}
        finally:
            sweep()

    setattr(run, MESSAGE, message)
    return run


def _steps(
    handler: Callable[..., Any], lane: Lane, arguments: tuple[Any, ...], first: Updates, last: Updates
) -> Iterator[Updates]:
    """What a generator gives on its way, each with what is in `first`, and at its end with what is in `last`."""
    steps = cast("Iterator[Updates]", handler(*arguments))
    # The lane is taken for a step and not for the whole: a visitor who leaves in the middle must not hold it.
    while True:
        try:
            with lane.gate:
                updates = next(steps)
        except StopIteration as end:
            yield {**first, **(end.value or {}), **last}
            return
        yield {**first, **updates}


def _relieved(lab: Lab | None, error: Exception, language: str) -> str:
    """What is said once the CPU has taken over. Raises the error if that is no help."""
    if lab is None or not lab.relieve(error):
        raise error
    return tag("p", text(say("page.on_processor", language)), role="status", class_="note")


def mistake(error: Exception) -> LabError | None:
    """The error, if it is one that a reader is told of in so many words; None for a bug of ours."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LabError("disk.full")
    return error if isinstance(error, LabError) else None


def told(error: Exception, language: str) -> str:
    """The error as a sentence on the page, escaped."""
    known = mistake(error)
    if known is not None:
        return complaint(explain(known, language))
    number = secrets.token_hex(3)
    log.error("bug %s", number, exc_info=error)
    return complaint(say("error.unexpected", language, id=number))
