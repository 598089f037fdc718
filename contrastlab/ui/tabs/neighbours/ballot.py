"""What the neighbours say about the question: their vote with its verdict, and the nearest of another kind."""

from __future__ import annotations

import math
import zlib

import numpy as np

from ....core.errors import LabError
from ....gallery import Gallery, Verdict, nearest_miss, verdict
from ....gallery.gallery import VOTERS
from ....text import say
from ...drawing import number, share, tag, text
from .scene import PIXELS, Scene
from .sight import caption, class_word, tile_picture
from .view import OWN

#: Names that get a bar, and the share of the vote that is worth one.
_BARS = 4
_WORTH = 0.005


def stamp(scene: Scene) -> str:
    """Which picture is asked about: "ask anyway" holds for this one and no other."""
    own = zlib.crc32((scene.own or "").encode()) if scene.view.query == OWN else 0
    return f"{scene.view.gallery} {scene.view.query} {own}"


def may_vote(scene: Scene, asked: str) -> bool:
    """Whether a class word may be put on the question: the gallery has names, and it is from there or was asked for."""
    return bool(scene.gallery().classes) and (not scene.is_foreign or asked == stamp(scene))


def is_measured(gallery: Gallery) -> bool:
    """Whether the gallery knows already what a vote is worth: to find out takes a second or more."""
    return {"survey", "usual"} <= vars(gallery).keys()


def measure(gallery: Gallery) -> None:
    """Find out what a vote is worth; the gallery remembers it."""
    _ = gallery.sureness, gallery.margins, gallery.usual


def vote(scene: Scene, asked: str) -> str:
    """The bars, the verdict and what it is worth; for a picture from elsewhere first the question whether to ask."""
    language, gallery = scene.language, scene.gallery()
    title = tag("h3", text(say("neighbours.sure.vote", language, count=_voters(scene, gallery))))
    if not gallery.classes:
        return title + tag("p", text(say("neighbours.sure.nameless", language)), class_="note")
    if not may_vote(scene, asked):
        return title + _not_asked(scene, len(gallery.classes))
    judged = None
    if is_measured(gallery):
        judged = verdict(gallery, scene.embedding(scene.eye), exclude=scene.query_index)
    how = say("neighbours.sure.vote.how", language, chance=number(1 / len(gallery.classes)))
    parts = [title, _bars(scene, gallery, judged), _judged(scene, gallery, judged),
             tag("p", text(how), class_="note")]
    if scene.is_foreign:
        warning = say("neighbours.sure.asked", language, count=len(gallery.classes))
        parts.insert(1, tag("p", text(warning), class_="was-asked"))
    return "".join(parts)


def miss(scene: Scene) -> str:
    """The nearest of the question's own kind beside the nearest of another."""
    language, gallery = scene.language, scene.gallery()
    if not gallery.classes:
        return ""
    title = tag("h3", text(say("neighbours.sure.miss", language)))
    if scene.query_index is None:
        return title + tag("p", text(say("neighbours.sure.miss.foreign", language)), class_="note")
    if not is_measured(gallery):
        return title + tag("p", text(say("neighbours.sure.wait.short", language)), class_="note")
    label = int(gallery.labels[scene.query_index])
    try:
        found = nearest_miss(gallery, scene.embedding(scene.eye), label, exclude=scene.query_index)
    except LabError as error:
        if error.key != "metric.too_few":
            raise
        return title + tag("p", text(say("neighbours.sure.miss.lonely", language)), class_="note")
    pair = [("own", found.own, found.own_similarity), ("other", found.other, found.other_similarity)]
    figures = tag("div", *(_hit(scene, what, place, alike) for what, place, alike in pair), class_="hits")
    says = _margin(found.margin, found.share_below, gallery.margins.wrong, language)
    return title + figures + tag("p", text(says), class_="says answer")


def bar(role: str, who: str, value: float, said: str, *, line: float | None = None, spoken: str = "") -> str:
    """One share, 0 to 1, as a bar on a rail, with the line that it has to pass."""
    marks = [tag("span", class_="fill", style=f"width:{share(value)}%")]
    if line is not None:
        marks.append(tag("span", class_="needed", style=f"left:{share(line)}%"))
    return tag("div", tag("span", text(who), class_="who"), tag("span", *marks, class_="rail"),
               tag("b", text(said), class_="number answer"), class_=f"share-bar {role}", role="img",
               aria_label=spoken or f"{who}: {said}")


