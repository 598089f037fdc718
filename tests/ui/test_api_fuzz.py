"""Whatever is sent to a named endpoint is answered by a sentence, and nothing is read, written or fetched for it."""

from __future__ import annotations

import inspect
import io
import logging
import os
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from contrastlab.core.images import encode_png
from contrastlab.data.datasets import photo
from contrastlab.ui.api import Endpoints
from contrastlab.ui.api.registering import answering
from contrastlab.ui.safely import LIGHT
from tests.core.nasty import png_bomb

from .calling import Caller, Refused, file_value, serving
from .conftest import SmallLab

PICTURE = encode_png(photo("chelsea")[40:80, 60:120])
#: Of no kind that any parameter is of, or far outside of what it may be.
ODD: list[Any] = [
    True, -1, 2**70, 1.5, float("nan"), -float("inf"), "", "x" * 100_000, [0] * 100_000, {"a": {"b": ["c"]}},
    {"noise": {"noise": [1] * 10_000}}, {"holes": {"kind": {}}},
]
#: Names, where one is asked for: in many scripts, and such as mean something elsewhere.
NAMES = [
    "猫", "кошка", "قطة", "बिल्ली", "แมว", "🐈‍⬛", "\u202egnp.exe", "\x00", "\ud800", "a\nb", "../../etc/passwd",
    "..\\..\\x", "{0}{name}", "%s%n", "<script>alert(1)</script>", "restorer/../restorer", "CON", "~", "hf:owner/name",
]


ANSWERED = "This was answered."


