"""What a tab hands to the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...core.images import Image
from ..address import Address


@dataclass(frozen=True)
class Carried:
    """The picture that goes along to the next tab.

    Attributes:
        photo: a sample photograph's name; "" for the visitor's own.
        own: path of the visitor's own picture.
        drawn: what was done to it (`Drawn.to_json`).
        pixels: the picture itself, uint8 (H, W, 3), where it is not told by these three.
    """

    photo: str = ""
    own: str | None = None
    drawn: str = ""
    pixels: Image | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Next:
    """A tab's button that carries its picture on.

    Attributes:
        button: of the tab.
        inputs: what `give` takes after the language.
        give: (language, *inputs) -> the picture.
        message: where a complaint stands.
    """

    button: Any
    inputs: list[Any]
    give: Callable[..., Carried]
    message: Any


@dataclass(frozen=True)
class Taking:
    """How a tab takes over a picture: (language, picture, *inputs) -> {component of `outputs`: value}."""

    inputs: list[Any]
    outputs: list[Any]
    take: Callable[..., dict[Any, Any]]


@dataclass(frozen=True)
class Built:
    """A tab that stands on the page.

    Attributes:
        outputs: the components that `open` may give values for.
        open: (address, language) -> {component: value}, what a visit begins with.
        next: how its picture goes on to the tab after it, if it does.
        taking: how it takes over the picture of the tab before it, if it does.
    """

    outputs: list[Any]
    open: Callable[[Address, str], dict[Any, Any]]
    next: Next | None = None
    taking: Taking | None = None
