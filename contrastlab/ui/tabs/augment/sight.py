"""What the tab shows first, drawn from a view: two pictures and the bar between them."""

from __future__ import annotations

import numpy as np

from ....core.errors import LabError
from ....core.images import Image
from ....data.augment import Drawn
from ....lab import DEFAULT_ENCODER, Lab
from ....metrics.retrieval import Band
from ....text import explain, say
from ... import address
from ...drawing import framed, number, photograph, tag, text, track
from .view import PHOTO, View

#: Who is asked, in which colour, in the order of the bar: what has learned above what has not.
EYES = ((DEFAULT_ENCODER, "learned", "augment.network"), ("pixels", "baseline", "augment.pixels"))


def original(image: Image, view: View, language: str) -> str:
    """The photograph as it was."""
    name = subject(view, language)
    caption = tag("b", text(say("augment.original", language))) + tag("span", text(name))
    return framed(photograph(image), alt=say("augment.original.alt", language, name=name), caption=caption, role="query")


def changed(image: Image, drawn: Drawn, view: View, language: str) -> str:
    """The photograph as it is now, with what was done to it."""
    done = doings(drawn, language)
    caption = tag("b", text(say("augment.changed", language))) + tag("span", text(done))
    alt = say("augment.changed.alt", language, name=subject(view, language), done=done)
    return framed(photograph(image), alt=alt, caption=caption, role="positive")


def subject(view: View, language: str) -> str:
    """What the photograph is called."""
    return say(f"photo.{view.photo}" if view.photo in PHOTO.options else "photo.own", language)


def doings(drawn: Drawn, language: str) -> str:
    """What the draw did, in a few words: "turned 12° left, 71 % kept, colours shifted"."""
    said = []
    for step in drawn.steps:
        if not step.applied:
            continue
        if step.step.KIND == "rotate" and round(step.values["angle"]):
            side = "left" if step.values["angle"] > 0 else "right"
            said.append(say(f"augment.did.rotate.{side}", language, angle=abs(round(step.values["angle"]))))
        elif step.step.KIND == "crop" and round(100 * step.values["area"]) < 100:
            said.append(say("augment.did.crop", language, area=round(100 * step.values["area"])))
        elif step.step.KIND == "jitter" and any(step.step.settings()[name] for name in ("brightness", "hue")):
            said.append(say("augment.did.jitter", language))
        elif step.step.KIND in ("flip", "grayscale", "translate"):
            said.append(say(f"augment.did.{step.step.KIND}", language))
    return say("augment.did.join", language).join(said) if said else say("augment.did.nothing", language)


def bar(lab: Lab, before: Image, after: Image, language: str) -> str:
    """How alike each eye finds the two pictures, and where other pictures lie."""
    lines, verdict = [], ""
    for name, role, key in EYES:
        try:
            eye = lab.encoder(name)
            value = likeness(eye.embed([before, after]))
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


def beacon(view: View, kept: dict[str, bool], language: str) -> str:
    """What page.js reads after each answer: the view's address, the language and the page's title."""
    query = address.write(tab="augment", language=language, values=view.values(kept))
    return tag("i", data_query=query, data_language=language, data_draw=str(view.draws) + view.ready + view.photo,
               data_title=say("page.title", language), hidden=True)


def _line(value: float, band: Band | None, *, role: str, who: str, language: str) -> str:
    reference = ""
    if band is not None:
        reference = say("augment.bar.others", language, low=number(band.low), high=number(band.high))
    spoken = say("augment.bar.spoken", language, who=who, number=number(value), others=reference)
    return track(role=role, who=who, value=value, reference=reference, band=band, spoken=spoken)


def _verdict(value: float, band: Band | None, language: str) -> str:
    found = where(value, band)
    sentence = text(say(f"augment.verdict.{found}", language))
    return tag("p", tag("span", class_="sign", aria_hidden="true"), tag("span", sentence), class_=f"verdict answer {found}")
