"""What a Space gets starts from a packed copy, offline, and the README's head tells a Space what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gradio
import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests import space

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.timeout(300)  # it starts processes, which a busy machine does slowly


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[space.Started]:
    with space.started(tmp_path_factory.mktemp("space"), lending=True) as found:
        yield found


def test_the_packed_copy_opens_its_page_offline(running: space.Started) -> None:
    found = space.open_page(running.url)
    assert found["components"] > 10 and found["loaded"] >= 1
    assert running.outside_hosts() == []


def test_on_zerogpu_one_function_may_borrow_a_card_and_no_slider_does(running: space.Started) -> None:
    space.open_page(running.url)
    space.call(running.url, "generate", ["gan-cifar10", 7, "cat", 1.0, "en"])
    (may,) = running.borrowers.read_text().splitlines()
    assert may.split()[:2] == ["may", "contrastlab.ui.lent"] and int(may.split()[2]) <= 30
    assert running.outside_hosts() == []


def test_the_pack_holds_what_runs_and_nothing_else(running: space.Started) -> None:
    names = {str(path.relative_to(running.copy)) for path in running.copy.rglob("*") if path.is_file()}
    assert {"app.py", "README.md", "requirements.txt", "packages.txt", "checkpoints/index.json"} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/", ".venv/", "runs/"))]


def test_the_guard_notes_and_refuses_an_outside_host(tmp_path: Path) -> None:
    environment = space.offline_environment(tmp_path, tmp_path / "asked_for.txt")
    for call in ("getaddrinfo('example.org', 80)", "create_connection(('192.0.2.1', 80), 5)"):
        done = subprocess.run(
            [sys.executable, "-c", f"import socket; socket.{call}"], env=environment, capture_output=True, text=True,
        )
        assert "offline: " in done.stderr
    assert (tmp_path / "asked_for.txt").read_text().split() == ["example.org", "192.0.2.1"]


def test_the_head_of_the_readme_fits_requirements_and_files() -> None:
    head = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    allowed = SpecifierSet(next(line for line in lines if line.startswith("gradio")).removeprefix("gradio"))
    assert isinstance(head["sdk_version"], str) and head["sdk_version"] in allowed
    assert head["sdk"] == "gradio" and gradio.__version__ in allowed
    # A number would lose its last digit: 3.10 is 3.1.
    assert isinstance(head["python_version"], str) and head["python_version"] in SpecifierSet(">=3.11")
    assert (ROOT / head["app_file"]).is_file()
    assert head["python_version"] == "3.12", "what ZeroGPU has"
    assert "libgl1" in (ROOT / "packages.txt").read_text().split(), "OpenCV does not load without"
    assert head["license"] == "apache-2.0"
    assert len(head["short_description"]) <= 60
