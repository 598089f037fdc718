import json

import pytest

from contrastlab.training.curve import CURVE, POINTS, read_curve, write_curve


def log(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(step, **values):
    return {"step": step, "rate_factor": 0.5, "samples_per_second": 1e4, **values}


def test_a_long_log_becomes_means_over_equal_stretches(tmp_path):
    rows = [row(20 * number, loss=float(number), logit=-1.0) for number in range(1, 1001)]
    write_curve(log(tmp_path / "log", rows), tmp_path)
    curve = read_curve(tmp_path)
    assert curve is not None and set(curve.lines) == {"loss", "logit"}
    assert len(curve.steps) == POINTS and curve.steps[0] == 200 and curve.steps[-1] == 20_000
    assert curve.lines["loss"][0] == pytest.approx(5.5) and curve.lines["loss"][-1] == pytest.approx(995.5, rel=1e-3)
    assert set(curve.lines["logit"]) == {-1.0}
    assert (tmp_path / CURVE).stat().st_size < 4_000


def test_a_short_log_is_kept_as_it_is_in_every_folder(tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    write_curve(log(tmp_path / "log", [row(20, loss=0.123456), row(27, loss=2.0)]), *folders)
    for folder in folders:
        curve = read_curve(folder)
        assert curve is not None and curve.steps == (20, 27) and curve.lines == {"loss": (0.1235, 2.0)}


def test_what_logged_other_things_at_first_is_told_from_where_it_logs_these(tmp_path):
    write_curve(log(tmp_path / "log", [row(20, old=1.0), row(40, loss=2.0), row(60, loss=3.0)]), tmp_path)
    curve = read_curve(tmp_path)
    assert curve is not None and curve.steps == (40, 60)


def test_nothing_logged_leaves_nothing(tmp_path):
    write_curve(tmp_path / "absent", tmp_path)
    write_curve(log(tmp_path / "log", []), tmp_path)
    write_curve(log(tmp_path / "log", [row(20)]), tmp_path)
    assert not (tmp_path / CURVE).exists() and read_curve(tmp_path) is None


@pytest.mark.parametrize("stored", [
    "", "[]", "{}", '{"steps": []}', '{"steps": [2, 1], "loss": [1, 2]}', '{"steps": [1, 2], "loss": [1]}',
    '{"steps": [1, 2], "loss": [1, NaN]}', '{"steps": "ab", "loss": [1]}', '{"steps": [1], "loss": 3}',
])
def test_a_damaged_file_is_none(tmp_path, stored):
    (tmp_path / CURVE).write_text(stored)
    assert read_curve(tmp_path) is None
