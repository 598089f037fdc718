"""What the tab shows first, drawn from a scene: damaged and repaired in one picture, and how much of it came back."""

from __future__ import annotations

import contextlib
import math
import zlib

from ....core.errors import LabError
from ....data.pixels import resize
from ....metrics.points import lost_points
from ....text import explain, say
from ... import address
from ...drawing import exact, number, photograph, share, tag, text
from .scene import STAGE, Repaired, Scene, Score
from .view import PHOTO, STARS, write_place

NAME = "restore"
#: Pictures up to this side are enlarged by pixels.
_SMALL = 128
#: Pieces to choose from, across and down, and the width in pixels of the picture that they lie on.
_PIECES, _OVERVIEW = (5, 4), 240


def layers(scene: Scene) -> str:
    """The damaged picture, over it the repaired one, which the divider cuts off, and the truth, to be held up."""
    language = scene.language
    parts = [_layer(exact(scene.before), "before", scene, say("restore.damaged", language))]
    with contextlib.suppress(LabError):  # `verdict` says why
        parts.append(_layer(exact(scene.repaired.image), "after", scene, say("restore.repaired", language)))
    if scene.clean is not None:
        parts.append(_layer(scene.drawn_source, "clean", scene, say("restore.original", language)))
    caption = tag("b", text(subject(scene))) + text(_size(scene))
    frame = tag("span", *parts, class_="frame", data_of=scene.stamp)
    return tag("figure", frame, tag("figcaption", caption), class_="picture")


def other(scene: Scene) -> str:
    """What the classical method made of it, to take the place of the network's."""
    try:
        done = scene.classical
    except LabError:
        return tag("i", data_of=scene.stamp, hidden=True)
    alt = say(f"method.{done.method}", scene.language)
    return tag("span", _layer(exact(done.image), "other", scene, alt), class_="frame", data_of=scene.stamp)


def _layer(source: str, name: str, scene: Scene, alt: str) -> str:
    small = "pixels" if scene.is_small and max(scene.source.shape[:2]) <= _SMALL else ""
    return tag("img", src=source, alt=alt, class_=f"layer {name} {small}".strip(), decoding="sync",
               draggable="false")


def subject(scene: Scene) -> str:
    """What the picture is called."""
    photo = scene.view.photo
    if photo in PHOTO.options:
        return say(f"photo.{photo}", scene.language)
    return say("photo.own" if scene.is_own else "restore.carried", scene.language)


def _size(scene: Scene) -> str:
    height, width = scene.source.shape[:2]
    kind = "piece" if scene.is_piece or scene.view.photo else "small" if scene.is_small else "reduced"
    return say(f"restore.size.{kind}", scene.language, width=width, height=height)


def verdict(scene: Scene) -> str:
    """How much of the error is gone, and what that means."""
    language = scene.language
    reveal = tag("button", text(say("page.reveal", language)), type="button", data_do="reveal", class_="reveal tool")
    try:
        done = scene.repaired
    except LabError as error:
        return tag("p", text(explain(error, language)), class_="complaint", role="alert")
    score = scene.score(done.image)
    if score is None and scene.view.photo:
        said, means = say("restore.whole", language), say("restore.mine.sample", language)
    elif score is None:
        found = scene.findings
        said = say("restore.unknown", language)
        means = say("restore.found", language, noise=round(found.noise), quality=round(found.quality),
                    blur=number(found.blur, 1))
    elif not scene.is_damaged:
        said, means = say("restore.nothing", language), say("restore.nothing.means", language)
    else:
        said, means = _removed(score, language)
        if scene.view.photo == STARS.photo:
            means = _stars(scene, done)
    return tag("p", text(said), class_="verdict answer") + tag("p", text(means), class_="means answer") + reveal


def _stars(scene: Scene, done: Repaired) -> str:
    """What the decibels do not say: how many points of light are gone, and how many were never there."""
    points = lost_points(scene.source, done.image)
    return say("restore.stars", scene.language, before=points.before, lost=len(points.lost), new=len(points.new))


def _removed(score: Score, language: str) -> tuple[str, str]:
    gain = "\N{INFINITY}" if math.isinf(score.gain) else number(abs(score.gain), 1)
    percent = _percent(abs(score.removed))
    if score.removed >= 0:
        return (say("restore.removed", language, percent=percent, gain=gain),
                say("restore.removed.means", language, left=_percent(1 - score.removed)))
    return (say("restore.harm", language, percent=percent, gain=gain), say("restore.harm.means", language))


