"""The comparison with faiss, played through with a stand-in that speaks the same language."""

import sys
from pathlib import Path

import pytest

from contrastlab.benchmark import rounds, search
from contrastlab.core.errors import LabError

STAND_IN = """
import numpy as np
__version__ = "9.9"
def omp_set_num_threads(count): pass
class IndexFlatIP:
    def __init__(self, dimension): self.dimension = dimension
    def add(self, rows): self.rows = rows
    def search(self, queries, k):
        scores = queries @ self.rows.T
        order = np.argsort(SIGN * scores, axis=1)[:, :k]
        return scores, order
"""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(search, "_ROWS", 500)
    monkeypatch.setattr(rounds, "LEAST", 0.001)


def stand_in(folder, monkeypatch, *, sign):
    (folder / "faiss.py").write_text(STAND_IN.replace("SIGN", sign))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return Path(sys.executable)


def test_without_a_peer_its_columns_say_so():
    one, many, embed = search.measure(rounds=1)["rows"]
    assert (one["name"], many["name"], embed["name"]) == ("one query", "64 queries", "embed one picture")
    for row in (one, many):
        assert row["peer_ms"] == row["ratio"] == "not installed" and row["ours_ms"] > 0
    assert embed["ours_ms"] > 0 and embed["encoder"] == "encoder-simclr-cifar10"


def test_with_a_peer_both_answer_and_the_ratio_is_theirs_over_ours(tmp_path, monkeypatch):
    python = stand_in(tmp_path, monkeypatch, sign="-1")
    slow = {"ours": [1.0, 2.0, 4.0], "peer": [3.0, 2.0, 4.0]}
    monkeypatch.setattr(search, "race", lambda runs, _: {name: slow[name] for name in runs if runs[name](1) >= 0})
    one, many, _ = search.measure(rounds=3, peer_python=python)["rows"]
    for row in (one, many):
        assert row["peer_name"] == "faiss 9.9" and (row["ours_ms"], row["peer_ms"], row["ratio"]) == (2000, 3000, 1.0)


def test_a_peer_that_finds_something_else_is_no_yardstick(tmp_path, monkeypatch):
    with pytest.raises(LabError, match=r"benchmark.failed.*other neighbours"):
        search.measure(rounds=1, peer_python=stand_in(tmp_path, monkeypatch, sign="1"))


def test_a_python_without_faiss_says_so(tmp_path):
    with pytest.raises(LabError, match=r"benchmark.failed.*faiss"):
        search.measure(rounds=1, peer_python=Path(sys.executable))
    with pytest.raises(LabError, match=r"benchmark.failed"):
        search.measure(rounds=1, peer_python=tmp_path / "nothing")
