"""From a method to an endpoint: its lane, its errors as sentences, its name and description for clients."""

from __future__ import annotations

import functools
import inspect
import logging
import secrets
from collections.abc import Callable
from typing import Any

import gradio as gr

from ...core.errors import LabError
from ...lab import Lab
from ...text import choose_language
from ..guard import refusal
from ..safely import HEAVY, LIGHT, Lane, mistake
from .endpoints import Endpoints
from .values import checked

log = logging.getLogger(__name__)


def register(lab: Lab) -> None:
    """Make the endpoints, within the blocks that are being built; names, types and words are those of `Endpoints`."""
    endpoints = Endpoints(lab)
    lanes: dict[Lane, tuple[Callable[..., Any], ...]] = {
        LIGHT: (endpoints.models, endpoints.embed, endpoints.neighbours, endpoints.generate),
        HEAVY: (endpoints.augment, endpoints.degrade, endpoints.restore),
    }
    for lane, methods in lanes.items():
        for method in methods:
            gr.api(answering(lab, method, lane), concurrency_id=lane.name, concurrency_limit=lane.width)


def answering(lab: Lab, method: Callable[..., Any], lane: Lane) -> Callable[..., Any]:
    """The method in its lane; what it raises becomes one sentence in the language asked for, never a traceback.

    If the graphics card of `lab` has no memory left, it is called once more, now on the CPU.
    """
    # Gradio reads kinds off the signature, and takes those that are written as text for nothing.
    signature = inspect.signature(method, eval_str=True)

    @functools.wraps(method)
    def answer(*values: Any, **named: Any) -> Any:
        arguments = signature.bind(*values, **named)
        arguments.apply_defaults()
        asked = arguments.arguments.get("language")
        language = choose_language(asked if isinstance(asked, str) else None, None)

        def once() -> Any:
            with lane.gate:
                return method(**checked(signature, arguments.arguments))

        try:
            try:
                return once()
            except Exception as error:
                if not lab.relieve(error):
                    raise
            return once()
        except Exception as error:
            known = mistake(error)
            if known is None:
                number = secrets.token_hex(3)
                log.error("bug %s", number, exc_info=error)
                known = LabError("unexpected", id=number)
            raise refusal(known, language) from None

    answer.__signature__ = signature  # type: ignore[attr-defined]
    return answer
