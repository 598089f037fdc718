"""The one error type that a user is meant to read."""

from __future__ import annotations


class LabError(Exception):
    """A mistake that has a remedy: a key and its facts, no sentence.

    `text.explain` turns it into a sentence in the reader's language, from the string
    ``error.<key>`` with the facts as placeholders. Anything else that escapes from the
    package is a bug and is treated as one.

    >>> raise LabError("image.too_large_file", limit=25, got=31.2)
    """

    def __init__(self, key: str, /, **facts: object) -> None:
        super().__init__(key, facts)
        self.key = key
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.key} ({facts})" if facts else self.key

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from their positional arguments, which would lose the keywords
        # when one crosses a process boundary.
        return _rebuild, (self.key, self.facts)


def _rebuild(key: str, facts: dict[str, object]) -> LabError:
    return LabError(key, **facts)
