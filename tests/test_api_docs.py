"""What docs/api.md says works on a real page with the models that come with it, and both languages say the same."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from contrastlab.cli.main import _parser
from contrastlab.core.images import encode_jpeg, open_image
from contrastlab.data.datasets import photo
from contrastlab.lab import Lab
from tests.test_readme import blocks, commands, outline
from tests.ui.calling import Caller, serving

DOCS = Path(__file__).resolve().parent.parent / "docs"
ENGLISH, CHINESE = ((DOCS / name).read_text(encoding="utf-8") for name in ("api.md", "api.zh.md"))
ADDRESS = "http://127.0.0.1:7860/"


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTRASTLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        with serving(Lab(device="cpu"), tmp_path_factory.mktemp("gradio")) as caller:
            yield caller


@pytest.mark.timeout(300)  # the models are the real ones
def test_the_python_lines_run(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "download_files", str(tmp_path / "received"))
    cat = photo("chelsea")
    Path("photo.jpg").write_bytes(encode_jpeg(cat))
    names: dict[str, Any] = {}
    for block in blocks(ENGLISH, "python"):
        exec(compile(block.replace(ADDRESS, str(caller.http.base_url)), "docs/api.md", "exec"), names)
    said = capsys.readouterr().out
    assert re.search(r"alike: 0\.\d+", said)
    assert re.search(r"^1 \w+ 0?\.\d+ \d+$", said, re.MULTILINE)
    assert re.search(r"noise found: \d+ of 255 levels", said)
    assert len(names["others"]) == 3
    assert open_image(names["painted"]).pixels.shape == (32, 32, 3)
    assert open_image(names["repaired"]).pixels.shape == cat.shape
    answers = (json.loads(line) for line in blocks(ENGLISH, "sh")[0].split("'")[1::2])
    (picture,) = caller.send("generate", next(answers)["data"])
    assert (caller.pixels(picture) == open_image(names["painted"]).pixels).all()


def test_every_call_is_in_the_table_with_all_it_takes(caller: Caller) -> None:
    info = caller.http.get("/gradio_api/info").json()["named_endpoints"]
    rows = {row.split("`")[1]: row for row in ENGLISH.splitlines() if row.startswith("| `/")}
    assert set(rows) == set(info)
    for name, about in info.items():
        for one in about["parameters"]:
            assert one["parameter_name"] in rows[name] or one["parameter_name"] == "language"


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_commands_are_known(text: str) -> None:
    parser = _parser("en")
    assert [parser.parse_args(shlex.split(line)).command for line in commands(text)] == ["app"]


def test_both_languages_have_the_same_parts_and_the_same_code() -> None:
    assert outline(ENGLISH) == outline(CHINESE)
    assert blocks(ENGLISH) == blocks(CHINESE) and len(blocks(ENGLISH, "python")) == 3
