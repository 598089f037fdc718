"""Exact search against a flat faiss index, and the time that embedding one picture takes.

Top 10 among 60,000 embeddings of 128 numbers, for one query and for 64 at once, both on one thread.
faiss (MIT) runs in a Python of its own that has it installed, as a process asked over pipes; it and our index
take turns within each round, and the ratio is the median of the rounds' own.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch

from ..core.errors import LabError
from ..data.datasets import photo
from ..gallery import Index
from ..lab import Lab
from .peer import answer
from .rounds import Run, milliseconds, race, ratio, timed

NOT_INSTALLED = "not installed"
_ROWS, _DIMENSION, _QUERIES, _K = 60_000, 128, 64, 10
#: Milliseconds aimed at for one query, and the ratio for 64; for one query the ratio is only reported.
_GOAL_MS, _GOAL_RATIO, _GOAL_EMBED_MS = 4.0, 0.8, 10.0
_CORNERS = 40

#: Runs under the other Python; nothing of it is imported here.
_PEER = """
import json, sys, time
import numpy as np
import faiss
faiss.omp_set_num_threads(1)
rows, queries = np.load(sys.argv[1]), np.load(sys.argv[2])
index = faiss.IndexFlatIP(rows.shape[1])
index.add(rows)
print(json.dumps({"version": faiss.__version__}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    chosen = queries[:asked["queries"]]
    start = time.perf_counter()
    for _ in range(asked["repeats"]):
        found = index.search(chosen, asked["k"])[1]
    print(json.dumps({"seconds": time.perf_counter() - start, "found": found.tolist()}), flush=True)
"""


def measure(*, rounds: int = 15, peer_python: Path | None = None, checkpoints: Path | None = None) -> dict[str, Any]:
    """{"rows": [...]}: milliseconds of both and the median ratio (above 1: we are faster), then embedding one picture.

    peer_python: the Python of an environment with faiss; without it its columns say "not installed".
    Raises LabError ``benchmark.failed`` if that Python cannot run it or finds other neighbours than we do.
    """
    generator = np.random.default_rng(0)
    rows, queries = (_units(generator, count) for count in (_ROWS, _QUERIES))
    with ExitStack() as stack:
        peer = stack.enter_context(_serving(peer_python, rows, queries)) if peer_python else None
        threads = torch.get_num_threads(), cv2.getNumThreads()
        stack.callback(torch.set_num_threads, threads[0])
        stack.callback(cv2.setNumThreads, threads[1])
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        index = Index(rows)
        table = [_search_row(index, queries[:count], rounds, peer) for count in (1, _QUERIES)]
    return {"rows": [*table, _embedding_row(Lab(checkpoints, device="cpu"), rounds)]}


class _Peer:
    """faiss in its process. `name` says its version."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.name = f"faiss {self._answer()['version']}"

    def search(self, queries: int, repeats: int) -> tuple[float, npt.NDArray[np.int64]]:
        """(seconds of so many searches with the first so many queries, (queries, k) rows found)."""
        assert self._process.stdin
        asked = {"queries": queries, "repeats": repeats, "k": _K}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        told = self._answer()
        return float(told["seconds"]), np.array(told["found"], np.int64)

    def _answer(self) -> dict[str, Any]:
        return answer(self._process, who="faiss")


@contextmanager
def _serving(
    python: Path, rows: npt.NDArray[np.float32], queries: npt.NDArray[np.float32]
) -> Iterator[_Peer]:
    """Start faiss with the same numbers, and end it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("rows.npy", "queries.npy")]
        np.save(files[0], rows)
        np.save(files[1], queries)
        try:
            process = subprocess.Popen(
                [str(python), "-c", _PEER, *files], text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise LabError("benchmark.failed", why=str(error)) from None
        with process:
            try:
                yield _Peer(process)
            finally:
                process.terminate()


def _search_row(index: Index, queries: npt.NDArray[np.float32], rounds: int, peer: _Peer | None) -> dict[str, Any]:
    count = len(queries)
    asked = queries[0] if count == 1 else queries
    runs: dict[str, Run] = {"ours": timed(lambda: index.nearest(asked, _K))}
    if peer:
        _, theirs = peer.search(count, 1)
        if not np.array_equal(theirs, np.atleast_2d(index.nearest(asked, _K).indices)):
            raise LabError("benchmark.failed", why="faiss finds other neighbours than we do")
        runs["peer"] = lambda repeats: peer.search(count, repeats)[0]
    seconds = race(runs, rounds)
    row: dict[str, Any] = {
        "name": "one query" if count == 1 else f"{count} queries",
        "ours_ms": milliseconds(seconds["ours"]),
        "peer_name": peer.name if peer else "faiss",
        "peer_ms": milliseconds(seconds["peer"]) if peer else NOT_INSTALLED,
        "ratio": NOT_INSTALLED,
        "goal_ms": _GOAL_MS if count == 1 else None,
        "goal_ratio": None if count == 1 else _GOAL_RATIO,
    }
    if peer:
        row["ratio"] = ratio(seconds["peer"], seconds["ours"])
    return {**row, "k": _K, "bank": f"{_ROWS} x {_DIMENSION}", "rounds": rounds, "threads": 1}


def _embedding_row(lab: Lab, rounds: int) -> dict[str, Any]:
    """A photograph at full size to its embedding, as the page does with a query: on all threads, having no peer."""
    encoder, picture = lab.encoder(), photo("chelsea")
    # Another part of the photograph each time: the encoder remembers the last few hundred pictures it was shown.
    corners = itertools.cycle(itertools.product(range(_CORNERS), repeat=2))

    def embed() -> None:
        top, left = next(corners)
        encoder.embed([picture[top:, left:]])

    seconds = race({"ours": timed(embed)}, rounds)["ours"]
    return {"name": "embed one picture", "encoder": encoder.name, "ours_ms": milliseconds(seconds),
            "goal_ms": _GOAL_EMBED_MS, "rounds": rounds, "threads": torch.get_num_threads()}


def _units(generator: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
    rows = generator.normal(size=(count, _DIMENSION))
    units: npt.NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units
