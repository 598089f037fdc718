"""What the tab shows first, drawn from a view: two pictures and the bar between them."""

from __future__ import annotations

import zlib

import numpy as np

from ....core.errors import LabError
from ....data.augment import Drawn, DrawnStep
from ....lab import DEFAULT_ENCODER, Lab
from ....metrics.retrieval import Band
from ....text import explain, say
from ... import address
from ...drawing import framed, number, photograph, tag, text, track
from .scene import Scene
from .view import PHOTO

#: Who is asked, in which colour, in the order of the bar: what has learned above what has not.
EYES = ((DEFAULT_ENCODER, "learned", "augment.network"), ("pixels", "baseline", "augment.pixels"))


def original(scene: Scene) -> str:
    """The photograph as it was."""
    name = subject(scene)
    caption = tag("b", text(say("augment.original", scene.language))) + tag("span", text(name))
    alt = say("augment.original.alt", scene.language, name=name)
    return framed(photograph(scene.before), alt=alt, caption=caption, role="query")


def changed(scene: Scene) -> str:
    """The photograph as it is now, with what was done to it."""
    done = doings(scene.drawn, scene.language)
    caption = tag("b", text(say("augment.changed", scene.language))) + tag("span", text(done))
    alt = say("augment.changed.alt", scene.language, name=subject(scene), done=done)
    return framed(photograph(scene.after), alt=alt, caption=caption, role="positive")


def subject(scene: Scene) -> str:
    """What the photograph is called."""
    photo = scene.view.photo
    return say(f"photo.{photo}" if photo in PHOTO.options else "photo.own", scene.language)


def doings(drawn: Drawn, language: str) -> str:
    """What the draw did, in a few words: "turned 12° left, 71 % kept, recoloured"."""
    said = [sentence for one in drawn.steps if one.applied and (sentence := _doing(one, language))]
    return say("augment.did.join", language).join(said) or say("augment.did.nothing", language)


def _doing(one: DrawnStep, language: str) -> str:
    """What one applied step did; "" if it did nothing."""
    kind = one.step.KIND
    if kind == "rotate":
        angle = round(one.values["angle"])
        side = "left" if angle > 0 else "right"
        return say(f"augment.did.rotate.{side}", language, angle=abs(angle)) if angle else ""
    if kind == "crop":
        area = round(100 * one.values["area"])
        return say("augment.did.crop", language, area=area) if area < 100 else ""
    if kind == "jitter":
        settings = one.step.settings()
        moved = any(settings[name] for name in ("brightness", "contrast", "saturation", "hue"))
        return say("augment.did.jitter", language) if moved else ""
    return say(f"step.{kind}", language)


def bar(lab: Lab, scene: Scene) -> str:
    """How alike each eye finds the two pictures, and where other pictures lie."""
    language = scene.language
    lines, verdict = [], ""
    for name, role, key in EYES:
        try:
            eye = lab.encoder(name)
            value = likeness(eye.embed([scene.before, scene.after]))
        except LabError as error:
            lines.append(tag("p", text(explain(error, language)), class_="complaint", role="alert"))
            continue
        lines.append(_line(value, eye.band, role=role, who=say(key, language), language=language))
        if name == DEFAULT_ENCODER:
            verdict = _verdict(value, eye.band, language)
    ends = tag("div", tag("span", text(say("augment.bar.unlike", language))),
               tag("span", text(say("augment.bar.alike", language))), class_="ends")
    reveal = tag("button", text(say("page.reveal", language)), type="button", data_do="reveal", class_="reveal tool")
    return tag("div", verdict + reveal, class_="head") + tag("div", *lines, ends, class_="tracks")


def likeness(rows: np.ndarray) -> float:
    """Cosine similarity of two unit rows (2, D)."""
    return float(rows[0] @ rows[1])


def where(value: float, band: Band | None) -> str:
    """"same" above the band of other pictures, "unsure" inside it, "other" below; "unknown" without a band."""
    if band is None:
        return "unknown"
    if value > band.high:
        return "same"
    return "unsure" if value >= band.low else "other"


def beacon(scene: Scene) -> str:
    """What page.js reads after each answer: the view's address, the language and the page's title."""
    view = scene.view
    # Which picture of a visitor's own is no part of the address, but a new one is news to the open folds.
    stamp = zlib.crc32((scene.own or "").encode())
    query = address.write(tab="augment", language=scene.language, values=view.values(scene.kept))
    return tag(
        "i", data_query=query, data_language=scene.language, data_draw=f"{view.draws} {view.ready} {view.photo}",
        data_title=say("page.title", scene.language), data_chosen=view.photo, data_stamp=stamp, data_tab="augment",
        hidden=True,
    )


def _line(value: float, band: Band | None, *, role: str, who: str, language: str) -> str:
    reference = ""
    if band is not None:
        reference = say("augment.bar.others", language, low=number(band.low), high=number(band.high))
    spoken = say("augment.bar.spoken", language, who=who, number=number(value), others=reference)
    return track(role=role, who=who, value=value, reference=reference, band=band, spoken=spoken)


def _verdict(value: float, band: Band | None, language: str) -> str:
    found = where(value, band)
    sentence = text(say(f"augment.verdict.{found}", language))
    sign = tag("span", class_="sign", aria_hidden="true")
    return tag("p", sign, tag("span", sentence), class_=f"verdict answer {found}")
