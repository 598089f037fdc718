"""t-SNE in a process of its own."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.gallery import Gallery, Index
from contrastlab.metrics.projection import trustworthiness
from contrastlab.studies import apart
from contrastlab.studies.apart import TsneJob
from contrastlab.studies.maps import Map, tsne_map


def gallery(count: int) -> Gallery:
    """Three clumps of embeddings."""
    generator = np.random.default_rng(0)
    middles = generator.standard_normal((3, 16))
    labels = np.arange(count) % 3
    rows = middles[labels] + 0.2 * generator.standard_normal((count, 16))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return Gallery("clumps", np.zeros((count, 1, 1, 3), np.uint8), labels, ("a", "b", "c"), (), "key", Index(rows))


def waited(job: TsneJob, where: Gallery) -> Map:
    for _ in range(1200):
        found = job.ask(where)
        if found is not None:
            return found
        time.sleep(0.1)
    raise AssertionError("no map in two minutes")


def test_the_map_comes_back_with_its_trustworthiness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = gallery(90)
    sent, answer = io.BytesIO(), tmp_path / "answer"
    np.save(sent, where.index.rows)
    answer.write_bytes(apart._worked_out(sent.getvalue()))
    # A process that is there at once, and answers nothing unless it was sent just that.
    program = (
        "import sys; sent = sys.stdin.buffer.read(); "
        f"assert len(sent) == {len(sent.getvalue())}; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"
    )
    monkeypatch.setattr(apart, "_PROGRAM", (sys.executable, "-c", program, str(answer)))
    found = waited(TsneJob(where, patience=60), where)
    assert found.kind == "tsne"
    np.testing.assert_array_equal(found.places, tsne_map(where).places)
    assert found.trustworthiness == pytest.approx(trustworthiness(where.index.rows, found.places), abs=1e-6)
    np.testing.assert_array_equal(found.place(where.index.rows[7]), found.places[7])


@pytest.mark.slow
def test_the_process_itself_works_it_out() -> None:
    where = gallery(40)
    found = waited(TsneJob(where, patience=60), where)
    np.testing.assert_allclose(found.places, tsne_map(where).places, atol=0.01)


def test_a_job_that_is_stopped_or_that_nobody_asks_for_ends_without_a_map() -> None:
    where = gallery(90)
    stopped, forgotten = TsneJob(where), TsneJob(where, patience=0.0)
    stopped.stop()
    for job in (stopped, forgotten):
        for _ in range(100):
            if job.is_over:
                break
            time.sleep(0.1)
        with pytest.raises(LabError) as error:
            job.ask(where)
        assert error.value.key == "study.map_stopped"


def test_too_few_pictures_begin_no_work() -> None:
    with pytest.raises(LabError) as error:
        TsneJob(gallery(7))
    assert error.value.key == "metric.too_few"
