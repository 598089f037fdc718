"""Where the page is reached, by whom, and what strangers are allowed there."""

from __future__ import annotations

import importlib.util
import io
import os
import socket
from dataclasses import dataclass, replace

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..core.errors import LabError
from ..core.images import LIMITS
from ..lab import Lab

#: An address that no packet is sent to: asking for the way there names the network that this machine is in.
_ELSEWHERE = ("192.0.2.1", 9)
_YES = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Hosting:
    """What one visitor may ask of this machine, and how many are remembered.

    Attributes:
        file_bytes: largest upload.
        waiting: events that wait at a time; the next one is told to come back. A live slider has one place each.
        sessions: visitors whose little state (a language, a path, open folds) is remembered.
        tools: whether assistants may call the named endpoints by the Model Context Protocol.
    """

    file_bytes: int = LIMITS.file_bytes
    waiting: int = 64
    sessions: int = 200
    tools: bool = False


#: Among people one knows: a laptop, a class.
PRIVATE = Hosting()
#: On the public internet: smaller uploads, and who would wait long is told so at once.
PUBLIC = Hosting(file_bytes=8 * 2**20, waiting=32, sessions=100)


def hosting(*, public: bool = False, tools: bool = False) -> Hosting:
    """PUBLIC if asked for, on a Space, or where the variable CONTRASTLAB_PUBLIC says so; else PRIVATE.

    With tools if asked for, or where CONTRASTLAB_MCP says so. Raises LabError ``hosting.no_mcp`` if the package that
    they need is not installed.
    """
    said = os.environ.get("CONTRASTLAB_PUBLIC", "")
    found = PUBLIC if public or (_is_yes(said) if said else os.environ.get("SPACE_ID")) else PRIVATE
    if not (tools or _is_yes(os.environ.get("CONTRASTLAB_MCP", ""))):
        return found
    if importlib.util.find_spec("mcp") is None:
        raise LabError("hosting.no_mcp")
    return replace(found, tools=True)


def _is_yes(said: str) -> bool:
    return said.lower() in _YES


def checked_auth(given: str) -> tuple[str, str]:
    """(name, password) of "name:password". Raises LabError ``hosting.auth``, which does not repeat what was given."""
    name, colon, password = given.partition(":")
    if not (name and colon and password):
        raise LabError("hosting.auth")
    return name, password


def checked_root_path(given: str) -> str:
    """A path as a proxy puts it before ours, such as "/lab". Raises LabError ``hosting.root_path``."""
    plain = given.rstrip("/")
    if not plain.startswith("/") or plain.startswith("//") or any(one in plain for one in "?#\\ "):
        raise LabError("hosting.root_path", got=given)
    return plain


def lan_address() -> str:
    """This machine's address in the local network, such as "192.168.1.20"; nothing is sent to find it.

    Raises LabError ``hosting.no_network`` where it is in none.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.connect(_ELSEWHERE)
            return str(asked.getsockname()[0])
    except OSError:
        raise LabError("hosting.no_network") from None


def qr_in_terminal(address: str) -> str:
    """The address as a QR code of half blocks, for a phone's camera to read off a terminal."""
    drawn = io.StringIO()
    segno.make(address, micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()


def health_route(lab: Lab) -> Route:
    """`/health`: 200 and the models that are there while the page answers, 503 and a sentence where there is none.

    No weights are loaded for it: it may be asked every few seconds.
    """

    def health(_: Request) -> JSONResponse:
        try:
            models = {card.name: "draft" if card.draft else "final" for card in lab.models()}
        except LabError as error:
            return JSONResponse({"status": "broken", "why": error.key}, status_code=503)
        if not models:
            return JSONResponse({"status": "no models"}, status_code=503)
        return JSONResponse({"status": "ok", "models": models})

    return Route("/health", health)

