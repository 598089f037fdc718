"""The page's last line: what it runs on and what it keeps; behind it questions for a class, and the models."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import LabError
from ..lab import Lab
from ..text import explain, say
from .drawing import tag, text
from .moments import Moment, listed
from .widgets import Words, panel

#: What answers are computed in; only training is done in less.
_PRECISION = "fp32"


def footer(lab: Lab, words: Words, moments: Sequence[Moment]) -> None:
    """One line, which opens."""
    panel(words, lambda language: _drawn(lab, moments, language), elem_id="foot")


def _drawn(lab: Lab, moments: Sequence[Moment], language: str) -> str:
    try:
        cards = lab.models()
        names = [say("page.footer.draft", language, name=card.name) if card.draft else card.name for card in cards]
        models = ", ".join(names) or say("page.footer.no_models", language)
    except LabError as error:
        cards, models = [], explain(error, language)
    line = [
        say("page.moments", language),
        say("page.footer.device", language, device=lab.device.kind, precision=_PRECISION),
        say("page.footer.count", language, count=len(cards)),
        say("page.footer.keeps", language),
        say("page.footer.source", language),
    ]
    behind = [say("page.footer.models", language, names=models), say("page.footer.kept", language),
              say("page.footer.licence", language)]
    lessons = tag("p", text(say("page.moments.how", language))) + listed(moments, language)
    return tag(
        "details", tag("summary", text(" · ".join(line))), lessons, *(tag("p", text(one)) for one in behind),
    )
