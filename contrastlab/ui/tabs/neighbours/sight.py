"""What the tab shows first, drawn from a scene: the question, and a row of answers from each eye."""

from __future__ import annotations

import zlib

from ....core.errors import LabError
from ....core.images import Image
from ....data.datasets import GENERATED
from ....data.pixels import centre_square
from ....text import explain, say
from ... import address, shelf
from ...drawing import exact, number, photograph, tag, text, thumbnail
from ...kinds import kind_word
from .eyes import encoder_of, is_ready
from .scene import PIXELS, Nearest, Scene
from .view import EYE, OWN

NAME = "neighbours"
#: Pictures up to this side are shown as the pixels that they are.
_SMALL = 64


def trail(scene: Scene) -> str:
    """The way here: a small picture for each question before this one, each leading back."""
    language = scene.language
    if not scene.view.trail:
        return tag("p", text(say("neighbours.trail.hint", language)), class_="note")
    steps = []
    for query in scene.view.trail:
        name = called(scene, query)
        back = say("neighbours.trail.back", language, name=name)
        steps.append(tag("button", _thumb(scene, query), type="button", data_pick=query, title=back, aria_label=back))
    arrow = tag("i", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", aria_hidden="true")
    here = tag("span", _thumb(scene, scene.view.query), class_="here", title=called(scene, scene.view.query))
    return tag("nav", arrow.join([*steps, here]), class_="steps", aria_label=say("neighbours.trail", language))


def question(scene: Scene) -> str:
    """The question's picture: small ones enlarged by pixels, a photograph with the crop frame on it."""
    language, name = scene.language, called(scene, scene.view.query)
    alt = say("neighbours.question.alt", language, name=name)
    whole = scene.whole
    height, width = whole.shape[:2]
    if max(height, width) <= _SMALL:
        shot = tag("img", src=exact(scene.seen), alt=alt, class_="pixels", draggable="false")
    else:
        shown = tag("img", src=photograph(whole), alt=alt, draggable="false")
        frame = _crop_frame(scene, width, height) if scene.is_foreign else ""
        shape = "wide" if width >= height else "tall"
        shot = tag("span", shown, frame, class_=f"shot {shape}", style=f"aspect-ratio:{width}/{height}",
                   data_width=width, data_height=height)
    return tag("div", shot, class_="frame")


def seen(scene: Scene) -> str:
    """What the question is called, and what the network gets of it."""
    language = scene.language
    side = scene.seen.shape[0]
    small = tag("img", src=exact(scene.seen), alt=say("neighbours.seen.alt", language, side=side), class_="pixels")
    name = tag("b", text(called(scene, scene.view.query)))
    lines = [tag("span", text(say("neighbours.seen", language, side=side)))]
    # The question's own place in the gallery is never left out quietly: it is rank 0.
    if scene.nearest(scene.pixels).itself:
        lines.append(tag("span", text(say("neighbours.itself", language, number=number(1.0))), class_="itself"))
    return small + tag("p", name, *lines)


def rows(scene: Scene) -> str:
    """Five answers by pixels over five by what was learned, and what there is to say about them."""
    language = scene.language
    found: dict[str, Nearest] = {}
    complaints = {}
    for role, encoder in (("baseline", PIXELS), ("learned", scene.eye_name)):
        try:
            found[role] = scene.nearest(scene.lab.encoder(encoder))
        except LabError as error:
            complaints[role] = tag("p", text(explain(error, language)), class_="complaint", role="alert")
    shared = set.intersection(*(set(one.indices.tolist()) for one in found.values())) if len(found) == 2 else set()
    drawn = [
        _row(scene, found[role], role, encoder, shared) if role in found else complaints[role]
        for role, encoder in (("baseline", PIXELS), ("learned", scene.eye_name))
    ]
    reveal = tag("button", text(say("page.reveal", language)), type="button", data_do="reveal", class_="reveal tool")
    return "".join(drawn) + reveal + tag("p", *_remarks(scene, found, len(shared)), class_="says answer")


def beacon(scene: Scene) -> str:
    """What page.js reads after each answer: the view's address, the language and the page's title."""
    view = scene.view
    query = address.write(tab=NAME, language=scene.language, values=view.values())
    # Which pictures of a visitor's own are no part of the address, but new ones are news to the open folds.
    stamp = zlib.crc32((scene.own or "").encode()) if view.query == OWN else 0
    mine = id(scene.own_gallery) if view.gallery == OWN else 0
    return tag(
        "i", data_query=query, data_language=scene.language, data_draw=f"{view.gallery} {view.query}",
        data_title=say("neighbours.title", scene.language), data_chosen=view.query, data_stamp=stamp, data_tab=NAME,
        data_shelf=f"{view.gallery} {scene.language} {mine}", hidden=True,
    )


def called(scene: Scene, query: str) -> str:
    """What a question is called: its class, its caption, the photograph's name, "your photo"."""
    if query.isdecimal():
        return caption(scene, int(query)) or say("neighbours.number", scene.language, number=int(query) + 1)
    return say("photo.own" if query == OWN else f"photo.{query}", scene.language)


def caption(scene: Scene, place: int) -> str:
    """What is written under a picture of the gallery: its class's word, or what it was asked for; "" for nothing."""
    gallery = scene.gallery(PIXELS)
    return class_word(gallery.class_of(place), gallery.name, scene.language)


def class_word(word: str, gallery: str, language: str) -> str:
    """A class's name in the language; what a visitor has named stays as it is."""
    return word if gallery == OWN else kind_word(word, language)


# -- the rows -----------------------------------------------------------------------------------------------------


def _row(scene: Scene, found: Nearest, role: str, encoder: str, shared: set[int]) -> str:
    language = scene.language
    band = scene.gallery(encoder).band
    title = say("neighbours.by.baseline", language)
    if role == "learned":
        key = "neighbours.by.learned" if scene.view.eye != "untrained" else "neighbours.by.untrained"
        title = say(key, language)
    head = [tag("b", text(title), class_="who answer")]
    if band is not None:
        others = say("neighbours.others", language, low=number(band.low), high=number(band.high))
        head.append(tag("span", text(others), class_="reference"))
    tiles = [
        _tile(scene, rank, int(place), float(score), int(place) in shared)
        for rank, (place, score) in enumerate(zip(found.indices, found.scores, strict=True), start=1)
    ]
    return tag("section", tag("div", *head, class_="head"), tag("div", *tiles, class_="answers"),
               class_=f"answered {role}", aria_label=title)


def _tile(scene: Scene, rank: int, place: int, score: float, is_shared: bool) -> str:
    language = scene.language
    gallery = scene.gallery(PIXELS)
    word, sign, judged = caption(scene, place), "", ""
    shown = text(word)
    if gallery.name == GENERATED:  # a line under the rows says that it is what was asked for, and no more
        word = say("neighbours.asked", language, word=word)
    if scene.query_class and word:
        judged = "same" if gallery.class_of(place) == scene.query_class else "other"
        sign = tag("span", class_="sign", aria_hidden="true")
    spoken = say("neighbours.tile", language, rank=rank, word=word, number=number(score))
    if judged:
        spoken += say(f"neighbours.tile.{judged}", language)
    picture = tag("img", src=_shown(gallery.pictures[place]), alt="", draggable="false",
                  class_="pixels" if _is_small(gallery.pictures[place]) else None)
    both = tag("span", text(say("neighbours.both", language)), class_="both answer") if is_shared else ""
    value = tag("span", sign, tag("b", number(score)), class_="value")
    under = tag("span", value, tag("span", shown, class_="word"), class_=f"under answer {judged}".rstrip())
    return tag("button", tag("span", picture, both, class_="shot"), under, type="button", data_pick=place,
               class_="reply", aria_label=spoken, title=_title(scene, place))


def _title(scene: Scene, place: int) -> str:
    """What a tile says when pointed at: what pressing does, and whose picture it is."""
    gallery = scene.gallery(PIXELS)
    words = [say("neighbours.search", scene.language)]
    if gallery.captions:
        words.insert(0, gallery.captions[place])
    return " · ".join(words)


def _remarks(scene: Scene, found: dict[str, Nearest], shared: int) -> list[str]:
    """Sentences under the rows; about a stranger's picture no verdict, and why."""
    language, said = scene.language, []
    classes = scene.gallery(PIXELS).classes
    if scene.is_foreign:
        said.append(say("neighbours.foreign", language, count=len(classes)) if classes else "")
    elif scene.query_class and len(found) == 2:
        hits = {role: _hits(scene, one) for role, one in found.items()}
        said.append(say("neighbours.hits", language, of=len(found["learned"].indices), **hits))
    if scene.view.gallery == GENERATED:
        said.append(say("neighbours.generated", language))
    if len(found) == 2:
        said.append(say("neighbours.shared" if shared else "neighbours.shared.none", language, count=shared))
        said.append(_beside_default(scene, found["learned"]))
    return [tag("span", text(one)) for one in said if one]


def _hits(scene: Scene, found: Nearest) -> int:
    gallery = scene.gallery(PIXELS)
    return sum(gallery.class_of(int(place)) == scene.query_class for place in found.indices)


def _beside_default(scene: Scene, found: Nearest) -> str:
    """How far another eye agrees with the one that the page opens with."""
    usual = encoder_of(EYE.default, scene.view.gallery)
    if scene.eye_name == usual or not is_ready(scene.lab, scene.own_gallery, scene.view.gallery, usual):
        return ""
    if usual not in scene.lab.encoders():
        return ""
    other = scene.nearest(scene.lab.encoder(usual))
    same = len(set(found.indices.tolist()) & set(other.indices.tolist()))
    return say("neighbours.beside", scene.language, count=same, of=len(found.indices),
               eye=say(f"neighbours.eye.{EYE.default}", scene.language))


# -- pictures -----------------------------------------------------------------------------------------------------


def _is_small(picture: Image) -> bool:
    return max(picture.shape[:2]) <= _SMALL


def _shown(picture: Image) -> str:
    """A gallery picture for a tile: a small one to the pixel, a larger one as a thumbnail of its central square."""
    return exact(centre_square(picture)) if _is_small(picture) else thumbnail(picture)


def _thumb(scene: Scene, query: str) -> str:
    if query.isdecimal():
        picture = scene.gallery(PIXELS).pictures[int(query)]
        small = _is_small(picture)
        return tag("img", src=_shown(picture), alt="", class_="pixels" if small else None)
    return tag("img", src=thumbnail(shelf.preview(scene.own if query == OWN else None, query)), alt="")


def _crop_frame(scene: Scene, width: int, height: int) -> str:
    """The square that is asked about, in shares of the picture; page.js lets it be taken and pulled."""
    crop = scene.view.crop
    side = min(width, height)
    left, top, size = crop.within(width, height) if crop else ((width - side) // 2, (height - side) // 2, side)
    place = (f"left:{100 * left / width:.3f}%;top:{100 * top / height:.3f}%;"
             f"width:{100 * size / width:.3f}%;height:{100 * size / height:.3f}%")
    label = say("neighbours.crop", scene.language)
    return tag("span", tag("i", class_="grip"), class_="crop", style=place, tabindex=0, role="slider",
               aria_label=label, title=label, aria_valuemin=10, aria_valuemax=100,
               aria_valuenow=round(100 * size / side))


__all__ = ["beacon", "called", "caption", "class_word", "question", "rows", "seen", "trail"]
