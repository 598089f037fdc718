"""A page in a process of its own, and visitors who ask it over HTTP as a browser does.

A browser joins the queue with a POST for each event that an action fires, then reads one stream of messages until
all of them are answered. What it shows, it sends along with its next action.
"""

from __future__ import annotations

import html
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import LabError
from ..core.memory import resident

#: Seconds that an answer may take: a class may stand in line for long work.
_PATIENCE = 900

#: How a sentence about the line says the place, within JSON.
_LINE = re.compile(rb'data-line=\\"(\d+)')

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came of one action.

    Attributes:
        milliseconds: from sending it to having the whole answer.
        failures: a word on each event that was not answered.
        refused: whether a sentence said that it is too busy.
        place: the furthest place in line that a sentence told on the way; 0 if there was no line.
    """

    milliseconds: float
    failures: tuple[str, ...] = ()
    refused: bool = False
    place: int = 0


class Served:
    """A page that is being served: where, by which process, and what its events are."""

    def __init__(self, host: str, port: int, process: int) -> None:
        self.host, self.port, self.process = host, port, process
        connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
        connection.request("GET", "/config")
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise LabError("benchmark.failed", why=f"HTTP {response.status}")
        config = json.loads(response.read())
        connection.close()
        self.parts: dict[int, Any] = {part["id"]: part for part in config["components"]}
        self.events: list[Event] = config["dependencies"]

    def named(self, name: str) -> int:
        """The component with this element id."""
        return next(key for key, part in self.parts.items() if part["props"].get("elem_id") == name)

    def fired(self, name: str, kind: str) -> list[Event]:
        """The events of an action that ask the server. `name` is "" for what happens to the page itself.

        One that the browser answers alone (a new seed) fires what hangs on the component that it changes.
        """
        targets = [(self.named(name), kind)] if name else [
            tuple(target) for event in self.events for target in event["targets"] if target[1] == kind
        ]
        found = []
        for event in self.events:
            if not any(tuple(target) in targets for target in event["targets"]):
                continue
            if event["backend_fn"]:
                found.append(event)
            else:
                changed = [[one, "change"] for one in event["outputs"]]
                found += [one for one in self.events
                          if one["backend_fn"] and any(list(target) in changed for target in one["targets"])]
        return list({event["id"]: event for event in found}.values())

    def moved(self, name: str, kind: str) -> int:
        """The component whose value an action of this one changes: itself, or what its script writes into."""
        itself = self.named(name)
        if any(itself in event["inputs"] for event in self.fired(name, kind)):
            return itself
        return next(event["outputs"][0] for event in self.events if [itself, kind] in map(list, event["targets"]))

    def steps(self, name: str) -> list[float]:
        """Where a slider can stand; nothing for what is none."""
        props = self.parts[self.named(name)]["props"] if name else {}
        if "maximum" not in props:
            return []
        least, step = props["minimum"], props["step"]
        return [least + step * count for count in range(int((props["maximum"] - least) / step) + 1)]

    def memory(self) -> int | None:
        """Resident bytes of the process; None where the system does not say (Linux does)."""
        return resident(self.process)


class Visitor:
    """One browser: what its components hold, and a session of its own."""

    def __init__(self, served: Served) -> None:
        self.served, self.session = served, secrets.token_hex(6)
        self.values = {key: part["props"].get("value") for key, part in served.parts.items()}

    def picks(self, name: str) -> list[str]:
        """What can be pressed in a panel."""
        shown = str(self.values[self.served.named(name)])
        return [html.unescape(one) for one in re.findall(r'data-pick="([^"]*)"', shown)]

    def ask(self, events: Sequence[Event], *, trigger: int | None = None, place: int | None = None,
            value: Any = None) -> Answer:
        """Fire the events of one action together. `place` is the input that the action's script sets to `value`."""
        start = time.perf_counter()
        waiting: dict[str, Event] = {}
        failures: list[str] = []
        for event in events:
            given = [self.values[key] for key in event["inputs"]]
            if place is not None:
                given[place] = value
            status, told = self._post({
                "data": given, "event_data": None, "fn_index": event["id"], "trigger_id": trigger,
                "session_hash": self.session,
            })
            if status == http.client.OK:
                waiting[told["event_id"]] = event
            else:
                failures.append(f"HTTP {status}: {told}")
        refused, furthest = False, 0
        if waiting:
            for line in self._messages():
                message = json.loads(line)
                kind, about = message["msg"], waiting.get(message.get("event_id", ""))
                if about is None or kind not in ("process_generating", "process_completed"):
                    continue
                said = [int(one) for one in _LINE.findall(line)]
                furthest = max([furthest, *said])
                if kind == "process_completed":
                    refused = refused or bool(said)
                    del waiting[message["event_id"]]
                    if not message["success"]:
                        failures.append(str(message["output"]))
                    elif not said:
                        self._put(about, message["output"]["data"])
                    if not waiting:
                        break
        failures += ["the stream ended without an answer"] * len(waiting)
        return Answer((time.perf_counter() - start) * 1000, tuple(failures), refused, furthest)

    def _put(self, event: Event, data: Sequence[Any]) -> None:
        """Take the answer over. What came in steps is told by differences, which nobody asks about here."""
        if event["types"]["generator"]:
            return
        for key, update in zip(event["outputs"], data, strict=False):
            if not (isinstance(update, dict) and update.get("__type__") == "update"):
                self.values[key] = update
            elif "value" in update:
                self.values[key] = update["value"]

    def _post(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        connection = self._connection()
        try:
            connection.request("POST", "/gradio_api/queue/join", json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def _messages(self) -> Iterator[bytes]:
        """Each message about an event of this session, as JSON."""
        connection = self._connection()
        try:
            connection.request("GET", f"/gradio_api/queue/data?session_hash={self.session}")
            for line in connection.getresponse():
                if line.startswith(b"data:"):
                    yield line[5:]
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.served.host, self.served.port, timeout=_PATIENCE)


@contextmanager
def serving(command: Sequence[str], scratch: Path | None = None) -> Iterator[Served]:
    """Start a page, wait until it says where it is, and stop it in the end.

    scratch: where its temporary files go, if not where they always go.
    Raises LabError ``benchmark.failed`` when it does not start.
    """
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONUNBUFFERED": "1"}
    if scratch is not None:
        environment |= {"TMPDIR": str(scratch), "GRADIO_TEMP_DIR": str(scratch / "gradio")}
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        address = next((found for line in process.stdout if (found := re.search(r"http://([\w.]+):(\d+)", line))), None)
        if address is None:
            raise LabError("benchmark.failed", why=f"{command[-1][:40]} did not start")
        yield Served(address[1], int(address[2]), process.pid)
    finally:
        process.terminate()
        process.wait(20)
