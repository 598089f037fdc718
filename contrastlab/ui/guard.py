"""What comes over the wire, before any handler sees it: files only out of what was uploaded here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from ..core.errors import LabError
from ..text import LANGUAGES, explain

log = logging.getLogger(__name__)

#: Characters of what a stranger wrote that come back in a sentence.
_LONGEST = 300


class GuardedBlocks(gr.Blocks):
    """Blocks that fetch nothing for a visitor.

    Gradio's own (6.31) takes an address wherever it takes a file, in any event, and fetches it before the handler
    is called; and tells of every other misfit by a traceback in the log and no word to the caller.
    """

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *more: Any, **settings: Any) -> Any:
        try:
            check_files(inputs)
            return await super().preprocess_data(block_fn, inputs, *more, **settings)
        except gr.Error:
            raise
        except LabError as error:
            raise refusal(error, spoken(inputs)) from None
        except Exception as error:
            # Too few values, a file that is gone: only who writes a request by hand gets here.
            log.info("a call of %s does not fit: %r", block_fn.api_name, error)
            raise refusal(LabError("api.unfitting"), spoken(inputs)) from None


def check_files(values: Any) -> None:
    """Let pass what names no file, or only files that were uploaded. Raises LabError ``api.not_uploaded``."""
    for path in _files(values):
        check_uploaded(path)


def check_uploaded(path: str) -> Path:
    """The path of a file in Gradio's own cache. Raises LabError ``api.not_uploaded``, for addresses too."""
    try:
        place = Path(path).resolve()
        there = place.is_relative_to(Path(get_upload_folder()).resolve()) and place.is_file()
    except (OSError, ValueError):  # a name of thousands of letters, a zero byte
        there = False
    if not there or "://" in path:
        raise LabError("api.not_uploaded")
    return place


def refusal(error: LabError, language: str) -> gr.Error:
    """The error as Gradio hands it to a caller: one sentence, nothing in the log."""
    facts = {name: _short(fact) if isinstance(fact, str) else fact for name, fact in error.facts.items()}
    sentence = explain(LabError(error.key, **facts), language)
    # Half a surrogate pair cannot be sent.
    return gr.Error(sentence.encode("utf-8", "replace").decode(), print_exception=False)


def spoken(inputs: Any) -> str:
    """The language in which whoever sent these values is answered: one of the values names it, else English."""
    if not isinstance(inputs, list):
        return LANGUAGES[0]
    return next((one for one in inputs if isinstance(one, str) and one in LANGUAGES), LANGUAGES[0])


def _short(fact: str) -> str:
    return fact if len(fact) <= _LONGEST else f"{fact[:_LONGEST]}…"


def _files(values: Any) -> Iterator[str]:
    """The path of every file that Gradio would find among the values."""
    waiting = [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            path, about = value.get("path"), value.get("meta")
            if isinstance(path, str) and isinstance(about, dict) and about.get("_type") == "gradio.FileData":
                yield path
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
