"""Checkpoints by the name of a repository, from a Hub that this test plays."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.hub import folder_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "README.md": b"of no use here",
    "checkpoints/index.json": b'{"checkpoints": []}',
    "checkpoints/gan/model.safetensors": b"weights",
}


class Hub(BaseHTTPRequestHandler):
    """The questions that a download asks: what is there, and each file."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self._file(body=False)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if "/tree/" in self.path:
            listed = [{"type": "file", "path": name, "size": len(FILES[name]), "oid": COMMIT} for name in FILES]
            self._answer(json.dumps(listed).encode(), {"Content-Type": "application/json"})
        elif self.path.startswith("/api/models/"):
            known = {"id": "owner/lab", "sha": COMMIT, "siblings": [{"rfilename": name} for name in FILES]}
            self._answer(json.dumps(known).encode(), {"Content-Type": "application/json"})
        else:
            self._file(body=True)

    def _file(self, *, body: bool) -> None:
        content = FILES[self.path.split(f"/resolve/{COMMIT}/")[1]]
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha256(content).hexdigest()}"'}
        self._answer(content, headers, body=body)

    def _answer(self, content: bytes, headers: dict[str, str], *, body: bool = True) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: what was asked is in `asked`."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What this Hub is asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OneHub", (Hub,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    yield asked
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_path_is_a_path_and_nobody_is_asked(hub: list[str], tmp_path: Path) -> None:
    assert folder_of(tmp_path) == tmp_path
    assert folder_of("owner/lab") == Path("owner/lab")
    assert hub == []


def test_a_repository_is_fetched_but_for_what_is_not_needed(hub: list[str]) -> None:
    folder = folder_of("hf:owner/lab")
    assert folder.name == "checkpoints"
    assert (folder / "gan" / "model.safetensors").read_bytes() == b"weights"
    assert not (folder.parent / "README.md").exists()
    assert not any("README" in one for one in hub)


def test_offline_the_cache_answers_and_no_network_is_tried(hub: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    online = folder_of("hf:owner/lab")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    hub.clear()
    assert folder_of("hf:owner/lab") == online
    assert hub == []


def test_offline_without_a_cache_is_one_sentence(hub: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(LabError) as told:
        folder_of("hf:owner/lab")
    assert told.value.key == "hub.unreachable"
    assert hub == []


@pytest.mark.parametrize("name", ["", "lab", "owner/", "/lab", "a/b/c", "../../etc", "owner/lab@", "http://a/b"])
def test_what_is_no_repository_is_not_asked_for(hub: list[str], name: str) -> None:
    with pytest.raises(LabError) as told:
        folder_of(f"hf:{name}")
    assert told.value.key == "hub.name"
    assert hub == []
