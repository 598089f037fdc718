"""t-SNE in a process of its own: it takes a minute, can be stopped, and is never in the way of a slider.

Run as a program, this file reads embeddings from its standard input and writes their places to its standard output.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

from ..core.errors import LabError
from ..gallery import Gallery, Index
from ..gallery.index import Rows
from .maps import Map, tsne_map

#: Seconds without anybody asking after which the work is given up: whoever wanted it has left.
PATIENCE = 6.0
# Between two looks at the clock.
_BLINK = 0.2
# How much it stands back behind what visitors wait for; more than this and a busy machine would not get to it at all.
_NICE = 5
_PROGRAM = (sys.executable, "-m", __name__)


class TsneJob:
    """One map on its way. It goes on for as long as somebody asks for it."""

    def __init__(self, gallery: Gallery, *, patience: float = PATIENCE) -> None:
        """Starts at once. Raises LabError ``metric.too_few`` below 8 pictures, as `tsne_map` does."""
        if len(gallery) < 8:
            raise LabError("metric.too_few", got=len(gallery), needed=8)
        self._patience = patience
        self._begun = self._asked = time.monotonic()
        self._process = subprocess.Popen(
            _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2],
        )
        self._written = b""
        self._talk = threading.Thread(target=self._exchange, args=(gallery.index.rows,), daemon=True)
        self._talk.start()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._begun

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return not self._talk.is_alive()

    def ask(self, gallery: Gallery) -> Map | None:
        """The map if it is there; None while it is not. Whoever waits asks every second or so.

        `gallery` is the one that it was begun with: the job does not hold it, so that it can go before the job does.

        Raises LabError ``study.map_stopped`` if the work has come to an end without one.
        """
        self._asked = time.monotonic()
        if not self.is_over:
            return None
        if self._process.returncode != 0:
            raise LabError("study.map_stopped")
        with np.load(io.BytesIO(self._written), allow_pickle=False) as found:
            places, trust = found["places"], float(found["trustworthiness"])
        # Already in the unit square; a t-SNE map has no other frame.
        return Map("tsne", places, None, gallery.index, (np.full(2, 0.5, np.float32), 1.0), trust)

    def stop(self) -> None:
        """Give it up now."""
        self._process.kill()

    def _exchange(self, rows: Rows) -> None:
        sent = io.BytesIO()
        np.save(sent, rows, allow_pickle=False)
        self._written, _ = self._process.communicate(sent.getvalue())

    def _watch(self) -> None:
        while not self.is_over:
            if time.monotonic() - self._asked > self._patience:
                self.stop()
                return
            time.sleep(_BLINK)


def _worked_out(sent: bytes) -> bytes:
    """What the process answers: embeddings in, places and trustworthiness out, both as NumPy writes them."""
    rows = np.load(io.BytesIO(sent), allow_pickle=False)
    nothing = np.zeros((len(rows), 1, 1, 3), np.uint8)
    found = tsne_map(Gallery("", nothing, np.full(len(rows), -1, np.int64), (), (), "", Index(rows)))
    written = io.BytesIO()
    np.savez(written, places=found.places, trustworthiness=np.float64(found.trustworthiness))
    return written.getvalue()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_NICE)
    sys.stdout.buffer.write(_worked_out(sys.stdin.buffer.read()))
