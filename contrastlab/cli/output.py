"""Writing what a command was asked for."""

from __future__ import annotations

from pathlib import Path

from ..core.checkpoint import write_atomically
from ..core.errors import LabError


def write(path: Path, content: bytes) -> None:
    """Write the file in one step. Raises LabError ``cli.cannot_write`` naming the path and the reason."""
    try:
        write_atomically(path, content)
    except OSError as error:
        raise LabError("cli.cannot_write", path=str(path), why=error.strerror or str(error)) from None


def make_folder(path: Path) -> None:
    """Make the folder and those above it, if they are not there. Raises LabError ``cli.cannot_write``."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError("cli.cannot_write", path=str(path), why=error.strerror or str(error)) from None
