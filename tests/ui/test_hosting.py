from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

from contrastlab.core.errors import LabError
from contrastlab.lab import Lab
from contrastlab.text import explain
from contrastlab.ui import hosting
from contrastlab.ui.hosting import (
    PRIVATE,
    PUBLIC,
    checked_auth,
    checked_root_path,
    health_route,
    lan_address,
    qr_in_terminal,
)
from contrastlab.ui.page import build, launch_kwargs

from .conftest import SmallLab


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, PRIVATE),
        ({"SPACE_ID": "owner/lab"}, PUBLIC),
        ({"CONTRASTLAB_PUBLIC": "1"}, PUBLIC),
        ({"CONTRASTLAB_PUBLIC": "0", "SPACE_ID": "owner/lab"}, PRIVATE),
    ],
)
def test_a_space_is_public_and_the_owner_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: hosting.Hosting
) -> None:
    for name in ("SPACE_ID", "CONTRASTLAB_PUBLIC"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hosting.hosting() == expected


def test_tools_are_offered_only_when_asked_for_and_where_their_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTRASTLAB_MCP", raising=False)
    assert not hosting.hosting().tools
    monkeypatch.setattr(hosting.importlib.util, "find_spec", lambda name: object())
    assert hosting.hosting(tools=True) == replace(PRIVATE, tools=True)
    assert hosting.hosting(public=True, tools=True) == replace(PUBLIC, tools=True)
    monkeypatch.setenv("CONTRASTLAB_MCP", "1")
    assert hosting.hosting().tools
    monkeypatch.setattr(hosting.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LabError, match="hosting.no_mcp") as told:
        hosting.hosting()
    assert 'pip install "gradio[mcp]"' in explain(told.value)


def test_strangers_are_allowed_less(lab: SmallLab) -> None:
    assert PUBLIC.file_bytes < PRIVATE.file_bytes and PUBLIC.waiting < PRIVATE.waiting
    assert launch_kwargs(lab, PUBLIC)["max_file_size"] == PUBLIC.file_bytes
    assert launch_kwargs(lab, PUBLIC)["state_session_capacity"] == PUBLIC.sessions


def test_auth_is_a_name_and_a_password_that_may_hold_colons() -> None:
    assert checked_auth("teacher:a:b") == ("teacher", "a:b")
    for wrong in ("", "teacher", "teacher:", ":secret"):
        with pytest.raises(LabError) as told:
            checked_auth(wrong)
        assert "secret" not in str(told.value)


def test_a_root_path_is_one_as_a_proxy_puts_it() -> None:
    assert checked_root_path("/lab/") == "/lab"
    for wrong in ("lab", "//elsewhere.example", "/a b", "/?x", "\\lab", "https://elsewhere.example"):
        with pytest.raises(LabError):
            checked_root_path(wrong)


def test_no_network_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting.socket, "socket", _Lonely)
    with pytest.raises(LabError) as told:
        lan_address()
    assert told.value.key == "hosting.no_network"


class _Lonely:
    def __init__(self, *_: Any) -> None: ...

    def __enter__(self) -> _Lonely:
        return self

    def __exit__(self, *_: Any) -> None: ...

    def connect(self, _: Any) -> None:
        raise OSError("network is unreachable")


def test_the_code_in_the_terminal_is_the_address() -> None:
    cv2 = pytest.importorskip("cv2")
    np = pytest.importorskip("numpy")
    lines = qr_in_terminal("http://192.168.1.20:7860/").splitlines()
    # Each character is two squares, one above the other; in a terminal, ink is what is not drawn.
    squares = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [[squares[one][half] for one in line] for line in lines for half in (0, 1)]
    drawn = np.kron(np.array(rows, np.uint8) * 255, np.ones((8, 8), np.uint8))
    read, *_ = cv2.QRCodeDetector().detectAndDecode(drawn)
    assert read == "http://192.168.1.20:7860/"


@pytest.fixture(scope="module")
def guarded(lab: SmallLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The page behind a password and a proxy's path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        page: gr.Blocks = build(lab, PUBLIC)
        _, address, _ = page.launch(
            **launch_kwargs(lab, PUBLIC), auth=("teacher", "chalk"), prevent_thread_lock=True, quiet=True,
            inbrowser=False,
        )
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            yield client
        page.close()


def test_who_does_not_know_the_password_gets_nothing_but_the_health(guarded: httpx.Client) -> None:
    assert guarded.get("/config").status_code == 401
    assert guarded.post("/login", data={"username": "teacher", "password": "cheese"}).status_code == 400
    assert guarded.get("/health").status_code in (200, 503)
    assert guarded.post("/login", data={"username": "teacher", "password": "chalk"}).status_code == 200
    assert guarded.get("/config").status_code == 200


def test_an_upload_above_the_limit_is_refused(guarded: httpx.Client) -> None:
    guarded.post("/login", data={"username": "teacher", "password": "chalk"})
    large = {"files": ("large.png", b"\0" * (PUBLIC.file_bytes + 1))}
    assert guarded.post("/gradio_api/upload", files=large).status_code == 413


def test_health_tells_what_is_there_and_what_is_broken(tmp_path: Path) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    client = TestClient(Starlette(routes=[health_route(Lab(tmp_path))]))
    assert (client.get("/health").status_code, client.get("/health").json()) == (503, {"status": "no models"})
    (tmp_path / "index.json").write_text("{", encoding="utf-8")
    assert client.get("/health").status_code == 503
    assert client.get("/health").json()["status"] == "broken"
    whole = TestClient(Starlette(routes=[health_route(Lab())])).get("/health")
    assert whole.status_code == 200
    assert whole.json()["models"].keys() >= {"encoder-simclr-cifar10"}
