"""What was finished before is not done again, unless something else was asked."""

from pathlib import Path

from contrastlab.studies.cells import Cells


def test_a_finished_cell_is_read_and_other_settings_begin_anew(tmp_path: Path) -> None:
    shares: list[float] = []
    first = Cells(tmp_path, {"steps": 1}, 2, shares.append)
    assert first.of("a", lambda: [1.5]) == [1.5]
    again = Cells(tmp_path, {"steps": 1}, 2, shares.append)
    assert "a" in again and "b" not in again
    assert again.of("a", lambda: 1 / 0) == [1.5]
    assert again.of("b", lambda: {"x": 2}) == {"x": 2}
    assert shares == [0.5, 0.5, 1.0]
    other = Cells(tmp_path, {"steps": 2}, 1, shares.append)
    assert "a" not in other and other.folder != first.folder
