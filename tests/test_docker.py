"""The Dockerfile against the project; no container is built here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from .space import tracked_files

ROOT = Path(__file__).resolve().parent.parent
#: (instruction, what follows) in order, continued lines joined.
LINES = [
    (name, rest.strip())
    for name, _, rest in (
        line.partition(" ") for line in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
        if line.strip() and not line.startswith("#")
    )
]


def copied() -> list[str]:
    return [source for name, rest in LINES if name == "COPY" for source in shlex.split(rest)[:-1]]


def test_what_the_page_needs_is_copied_and_nothing_else() -> None:
    needed = {name.split("/")[0] for name in tracked_files(ROOT)} & {"app.py", "contrastlab", "checkpoints"}
    assert set(copied()) == needed | {"packages.txt", "requirements.txt"}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == set(copied())
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")


def test_it_does_not_run_as_root() -> None:
    users = [place for place, (name, _) in enumerate(LINES) if name == "USER"]
    assert LINES[users[-1]][1] not in ("root", "0")
    assert users[-1] < next(place for place, (name, _) in enumerate(LINES) if name == "CMD")


def test_the_port_is_the_same_everywhere_and_the_health_is_asked_for() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert dict(LINES)["EXPOSE"] == "7860"
    assert "GRADIO_SERVER_PORT=7860" in text and "127.0.0.1:7860/health" in text
    assert "CONTRASTLAB_PUBLIC=1" in text


def test_it_has_a_python_that_the_project_allows() -> None:
    here = re.fullmatch(r"python:3\.(\d+)-slim", dict(LINES)["FROM"])
    least = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert here is not None and least is not None
    assert int(here[1]) >= int(least[1])
