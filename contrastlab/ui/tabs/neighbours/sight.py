"""What the tab shows first, drawn from a scene: the question, and a row of answers from each eye."""

from __future__ import annotations

import zlib

from ....models.encoder.inference import view as seen_by
from ....text import say
from ... import address
from ...drawing import exact, number, photograph, tag, text
from .scene import PIXELS, Nearest, Scene
from .view import OWN

NAME = "neighbours"


def question(scene: Scene) -> str:
    """The question: the picture itself, and what the eye gets of it."""
    language = scene.language
    small = tag("img", src=exact(scene.seen), alt=say("neighbours.seen.alt", language), class_="pixels")
    return tag("figure", small, tag("figcaption", text(say("neighbours.seen", language, side=scene.eye.side))))


def rows(scene: Scene) -> str:
    """Five answers by pixels over five by what was learned."""
    plain, learned = scene.nearest(scene.pixels), scene.nearest(scene.eye)
    shared = set(plain.indices.tolist()) & set(learned.indices.tolist())
    return _row(scene, plain, "baseline", PIXELS, shared) + _row(scene, learned, "learned", scene.eye_name, shared)


def _row(scene: Scene, found: Nearest, role: str, encoder: str, shared: set[int]) -> str:
    language, gallery = scene.language, scene.gallery(encoder)
    title = tag("b", text(say(f"neighbours.by.{role}", language)))
    tiles = []
    for place, score in zip(found.indices, found.scores, strict=True):
        picture = tag("img", src=exact(seen_by(gallery.pictures[place])), alt="", class_="pixels")
        caption = tag("span", tag("b", number(float(score))), " ", text(gallery.class_of(int(place))))
        tiles.append(tag("button", picture, caption, type="button", data_pick=str(place), class_="tile"))
    return tag("section", title, tag("div", *tiles, class_="answers"), class_=f"row {role}")


def headline(language: str) -> str:
    """The tab's question, its dare, and what it is about."""
    about = tag("details", tag("summary", text(say("page.what", language))),
                tag("p", text(say("neighbours.about", language))), class_="about")
    overline = tag("p", text(say("neighbours.tab", language)), class_="overline")
    dare = tag("p", text(say("neighbours.dare", language)), class_="dare")
    return overline + tag("h2", text(say("neighbours.question", language))) + dare + about


def beacon(scene: Scene) -> str:
    """What page.js reads after each answer: the view's address, the language and the page's title."""
    view = scene.view
    query = address.write(tab=NAME, language=scene.language, values=view.values())
    # Which picture of a visitor's own is no part of the address, but a new one is news to the open folds.
    stamp = zlib.crc32((scene.own or "").encode()) if view.query == OWN else 0
    return tag(
        "i", data_query=query, data_language=scene.language, data_draw=f"{view.gallery} {view.query}",
        data_title=say("neighbours.title", scene.language), data_chosen=view.photo, data_stamp=stamp, data_tab=NAME,
        hidden=True,
    )