class Watch:
    """What the process opens and whom it calls while it is on. An audit hook cannot be taken away again."""

    def __init__(self) -> None:
        self.on = False
        self.opened: list[tuple[str, int]] = []
        self.called: list[Any] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
            self.opened.append((os.fsdecode(arguments[0]), arguments[2] or 0))
        elif event == "socket.getaddrinfo":
            self.called.append(arguments[0])
        elif event == "socket.connect":
            self.called.append(arguments[1])


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def caller(lab: SmallLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with serving(lab, tmp_path_factory.mktemp("gradio")) as caller:
        caller.call("neighbours", place=0, gallery="glyphs")  # its embeddings are kept on disk, once
        yield caller


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A neighbour on this machine, who notices if somebody knocks."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def told(caller: Caller, endpoint: str, values: Any) -> str:
    """The sentence, or "" where the call could be answered after all."""
    try:
        caller.send(endpoint, values)
    except Refused as refused:
        return plain(refused.args[0])
    return ""


def plain(sentence: Any) -> str:
    """The sentence, if it is one that may be shown to anybody."""
    assert isinstance(sentence, str) and 10 < len(sentence) < 1500
    sentence.encode()
    assert not any(inside in sentence for inside in ("Traceback", "site-packages", ".py", "/tmp/"))
    return sentence


def good(picture: Any) -> dict[str, dict[str, Any]]:
    """A call of each endpoint that takes anything, with everything right."""
    return {
        "augment": {"picture": picture, "policy": "light"}, "embed": {"picture": picture},
        "neighbours": {"picture": picture, "gallery": "glyphs", "count": 2},
        "generate": {"name": "gan-flowers64", "class_name": "rose"},
        "degrade": {"picture": picture, "damages": {"noise": {"noise": 9}}},
        "restore": {"picture": picture, "method": "median", "sigma": 9, "quality": 100, "blur": 0},
    }


@pytest.mark.parametrize("endpoint", ["augment", "embed", "neighbours", "generate", "degrade", "restore"])
def test_every_parameter_may_be_anything(
    lab: SmallLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    uploaded = tmp_path / "picture.png"
    uploaded.write_bytes(PICTURE)
    named = good(file_value(str(uploaded)))[endpoint]
    answer = answering(lab, getattr(Endpoints(lab), endpoint), LIGHT)
    assert answer(**named) is not None
    for parameter in inspect.signature(answer).parameters:
        for odd in ODD:
            plain(refusal_of(answer, {**named, parameter: odd}))
        if parameter in ("policy", "gallery", "name", "class_name", "method"):
            for name in NAMES:
                assert plain(refusal_of(answer, {**named, parameter: name})) != ANSWERED
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR], "a bug of ours was found"


def refusal_of(answer: Any, named: dict[str, Any]) -> str:
    """What is said instead of an answer, or ANSWERED."""
    try:
        answer(**named)
    except gr.Error as error:
        return str(error.message)
    return ANSWERED


@pytest.mark.parametrize("values", [[], [None], [1] * 50, {}, None, "x", [[[[[]]]]]])
def test_too_few_values_and_too_many_are_told(caller: Caller, values: Any) -> None:
    for endpoint in ("augment", "generate"):
        told(caller, endpoint, values)


def test_what_is_no_json_is_refused(caller: Caller) -> None:
    for body in (b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"data": ' + b"[" * 100_000):
        answer = caller.http.post(
            "/gradio_api/call/augment", content=body, headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status_code < 600
        assert "Traceback" not in answer.text and "site-packages" not in answer.text


def test_no_other_file_is_read_or_written_and_nobody_is_called(
    caller: Caller, watch: Watch, listener: socket.socket, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PICTURE)
    port = listener.getsockname()[1]
    uploaded = caller.upload(PICTURE)["path"]
    addresses = [
        f"http://127.0.0.1:{port}/a.png", f"http://localhost:{port}/a.png", f"http://[::1]:{port}/a.png",
        f"HTTP://127.0.0.1:{port}/a.png", f"https://127.0.0.1:{port}/a.png", f"ftp://127.0.0.1:{port}/a.png",
        "http://example.org/a.png", "http://169.254.169.254/latest/meta-data", f"//127.0.0.1:{port}/a.png",
    ]
    places = [
        "/etc/passwd", str(secret), f"file://{secret}", f"{uploaded}/../../../{secret.name}", "app.py", "./README.md",
        os.path.relpath(secret, caller.cache), f"{caller.cache}/../{secret.name}", f"{caller.cache}/{'x' * 5000}",
        f"{uploaded}\0.png", "", ".", str(caller.cache), "\\\\server\\share\\a.png", "/proc/self/environ", "/dev/zero",
        "data:image/png;base64,AAAA", "~/.ssh/id_rsa",
    ]
    watch.opened.clear()
    watch.called.clear()
    calls = good(file_value(uploaded))
    watch.on = True
    try:
        values = [file_value(path) for path in (*addresses, *places)]
        for path in (addresses[0], str(secret)):
            values += [{"path": path}, path, {**file_value(uploaded), "path": path, "url": path}]
        for value in values:
            assert told(caller, "embed", caller.arguments("embed", {"picture": value}))
        for path in (addresses[0], str(secret)):
            for endpoint, parameter in (("augment", "picture"), ("neighbours", "picture"), ("degrade", "picture"),
                                        ("restore", "picture"), ("restore", "mask"), ("degrade", "damages")):
                named = {**calls[endpoint], parameter: {"deep": [file_value(path)]}}
                assert told(caller, endpoint, caller.arguments(endpoint, named))
                assert told(caller, endpoint, caller.arguments(endpoint, {**named, parameter: file_value(path)}))
    finally:
        watch.on = False
    with pytest.raises(BlockingIOError):
        listener.accept()
    here = caller.http.base_url.port
    outside = [one for one in watch.called if not (isinstance(one, tuple) and one[1] == here)]
    assert [one for one in outside if one not in ("127.0.0.1", b"127.0.0.1")] == []
    opened = {os.path.realpath(path) for path, _ in watch.opened if "\0" not in path}
    assert not opened & {"/etc/passwd", str(secret.resolve()), "/dev/zero", "/proc/self/environ"}
    written = [path for path, flags in watch.opened if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)]
    assert [path for path in written if not path.startswith((str(caller.cache), "/dev/null"))] == []


def test_the_pages_own_events_fetch_nothing_either(caller: Caller, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    event = next(one for one in caller.page.fns.values() if one.inputs and one.fn and one.api_visibility == "private")
    values = [file_value(f"http://127.0.0.1:{port}/a.png") for _ in event.inputs]
    session = {"data": values, "fn_index": event._id, "session_hash": "fetching"}
    assert caller.http.post("/gradio_api/queue/join", json=session).status_code == 200
    with caller.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": "fetching"}) as stream:
        done = next(line for line in stream.iter_lines() if "process_completed" in line)
    assert "has to be uploaded" in done
    with pytest.raises(BlockingIOError):
        listener.accept()


def contents() -> dict[str, bytes]:
    """Files that are something else, or far more, than they say."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escape.png", PICTURE)
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bomb.png", b"\0" * 5_000_000)
    return {
        "zip": zipped.getvalue(), "gif and html": b"GIF89a/*<html><script>alert(1)</script>*/",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:9/"/></svg>',
        "html": b"<!doctype html><img src=x onerror=alert(1)>", "empty": b"", "noise": os.urandom(5000),
        "cut": PICTURE[: len(PICTURE) // 2], "pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.", "bomb": png_bomb(),
    }


@pytest.mark.parametrize("what", sorted(contents()))
def test_a_file_that_is_no_picture_is_told_so(caller: Caller, what: str) -> None:
    value = caller.upload(contents()[what], "picture.png")
    for endpoint in ("embed", "augment", "restore"):
        assert told(caller, endpoint, caller.arguments(endpoint, {"picture": value}))


def test_a_picture_with_a_stowaway_gives_back_the_picture_alone(caller: Caller) -> None:
    stowaway = b"<script>alert(1)</script>PK\x03\x04"
    (made,) = caller.call("augment", picture=caller.upload(PICTURE + stowaway), policy="light")
    fetched = caller.http.get(f"/gradio_api/file={made['path']}")
    assert fetched.headers["content-type"] == "image/png"
    assert stowaway not in fetched.content


@pytest.mark.parametrize("name", ["../../x.png", "/etc/x.png", "..\\x.png", "猫🐈.png", "x\0.png", "CON", "." * 300])
def test_a_name_of_a_file_leads_nowhere(caller: Caller, name: str) -> None:
    sent = caller.http.post("/gradio_api/upload", files={"files": (name, PICTURE)})
    if sent.status_code == 200:
        assert Path(sent.json()[0]).resolve().is_relative_to(caller.cache.resolve())
        assert len(caller.call("embed", picture=file_value(sent.json()[0]))[0]) > 8
    else:
        assert "Traceback" not in sent.text
