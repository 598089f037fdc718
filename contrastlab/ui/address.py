"""The address of a view: everything that is on the screen but a picture of the visitor's own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from ..core.errors import LabError
from ..core.knobs import Choice, Knob

VERSION = "1"


class Address:
    """What a link asks for, read with distrust: whatever cannot be used counts as not said.

    A link of another version is taken for empty rather than misread; its language still counts.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        self.language: str | None = query.get("lang")
        self._values = dict(query) if query.get("v") == VERSION else {}

    @property
    def tab(self) -> str | None:
        return self._values.get("tab")

    def number(self, name: str, knob: Knob) -> float:
        """The value of `name` if the knob allows it, else the knob's default."""
        try:
            return knob.check(self._values[name])
        except (KeyError, LabError):
            return knob.default

    def word(self, name: str, choice: Choice) -> str:
        """The word of `name` if the choice allows it, else the choice's default."""
        try:
            return choice.check(self._values.get(name))
        except LabError:
            return choice.default

    def text(self, name: str) -> str:
        """Whatever stands there, for a reader that checks it itself; at most 2000 characters."""
        return self._values.get(name, "")[:2000]


def write(*, tab: str, language: str, values: Mapping[str, object]) -> str:
    """The query string of a view, without its question mark; empty values are left out.

    >>> write(tab="augment", language="en", values={"seed": 7, "turn": 15.0, "keep": ""})
    'v=1&tab=augment&lang=en&seed=7&turn=15'
    """
    said = {name: _short(value) for name, value in values.items() if value not in ("", None)}
    return urlencode({"v": VERSION, "tab": tab, "lang": language, **said})


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
