"""What an export gives back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """Something that the code does not say exactly: the string ``export.note.<key>`` with its facts."""

    key: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """Python source text, and how it differs from the original; no notes means that it does not."""

    code: str
    notes: tuple[Note, ...] = ()
