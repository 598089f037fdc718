"""Long studies, cell by cell: what was finished before is not done again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.checkpoint import write_atomically

#: Hears the name of a cell, the seconds it took, 0 if it was known, and the share of all cells that are known now.
Tell = Callable[[str, float, float], None]


class Cells:
    """Results by name in one JSON file, each written as soon as it is known.

    The file lies in a folder of its own for whatever `asked` says: the same study with other settings begins anew.
    """

    def __init__(self, folder: Path, asked: Mapping[str, Any], total: int, tell: Tell) -> None:
        """`asked`: all that the results depend on, as JSON can say it. `tell` hears of each of the `total` cells."""
        key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
        self.folder = folder / key
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path, self._total, self._tell = self.folder / "cells.json", total, tell
        self._known: dict[str, Any] = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._done = 0

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def of(self, name: str, compute: Callable[[], Any]) -> Any:
        """The result of that name, from `compute` if nobody has asked before; JSON can hold it."""
        seconds = 0.0
        if name not in self._known:
            start = time.monotonic()
            self._known[name] = compute()
            seconds = time.monotonic() - start
            write_atomically(self._path, (json.dumps(self._known, indent=1) + "\n").encode())
        self._done += 1
        self._tell(name, seconds, self._done / self._total)
        return self._known[name]
