"""What the classes of the data sets are called."""

from __future__ import annotations

from ..text import keys, say


def kind_word(word: str, language: str) -> str:
    """A class's name in the language; one that we have no word for stays as it is."""
    key = f"kind.{word}"
    return say(key, language) if key in keys(language) else word
