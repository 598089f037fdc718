"""Embeddings kept on disk between starts. Only an answer to exactly the same question is ever read back."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as pack_safetensors

from ..core.checkpoint import write_atomically
from ..core.images import Image
from ..data.datasets.store import cache_folder, sweep
from .index import Rows

# Raised whenever the same pictures and key would be stored in another form.
_FORM = 1
# Files kept; a new one pushes out the one that was used longest ago. Each draft of an encoder makes one more.
_KEPT = 24
# Threads of one process would write to the same temporary file.
_WRITING = threading.Lock()


def pictures_hash(pictures: Image | Sequence[Image]) -> str:
    """What changes when a pixel, the size or the order of the pictures does."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(repr(picture.shape).encode())
        digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def read(identity: str) -> Rows | None:
    """The rows (M, D) stored under this identity; None if there are none or the file is damaged or another's."""
    path = _path(identity)
    try:
        stored = parse_safetensors(path.read_bytes())
        rows: Rows = stored["rows"]
        # The seal covers the identity, so that a file under a wrong name is refused as a damaged one is.
        if rows.dtype != np.float32 or stored["seal"].tobytes() != _seal(identity, rows):
            return None
        os.utime(path)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    return rows


def write(identity: str, rows: Rows) -> None:
    """Store the rows under this identity, all of them or none. A full or read-only disk is no error: it costs
    the next start some time."""
    path = _path(identity)
    seal = np.frombuffer(_seal(identity, rows), np.uint8)
    with _WRITING:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            sweep(path.parent, ".*.part")
            write_atomically(path, pack_safetensors({"rows": np.ascontiguousarray(rows), "seal": seal}))
            _sweep(path.parent)
        except OSError:
            return


def _path(identity: str) -> Path:
    name = hashlib.sha256(identity.encode()).hexdigest()[:32]
    return cache_folder() / "galleries" / f"{_FORM}-{name}.safetensors"


def _seal(identity: str, rows: npt.NDArray[np.float32]) -> bytes:
    digest = hashlib.sha256(f"{_FORM}\0{identity}\0{rows.shape}".encode())
    digest.update(np.ascontiguousarray(rows).data)
    return digest.digest()


def _sweep(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in files[_KEPT:]:
        path.unlink(missing_ok=True)
