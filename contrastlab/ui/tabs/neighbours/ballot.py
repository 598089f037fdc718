"""What the neighbours say about the question: their vote with its verdict, and the nearest of another kind."""

from __future__ import annotations

import math
import zlib

import numpy as np

from ....gallery import Gallery, Verdict, nearest_miss, verdict
from ....gallery.gallery import VOTERS
from ....text import say
from ...drawing import number, share, share_bar, tag, text
from .scene import PIXELS, Scene
from .sight import class_word
from .tiles import kind_of, tile_picture
from .view import OWN

#: Names that get a bar, those without a vote too: the verdict below keeps its place.
_BARS = 4


def stamp(scene: Scene) -> str:
    """Which picture is asked about: "ask anyway" holds for this one and no other."""
    own = zlib.crc32((scene.own or "").encode()) if scene.view.query == OWN else 0
    return f"{scene.view.gallery} {scene.view.query} {own}"


def may_vote(scene: Scene, asked: str) -> bool:
    """Whether a class word may be put on the question: the gallery has names, and it is from there or was asked for."""
    return bool(scene.gallery().classes) and (not scene.is_foreign or asked == stamp(scene))


def vote(scene: Scene, asked: str) -> str:
    """The bars, the verdict and what it is worth; for a picture from elsewhere first the question whether to ask."""
    language, gallery = scene.language, scene.gallery()
    voters = min(VOTERS, len(gallery) - (not scene.is_foreign))
    title = tag("h3", text(say("neighbours.sure.vote", language, count=voters)))
    if voters == 0 or not gallery.classes:
        why_not = "neighbours.sure.nameless" if voters else "neighbours.sure.alone"
        return title + tag("p", text(say(why_not, language)), class_="note")
    if not may_vote(scene, asked):
        return title + _not_asked(scene, len(gallery.classes))
    judged = None
    if gallery.is_measured:
        judged = verdict(gallery, scene.embedding(scene.eye), exclude=scene.query_index)
    how = say("neighbours.sure.vote.how", language, chance=number(1 / len(gallery.classes)))
    head, means = _judged(scene, gallery, judged)
    parts = [title, head, _bars(scene, gallery, judged), means, tag("p", text(how), class_="note")]
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
    if not gallery.is_measured:
        return title + tag("p", text(say("neighbours.sure.wait.short", language)), class_="note")
    labels, here = gallery.labels, scene.query_index
    if (labels == labels[here]).sum() < 2 or (labels == labels[here]).all():
        return title + tag("p", text(say("neighbours.sure.miss.lonely", language)), class_="note")
    found = nearest_miss(gallery, scene.embedding(scene.eye), int(labels[here]), exclude=here)
    pair = [("own", found.own, found.own_similarity), ("other", found.other, found.other_similarity)]
    figures = tag("div", *(_hit(scene, what, place, alike) for what, place, alike in pair), class_="hits")
    says = _margin(found.margin, found.share_below, gallery.margins.wrong, language)
    return title + figures + tag("p", *(tag("span", text(one)) for one in says), class_="says lines answer")


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
        word, part = class_word(gallery.classes[place], gallery.name, language), number(float(shares[place]))
        spoken = say("neighbours.sure.spoken", language, word=word, share=part)
        drawn.append(share_bar("learned", word, float(shares[place]), part, line=line, spoken=spoken))
    label = ""
    if line is not None:
        side = f"right:{100 - share(line):g}%" if line > 0.5 else f"left:{share(line)}%"
        label = tag("span", text(say("neighbours.sure.line", language, needed=number(line))), style=side)
    drawn.append(tag("div", label, class_="line-label", aria_hidden="true"))
    return tag("div", *drawn, class_="share-bars answer")


def _judged(scene: Scene, gallery: Gallery, judged: Verdict | None) -> tuple[str, str]:
    """The verdict and, in a sentence, where the line comes from."""
    language = scene.language
    if judged is None:
        head = tag("p", text(say("neighbours.sure.wait.short", language)), class_="verdict unknown", data_wait=True)
        return head, tag("p", text(say("neighbours.sure.wait", language)), class_="says means")
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
    return head, tag("p", text(means), class_="says means answer")


def _hit(scene: Scene, what: str, place: int, similarity: float) -> str:
    language = scene.language
    title = say(f"neighbours.sure.{what}", language)
    said = say("neighbours.sure.captioned", language, word=kind_of(scene, place), similarity=number(similarity))
    words = tag("figcaption", tag("b", text(title)), tag("span", text(said), class_="answer"))
    picture = tile_picture(scene.gallery(PIXELS).pictures[place], title)
    return tag("figure", picture, words, class_=f"tile-card {'positive' if what == 'own' else 'negative'}")


def _margin(margin: float, share_below: float, wrong: float, language: str) -> list[str]:
    """By how much the own kind is nearer, and how usual that is: a sentence each."""
    if round(margin, 2) < 0:
        return [say("neighbours.sure.margin.wrong", language, margin=number(-margin)),
                say("neighbours.sure.margin.often", language, wrong=round(100 * wrong))]
    key = "neighbours.sure.margin" if round(margin, 2) > 0 else "neighbours.sure.margin.none"
    said = [say(key, language, margin=number(margin))]
    if not math.isnan(share_below):
        more = share_below >= 0.5
        said.append(say(f"neighbours.sure.margin.{'larger' if more else 'smaller'}", language,
                        share=round(100 * (share_below if more else 1 - share_below))))
    return said