def network(scene: Scene) -> str:
    """The network's line, which puts its picture on the divider's right."""
    try:
        done = scene.repaired
    except LabError:
        return ""
    return _line(scene, done, "learned", "after", say("restore.network", scene.language))


def classical(scene: Scene) -> str:
    """The classical method's line, likewise."""
    try:
        done = scene.classical
    except LabError:
        return ""
    return _line(scene, done, "baseline", "other", say(f"method.{done.method}", scene.language))


def _line(scene: Scene, done: Repaired, role: str, layer: str, who: str) -> str:
    language = scene.language
    score = scene.score(done.image)
    took = say("restore.took", language, seconds=number(max(done.seconds, 0.01), 2 if done.seconds < 0.1 else 1))
    parts = [tag("span", text(who), class_="who")]
    if score is not None:
        percent = say("restore.percent", language, percent=_percent(score.removed))
        parts.append(tag("b", text(percent), class_="number answer"))
        parts.append(tag("span", tag("span", class_="fill", style=f"width:{share(score.removed)}%"), class_="rail"))
    parts.append(tag("span", text(took), class_="took"))
    spoken = say("restore.show", language, who=who)
    return tag("button", *parts, type="button", class_=f"eye {role}", data_layer=layer, data_name=who, title=spoken)


def divider(language: str) -> str:
    """The handle between damaged and repaired: dragged, or moved by keys. page.js keeps where it stands."""
    grip = tag("span", tag("span", class_="grip", aria_hidden="true"), class_="line", aria_hidden="true")
    left = tag("span", text(say("restore.damaged", language)), class_="said left", aria_hidden="true")
    right = tag("span", text(say("restore.repaired", language)), class_="said right", aria_hidden="true")
    return tag("div", left, right, grip, class_="divider", role="slider", tabindex=0, aria_valuemin=0,
               aria_valuemax=100, aria_valuenow=50, aria_label=say("restore.divider", language))


def held(language: str) -> str:
    """The button that shows the truth for as long as it is held."""
    return tag("button", text(say("restore.hold", language)), type="button", class_="tool answer", data_hold=True)


def locator(scene: Scene) -> str:
    """Which piece of a picture that is too large for the stage is looked at, and the others to choose from."""
    if not scene.is_piece:
        return ""
    width, height = scene.size
    if width <= STAGE[0] and height <= STAGE[1]:
        return ""
    left, top, across, down = scene.frame(height, width)
    shown = tag("i", class_="shown", style=f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
                f"width:{100 * across / width:.2f}%;height:{100 * down / height:.2f}%")
    places = [write_place((1000 * column // (_PIECES[0] - 1), 1000 * row // (_PIECES[1] - 1)))
              for row in range(_PIECES[1]) for column in range(_PIECES[0])]
    buttons = [
        tag("button", type="button", data_pick=place, aria_label=say("restore.piece", scene.language, number=number_of))
        for number_of, place in enumerate(places, start=1)
    ]
    small = resize(scene.overview, (_OVERVIEW, max(1, round(_OVERVIEW * height / width))))
    frame = tag("span", tag("img", src=photograph(small), alt=""), shown, tag("span", *buttons, class_="pieces"),
                class_="overview")
    return frame + tag("p", text(say("restore.whereabouts", scene.language, width=width, height=height)), class_="note")


def beacon(scene: Scene) -> str:
    """What page.js reads after each answer: the view's address, the language and the page's title."""
    view = scene.view
    return tag(
        "i", data_query=address.write(tab=NAME, language=scene.language, values=view.values()),
        data_language=scene.language, data_draw=f"{view.photo} {view.damage} {view.seed}",
        data_title=say("restore.title", scene.language), data_chosen=view.photo, data_tab=NAME,
        data_stamp=zlib.crc32(scene.picture.encode("utf-8", "replace")), hidden=True,
    )


def _percent(value: float) -> str:
    """A share in per cent: as many digits as tell it from everything and from nothing."""
    percent = 100 * value
    return number(percent, 1 if 99 < percent < 100 or 0 < abs(percent) < 1 else 0)

