"""What a tab hands to the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..address import Address


@dataclass(frozen=True)
class Built:
    """A tab that stands on the page.

    Attributes:
        outputs: the components that `open` may give values for.
        open: (address, language) -> {component: value}, what a visit begins with.
    """

    outputs: list[Any]
    open: Callable[[Address, str], dict[Any, Any]]
