"""Who has to wait is told so, in a sentence of ours under the button that was pressed.

Gradio's queue says nothing to those who wait for a lane unless it draws its own progress over the page, in English,
and refuses whoever comes when it is full with an error in a corner.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal, cast

import gradio as gr
from gradio.queueing import Event, Queue
from gradio.route_utils import get_fn
from gradio.server_messages import EventMessage, ProcessCompletedMessage, ProcessGeneratingMessage

from ..text import choose_language, say
from .drawing import tag, text
from .safely import HEAVY, MESSAGE

_Pushed = tuple[bool, Any, Literal["success", "error", "queue_full", "validator_error"]]
#: What an event carries once its visitor was told a place: the place.
_TOLD = "told_place"


class Line(Queue):
    """Gradio's queue with words of ours.

    `most` events wait at a time. Only those that have a place for a sentence count: who arrives, and who stops
    something, is never sent away.
    """

    most: int

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Nothing: Gradio counts its last ten thousand events after each, for a page of figures that nobody sees."""
        return dict(self.cached_event_analytics_summary)

    async def push(self, body: Any, request: Any, username: str | None) -> _Pushed:
        """Put an event in line; one too many is answered at once, by a sentence."""
        fn = None if body.fn_index is None else get_fn(self.blocks, None, body)
        if fn is None or len(self) < self.most or _message(fn) is None:
            return cast("_Pushed", await super().push(body, request, username))
        event = Event(body.session_hash, fn, request, username)
        event.data = body
        # A message is read out of the session's own mailbox, as long as the session waits for one.
        async with self.pending_message_lock:
            if event.session_hash not in self.pending_messages_per_session:
                self.pending_messages_per_session[event.session_hash] = asyncio.Queue()
            self.pending_event_ids_session.setdefault(event.session_hash, set()).add(event._id)
        said = _sentence("busy.full", event, len(self))
        output = _output([said if one is _message(fn) else gr.skip() for one in fn.outputs])
        super().send_message(event, ProcessCompletedMessage(output=output, success=True))
        return True, event._id, "success"

    def broadcast_estimations(self, concurrency_id: str, after: int | None = None) -> None:
        """As Gradio does whenever the line moves; those who wait for long work are told their place besides."""
        super().broadcast_estimations(concurrency_id, after)
        line = self.event_queue_per_concurrency_id[concurrency_id]
        if concurrency_id != HEAVY.name or line.current_concurrency < (line.concurrency_limit or 0):
            return
        for place, event in enumerate(line.queue, start=1):
            before = getattr(event, _TOLD, None)
            message = _message(event.fn)
            if message is None or before == place:
                continue
            setattr(event, _TOLD, place)
            said = _sentence("busy.line", event, place)
            # The first of several answers is whole, every other one says what has changed.
            data: list[Any] = [
                (said if before is None else _instead(said)) if one is message else gr.skip() if before is None else []
                for one in event.fn.outputs
            ]
            super().send_message(event, ProcessGeneratingMessage(output=_output(data, more=True), success=True))

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Gradio takes the handler's first answer for the first at all; after ours it has to replace that."""
        if isinstance(event_message, ProcessGeneratingMessage) and getattr(event, _TOLD, None) is not None:
            setattr(event, _TOLD, None)
            output = {**event_message.output, "data": [_instead(one) for one in event_message.output["data"]]}
            event_message = event_message.model_copy(update={"output": output})
        super().send_message(event, event_message)


def stand_in_line(page: gr.Blocks, most: int, *, at_once: int) -> None:
    """Let at most `most` of the page's events wait, `at_once` run that have no lane, and tell those who wait.

    In the place of `page.queue()`, which would make the whole server anew: a tenth of the time until the page stands.
    """
    page._queue.__class__ = Line
    cast("Line", page._queue).most = most
    page._queue.default_concurrency_limit = at_once
    # Gradio's side door to queued events walks past the queue, so it stays shut.
    page.api_open = False


def _message(fn: Any) -> Any:
    """The panel for sentences of the handler behind an event; None for what is no handler of ours."""
    return getattr(fn.fn, MESSAGE, None)


def _sentence(key: str, event: Event, count: int) -> str:
    # The language is what every event of ours sends first.
    first = event.data.data[0] if event.data and event.data.data else None
    said = say(key, choose_language(first if isinstance(first, str) else None, None), count=count)
    return tag("p", text(said), class_="complaint waiting", role="status", data_line=count)


def _instead(value: Any) -> list[Any]:
    """A difference that puts a value in the place of the whole."""
    return [["replace", [], value]]


def _output(data: list[Any], *, more: bool = False) -> dict[str, Any]:
    return {
        "data": data, "is_generating": more, "duration": 0.0, "average_duration": 0.0, "render_config": None,
        "changed_state_ids": [],
    }
