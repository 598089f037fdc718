"""The ways to bring a picture of one's own: a file, the clipboard, the camera. The same on every tab that takes one."""

from __future__ import annotations

from ..text import say
from .drawing import tag, text
from .widgets import PicturePathImage, Words, panel


def own_photo(words: Words, tab: str) -> PicturePathImage:
    """The upload with the camera's button beside it; ``own.js`` hands it what is pasted or photographed."""
    upload = words.on(
        PicturePathImage(
            sources=["upload"], show_label=False, container=False, height=48, buttons=[],
            elem_id=f"{tab}-upload", elem_classes=["own-photo"],
        ),
        placeholder="page.upload", label="page.upload",
    )
    panel(words, _camera, elem_classes=["camera-door"])
    return upload


def _camera(language: str) -> str:
    said = {name: say(f"page.camera.{name}", language) for name in ("take", "close", "wait", "refused")}
    return tag(
        "button", text(say("page.camera", language)), type="button", class_="tool", data_camera=True,
        data_take=said["take"], data_close=said["close"], data_wait=said["wait"], data_refused=said["refused"],
    )
