"""What was finished before is not done again, unless something else was asked."""

from pathlib import Path

from contrastlab.studies.cells import Cells


def test_a_finished_cell_is_read_and_other_settings_begin_anew(tmp_path: Path) -> None:
    heard: list[tuple[str, bool, float]] = []

    def tell(name: str, seconds: float, share: float) -> None:
        heard.append((name, seconds > 0, share))

    first = Cells(tmp_path, {"steps": 1}, 2, tell)
    assert first.of("a", lambda: [1.5]) == [1.5]
    again = Cells(tmp_path, {"steps": 1}, 2, tell)
    assert "a" in again and "b" not in again
    assert again.of("a", lambda: 1 / 0) == [1.5]
    assert again.of("b", lambda: {"x": 2}) == {"x": 2}
    assert heard == [("a", True, 0.5), ("a", False, 0.5), ("b", True, 1.0)]
    other = Cells(tmp_path, {"steps": 2}, 1, tell)
    assert "a" not in other and other.folder != first.folder
