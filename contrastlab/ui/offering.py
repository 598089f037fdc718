"""A file that is made for a visitor and offered to be saved."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from ..text import say


def file_place(file: gr.DownloadButton, name: str) -> Path:
    """A path of that name inside Gradio's cache, where it is served from and swept away after an hour."""
    return _place(Path(file.GRADIO_CACHE), name)


def kept(name: str, content: bytes) -> Path:
    """The content as a file of that name inside Gradio's cache; if the disk is full, nothing of it is left there."""
    path = _place(Path(get_upload_folder()), name)
    try:
        path.write_bytes(content)
    except OSError:
        path.unlink(missing_ok=True)
        path.parent.rmdir()
        raise
    return path


def offered(file: gr.DownloadButton, path: Path, language: str) -> dict[Any, Any]:
    """The button as it offers the file there, with its name and size."""
    size = path.stat().st_size / 2**20
    label = say("page.file", language, name=path.name, size=f"{size:.1f}")
    return {file: gr.update(value=str(path), label=label, visible=True)}


def _place(cache: Path, name: str) -> Path:
    folder = cache / secrets.token_hex(16)
    folder.mkdir(parents=True)
    return folder / name