def _voters(scene: Scene, gallery: Gallery) -> int:
    return min(VOTERS, max(1, len(gallery) - (not scene.is_foreign)))


def _not_asked(scene: Scene, count: int) -> str:
    key = "neighbours.sure.foreign.own" if scene.view.gallery == OWN else "neighbours.sure.foreign"
    press = tag("button", text(say("neighbours.sure.ask", scene.language)), type="button", data_pick=stamp(scene),
                class_="tool ask-anyway")
    return tag("p", text(say(key, scene.language, count=count)), class_="says") + press


def _bars(scene: Scene, gallery: Gallery, judged: Verdict | None) -> str:
    language = scene.language
    shares = gallery.vote(scene.embedding(scene.eye), exclude=scene.query_index).shares
    line = None if judged is None or math.isinf(judged.needed) else judged.needed
    drawn = []
    for place in np.argsort(-shares, kind="stable")[:_BARS]:
        if shares[place] < _WORTH:
            break
        word, part = class_word(gallery.classes[place], gallery.name, language), number(float(shares[place]))
        spoken = say("neighbours.sure.spoken", language, word=word, share=part)
        drawn.append(bar("learned" if not drawn else "baseline", word, float(shares[place]), part, line=line,
                         spoken=spoken))
    if line is not None:
        side = f"right:{100 - share(line):g}%" if line > 0.5 else f"left:{share(line)}%"
        label = tag("span", text(say("neighbours.sure.line", language, needed=number(line))), style=side)
        drawn.append(tag("div", label, class_="line-label", aria_hidden="true"))
    return tag("div", *drawn, class_="share-bars answer")


def _judged(scene: Scene, gallery: Gallery, judged: Verdict | None) -> str:
    """The verdict and, in a sentence, where the line comes from."""
    language = scene.language
    if judged is None:
        head = tag("p", text(say("neighbours.sure.wait.short", language)), class_="verdict unknown")
        return head + tag("p", text(say("neighbours.sure.wait", language)), class_="says")
    sign = {"sure": "same", "split": "unsure", "far": "other"}[judged.kind]
    word = class_word(gallery.classes[judged.winner], gallery.name, language)
    head = tag("p", tag("span", class_="sign", aria_hidden="true"),
               text(say(f"neighbours.sure.{judged.kind}", language, word=word)), class_=f"verdict answer {sign}")
    if judged.kind == "far":
        means = say("neighbours.sure.far.means", language, nearest=number(judged.nearest), usual=number(judged.usual))
    elif math.isinf(judged.needed):
        means = say("neighbours.sure.never.means", language)
    else:
        known = gallery.sureness
        means = say(f"neighbours.sure.{judged.kind}.means", language, needed=number(judged.needed),
                    right=round(100 * known.right), reach=round(100 * known.reach))
    return head + tag("p", text(means), class_="says answer")


def _hit(scene: Scene, what: str, place: int, similarity: float) -> str:
    language = scene.language
    title = say("neighbours.sure.captioned", language, what=say(f"neighbours.sure.{what}", language),
                word=caption(scene, place))
    words = tag("figcaption", tag("b", text(title)), tag("span", text(number(similarity)), class_="answer"))
    picture = tile_picture(scene.gallery(PIXELS).pictures[place], title)
    return tag("figure", picture, words, class_=f"tile-card {'positive' if what == 'own' else 'negative'}")


def _margin(margin: float, share_below: float, wrong: float, language: str) -> str:
    if round(margin, 2) < 0:
        return say("neighbours.sure.margin.wrong", language, margin=number(-margin), wrong=round(100 * wrong))
    key = "neighbours.sure.margin" if round(margin, 2) > 0 else "neighbours.sure.margin.none"
    said = [say(key, language, margin=number(margin))]
    if not math.isnan(share_below):
        more = share_below >= 0.5
        said.append(say(f"neighbours.sure.margin.{'larger' if more else 'smaller'}", language,
                        share=round(100 * (share_below if more else 1 - share_below))))
    return " ".join(said)
