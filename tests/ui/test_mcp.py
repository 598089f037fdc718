"""The endpoints as tools of the Model Context Protocol, where its package is installed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from contrastlab.core.images import encode_png
from contrastlab.data.datasets import photo
from contrastlab.ui.hosting import PRIVATE
from contrastlab.ui.page import launch_kwargs

from .calling import Caller, serving
from .conftest import SmallLab
from .test_api import NAMES

CAT = "data:image/png;base64," + base64.b64encode(encode_png(photo("chelsea")[:64, :64])).decode()


def test_without_the_flag_there_are_no_tools(lab: SmallLab) -> None:
    assert launch_kwargs(lab, PRIVATE)["mcp_server"] is False


@pytest.fixture(scope="module")
def tools(lab: SmallLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    pytest.importorskip("mcp", reason='needs pip install "gradio[mcp]"')
    with serving(lab, tmp_path_factory.mktemp("gradio"), mcp_server=True) as caller:
        yield caller


def asked(tools: Caller, method: str, **params: Any) -> Any:
    answer = tools.http.post(
        "/gradio_api/mcp/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
        headers={"Accept": "application/json, text/event-stream"}, follow_redirects=True,
    )
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return json.loads(lines[-1].removeprefix("data: "))["result"]


def test_the_tools_are_the_named_endpoints_with_their_words(tools: Caller) -> None:
    listed = {one["name"]: one for one in asked(tools, "tools/list")["tools"]}
    assert set(listed) == NAMES
    for name, tool in listed.items():
        assert len(tool["description"]) > 40
        for parameter, about in tool["inputSchema"]["properties"].items():
            assert about.get("description"), f"{name}: {parameter}"


def test_a_picture_goes_in_and_comes_out(tools: Caller) -> None:
    answer = asked(tools, "tools/call", name="augment", arguments={"picture": CAT, "policy": "light", "seed": 1})
    assert not answer.get("isError"), answer
    assert [one["type"] for one in answer["content"]] == ["image", "text"]


@pytest.mark.parametrize("picture", ["http://127.0.0.1:9/cat.png", "https://example.org/cat.png", "/etc/passwd", "x"])
def test_an_address_or_a_path_is_refused_in_words(tools: Caller, picture: str) -> None:
    answer = asked(tools, "tools/call", name="embed", arguments={"picture": picture})
    assert answer["isError"]
    assert "Traceback" not in json.dumps(answer)
