"""Look a sentence up by key and language; a missing one is an error, never an empty label."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources

from ..core.errors import LabError

LANGUAGES = ("en", "zh")


class MissingTextError(KeyError):
    """A key that a strings file lacks: a bug, found by the tests."""


def say(key: str, language: str = "en", /, **facts: object) -> str:
    """The sentence for `key`, its {placeholders} filled with `facts`.

    Raises MissingTextError if the language has no such key or a placeholder has no fact.
    """
    strings = _strings(language)
    if key not in strings:
        raise MissingTextError(f"{language}: no text for {key!r}")
    try:
        return strings[key].format(**facts)
    except (KeyError, IndexError) as error:
        raise MissingTextError(f"{language}: {key!r} needs the fact {error}") from None


def explain(error: LabError, language: str = "en") -> str:
    """The sentence of an error: what is wrong and what to do about it. A fact that is an error is explained too."""
    facts = {
        name: explain(fact, language) if isinstance(fact, LabError) else fact for name, fact in error.facts.items()
    }
    return say(f"error.{error.key}", language, **facts)


def choose_language(asked: str | None, accept_language: str | None) -> str:
    """The page's language: what the address asks for, else the first one we speak that the browser prefers.

    Any `zh*` tag counts as Chinese (zh, zh-CN, zh-SG, zh-Hant-TW); everything else ends in English.
    `accept_language` is the HTTP header, with or without quality values (RFC 9110, 12.5.4).
    """
    if asked:
        return "zh" if asked.lower().startswith("zh") else "en"
    for tag in _by_preference(accept_language or ""):
        primary = tag.split("-")[0].split("_")[0]
        if primary in LANGUAGES:
            return primary
    return "en"


def keys(language: str) -> frozenset[str]:
    """All keys of a language."""
    return frozenset(_strings(language))


def _by_preference(header: str) -> Iterable[str]:
    weighted = []
    for position, part in enumerate(header.split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                quality = 0.0
        if tag and quality > 0:
            weighted.append((-quality, position, tag.strip().lower()))
    return [tag for _, _, tag in sorted(weighted)]


@cache
def _strings(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise MissingTextError(f"no language {language!r}; there are {', '.join(LANGUAGES)}")
    file = resources.files(__package__) / "strings" / f"{language}.json"
    return json.loads(file.read_text(encoding="utf-8"))
