"""Pack what a Space would get, start it offline from that copy, and open its page. `python tests/space.py`

`python tests/space.py FOLDER` leaves the pack in a new folder, ready for `hf upload`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
#: Tracked, but of no use to a Space.
LEFT_OUT = ("tests/", "docs/", ".ci/")
#: Seconds until the page must answer: seven on two free cores, many times that on busy ones.
_PATIENCE = 240
#: Runs before anything else in the started process: notes every host that is not this machine, and refuses it.
_GUARD = """
import os, sys

def _watch(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if host not in ("localhost", "0.0.0.0", "::", "::1") and not host.startswith("127."):
        with open(os.environ["CONTRASTLAB_ASKED_FOR"], "a") as log:
            log.write(host + "\\n")
        raise OSError(f"offline: {host}")

sys.addaudithook(_watch)
"""
#: Stands in for the package that a ZeroGPU Space has: a line for each function that may borrow, one for each that does.
_SPACES = """
import os

def _note(*words):
    with open(os.environ["CONTRASTLAB_BORROWERS"], "a") as log:
        print(*words, file=log)

def GPU(*, duration):
    def decorate(work):
        _note("may", work.__module__, duration)

        def lending(*arguments):
            _note("does", work.__module__)
            raise RuntimeError("ZeroGPU quota exceeded")
            yield

        return lending

    return decorate
"""


def tracked_files(root: Path) -> list[str]:
    """Paths of the files that git tracks and that are there, as git writes them."""
    # In a container the clone may belong to somebody else, which git would refuse to read.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    return [name for name in listed if name and (root / name).is_file()]


def pack(folder: Path) -> list[str]:
    """Copy what a Space would get into `folder` and return its paths."""
    names = [name for name in tracked_files(ROOT) if not name.startswith(LEFT_OUT)]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return names


@dataclass(frozen=True)
class Started:
    """A running copy: its process, where it answers, which outside hosts and what cards it has asked for so far."""

    process: int
    url: str
    copy: Path
    asked_for: Path
    borrowers: Path

    def outside_hosts(self) -> list[str]:
        return self.asked_for.read_text().split() if self.asked_for.exists() else []


@contextlib.contextmanager
def started(scratch: Path, *, lending: bool = False) -> Iterator[Started]:
    """`python app.py` in a packed copy below `scratch`, with no way out; ended when the block ends.

    With `lending` as on ZeroGPU, with a package `spaces` that notes what would borrow a graphics card.
    """
    copy, guard, home = scratch / "space", scratch / "guard", scratch / "home"
    for folder in (copy, guard, home):
        folder.mkdir()
    pack(copy)
    asked_for = scratch / "asked_for.txt"
    port, log = _free_port(), scratch / "log.txt"
    environment = offline_environment(guard, asked_for) | {
        "HOME": str(home), "GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(scratch / "gradio"),
    }
    borrowers = scratch / "borrowers.txt"
    if lending:
        (guard / "spaces.py").write_text(_SPACES)
        environment |= {"SPACES_ZERO_GPU": "true", "SPACE_ID": "owner/lab", "CONTRASTLAB_BORROWERS": str(borrowers)}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=copy, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield Started(process.pid, url, copy, asked_for, borrowers)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def offline_environment(guard: Path, asked_for: Path) -> dict[str, str]:
    """Variables for a process that can reach no other host and writes into `asked_for` which it tried to."""
    (guard / "sitecustomize.py").write_text(_GUARD)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONTRASTLAB_", "GRADIO_"))}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    this_machine = dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1")
    return kept | proxies | this_machine | {
        "PYTHONPATH": str(guard), "CONTRASTLAB_ASKED_FOR": str(asked_for), "HF_HUB_OFFLINE": "1",
    }


def open_page(url: str) -> dict[str, Any]:
    """What a browser does when it opens the page: the page, all its files, and its load events through the queue.

    Returns {"files": how many, "components": how many, "loaded": how many load events}.
    Raises AssertionError naming the first thing that does not answer as it should.
    """
    page = _get(url).decode()
    files = sorted(set(re.findall(r'(?:src|href)="(?:\./|/)?((?:gradio_api/)?[\w./-]+\.(?:js|css|svg|json))"', page)))
    assert files, "the page names no scripts"
    for name in files:
        assert _get(f"{url}/{name}"), f"{name} is empty"
    config = json.loads(_get(f"{url}/config"))
    loads = [event for event in config["dependencies"] if any(kind == "load" for _, kind in event["targets"])]
    assert loads, "nothing happens when the page opens"
    for event in loads:
        _run(url, event)
    return {"files": len(files), "components": len(config["components"]), "loaded": len(loads)}


def _run(url: str, event: dict[str, Any]) -> None:
    """One event through the queue, as the page does it; it must succeed."""
    session = uuid.uuid4().hex
    body = {"data": [None] * len(event["inputs"]), "fn_index": event["id"], "session_hash": session}
    _get(f"{url}/gradio_api/queue/join", json.dumps(body).encode())
    with _opener.open(f"{url}/gradio_api/queue/data?session_hash={session}", timeout=60) as stream:
        for line in stream:
            message = json.loads(line.removeprefix(b"data:")) if line.startswith(b"data:") else {}
            if message.get("msg") == "process_completed":
                assert message["success"], f"a load event failed: {message['output']}"
                return
    raise AssertionError("the queue closed before the load event was done")


def call(url: str, name: str, values: list[Any]) -> list[Any]:
    """One of the named endpoints, by hand. Raises AssertionError with what is said instead of an answer."""
    event = json.loads(_get(f"{url}/gradio_api/call/{name}", json.dumps({"data": values}).encode()))["event_id"]
    answer = _get(f"{url}/gradio_api/call/{name}/{event}").decode()
    assert "event: complete" in answer, answer
    return list(json.loads(answer.split("data: ")[-1]))


#: The page is on this machine: no proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _get(url: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with _opener.open(request, timeout=60) as answer:
        return bytes(answer.read())


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            _get(url)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise AssertionError(f"the page did not come up:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Pack, start, open, and say in one line each what was found; with a folder named, leave the pack there."""
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True)  # never among older files
        pack(folder)
        _tell_pack(folder)
        return
    with tempfile.TemporaryDirectory() as scratch, started(Path(scratch), lending=True) as space:
        _tell_pack(space.copy)
        found = open_page(space.url)
        print("opened offline: " + ", ".join(f"{count} {what}" for what, count in found.items()))
        call(space.url, "generate", ["gan-cifar10", 7, "cat", 1.0, "en"])
        print("answered a program; may borrow a graphics card: " + space.borrowers.read_text().strip())
        assert not space.outside_hosts(), f"asked for {space.outside_hosts()}"
        print("asked for no other host")


def _tell_pack(folder: Path) -> None:
    packed = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    sizes = {str(path.relative_to(folder)): path.stat().st_size / 1e6 for path in packed}
    print(f"packed: {len(packed)} files, {sum(sizes.values()):.1f} MB; the largest:")
    for name in sorted(sizes, key=lambda name: -sizes[name])[:5]:
        print(f"  {sizes[name]:5.1f} MB  {name}")
    head = (folder / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    said = [line for line in head.splitlines() if line.startswith(("sdk", "python", "app_file"))]
    print("; ".join([*said, "apt: " + " ".join((folder / "packages.txt").read_text().split())]))


if __name__ == "__main__":
    main()
