"""Calls of the named endpoints, by hand: what any program on the network can send."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

from contrastlab.core.images import Image, encode_png, open_image
from contrastlab.lab import Lab
from contrastlab.ui.page import build, launch_kwargs


@contextlib.contextmanager
def serving(lab: Lab, cache: Path, **settings: Any) -> Iterator[Caller]:
    """The whole page, served with its files in `cache`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(cache))
        page = build(lab)
        # _frontend=False: otherwise Gradio gives up if the page itself takes more than seconds on a busy machine.
        _, url, _ = page.launch(
            **{**launch_kwargs(lab), **settings}, prevent_thread_lock=True, quiet=True, inbrowser=False,
            _frontend=False,
        )
        try:
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
                yield Caller(http, page, cache)
        finally:
            page.close()


class Caller:
    """A program that knows the page's address and nothing else."""

    def __init__(self, http: httpx.Client, page: gr.Blocks, cache: Path) -> None:
        self.http, self.page, self.cache = http, page, cache

    def upload(self, content: bytes, name: str = "picture.png") -> dict[str, Any]:
        """A file brought the proper way, as the value that stands for it."""
        sent = self.http.post("/gradio_api/upload", files={"files": (name, content)})
        assert sent.status_code == 200, sent.text
        return file_value(sent.json()[0])

    def picture(self, pixels: Image) -> dict[str, Any]:
        return self.upload(encode_png(pixels))

    def call(self, endpoint: str, /, **named: Any) -> list[Any]:
        """What the endpoint gives. Raises Refused with what it says instead."""
        return self.send(endpoint, self.arguments(endpoint, named))

    @functools.cached_property
    def described(self) -> dict[str, Any]:
        """What the page says of its named endpoints."""
        return dict(self.http.get("/gradio_api/info").json()["named_endpoints"])

    def arguments(self, endpoint: str, named: dict[str, Any]) -> list[Any]:
        described = self.described[f"/{endpoint}"]["parameters"]
        assert set(named) <= {one["parameter_name"] for one in described}
        return [named.get(one["parameter_name"], one["parameter_default"]) for one in described]

    def send(self, endpoint: str, values: Any) -> list[Any]:
        body = json.dumps({"data": values})
        joined = self.http.post(
            f"/gradio_api/call/{endpoint}", content=body, headers={"Content-Type": "application/json"}
        )
        if joined.status_code != 200:
            raise Refused(f"{joined.status_code}: {joined.text}")
        with self.http.stream("GET", f"/gradio_api/call/{endpoint}/{joined.json()['event_id']}") as stream:
            lines = [line for line in stream.iter_lines() if line]
        kind, data = lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))
        if kind != "complete":
            raise Refused(data["error"])
        return list(data)

    def pixels(self, value: dict[str, Any]) -> Image:
        """The picture behind a file value, fetched as a client does."""
        answer = self.http.get(value["url"].split(str(self.http.base_url).rstrip("/"))[-1])
        assert answer.status_code == 200
        return open_image(answer.content).pixels


class Refused(Exception):
    """A call was answered by a sentence."""


def file_value(path: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}
