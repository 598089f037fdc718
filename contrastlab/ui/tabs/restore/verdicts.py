"""What is said of a repair that is put to the question: numbers beside their references, and maps."""

from __future__ import annotations

import numpy as np

from ....data.degrade import HOLES, Mask
from ....models.restorer.trust import UNSURE
from ....text import say
from ...drawing import number, tag, text
from .checks import Doubt, Fit, Taken, error, fit, has_dice, taken, tested
from .maps import end_of, hatching, heat, scale, tile
from .scene import Scene
from .view import MINE

#: A repair that leaves less of the noise unexplained has kept some of it. The best possible one leaves a little less
#: than all: the noise's power less that of its own error (after Tweedie's formula, Efron 2011, JASA 106, sec. 2).
_KEPT = 0.85
#: One that leaves more contradicts what was given.
_AGAINST = 1.05
#: Where nothing should be left unexplained: so many levels are rounding, and what nobody sees.
_LITTLE = 2.0
#: From this share of lost detail on it is said that detail is lost.
_DETAIL = 0.1
#: The map has found something out where the repair is so many times as wrong as elsewhere.
_TELLS = 1.25
#: Pictures up to this side are enlarged by pixels.
_SMALL = 128


def fits(scene: Scene) -> str:
    """Given, the repair damaged again, and where they disagree."""
    language = scene.language
    head = _head("fits", language)
    if scene.view.damage == HOLES:
        return head + _says(say("restore.true.fits.holes", language))
    found = fit(scene)
    expected = found.found.expected
    end = max(2 * _LITTLE, expected / 2, end_of(found.beyond))
    small = _is_small(scene)
    tiles = [
        tile(scene.damaged.image, say("restore.true.given", language), role="query", small=small),
        tile(found.again, say("restore.true.again", language), role="learned", small=small),
        tile(heat(found.beyond, 0, end), say("restore.true.disagree", language), role="negative", small=small,
             scale=_scale(0, end, language)),
    ]
    parts = [_says(_fitting(scene, found)), tag("div", *tiles, class_="checks")]
    notes = [say("restore.true.fits.how.noise" if expected else "restore.true.fits.how", language)]
    if scene.view.damage == MINE:
        told = scene.findings
        notes.append(say("restore.true.fits.own", language, noise=number(told.noise, 0),
                         quality=number(told.quality, 0), blur=number(told.blur, 1)))
    notes.append(say("restore.true.fits.caution", language))
    return head + "".join(parts) + _note(*notes)


def _fitting(scene: Scene, one: Fit) -> str:
    facts = {"size": number(one.found.size, 1), "expected": number(one.found.expected, 1),
             "idle": number(one.idle, 1)}
    ratio = one.found.ratio
    if ratio is None:
        known = "" if scene.clean is not None else ".unknown"
        return say(f"restore.true.fits.{'exact' if one.found.size <= _LITTLE else 'inexact'}{known}", scene.language,
                   **facts)
    found = "kept" if ratio < _KEPT else "against" if ratio > _AGAINST else "noise"
    known = "added" if scene.clean is not None else "assumed"
    leaves = say(f"restore.true.fits.{known}", scene.language, **facts)
    return say(f"restore.true.fits.{found}", scene.language, leaves=leaves, **facts)


def made_up(scene: Scene, doubt: Doubt | None, beyond: float) -> str:
    """The repair with what nobody can know hatched, how far repairs lie apart, and how wrong it really is."""
    language, small = scene.language, _is_small(scene)
    missing = scene.damaged.missing
    hatched = missing if doubt is None else doubt.unrecovered(missing, beyond)
    wrong = error(scene)
    apart = None if doubt is None else doubt.deviation
    end = max([2 * UNSURE, *(end_of(plane) for plane in (apart, wrong) if plane is not None)])
    over = hatching(hatched) if hatched.any() else ""
    key = tag("i", class_="key hatching", aria_hidden="true")
    legend = tag("span", key, text(say("restore.true.hatched", language)), class_="scale")
    tiles = [tile(scene.repaired.image, say("restore.repaired", language), role="learned", small=small, hatched=over,
                  scale=legend)]
    if apart is not None:
        tiles.append(tile(heat(apart, 0, end), say("restore.true.apart", language), role="caution", small=small,
                          scale=_scale(0, end, language)))
    else:
        tiles.append(_vacant(scene, say("restore.true.apart", language)))
    if wrong is not None:
        tiles.append(tile(heat(wrong, 0, end), say("restore.true.wrong", language), role="negative", small=small,
                          scale=_scale(0, end, language)))
    return _head("made-up", language) + _says(*_doubted(scene, doubt, hatched, beyond)) + tag(
        "div", *tiles, class_="checks") + _note(*_how(scene))


def _doubted(scene: Scene, doubt: Doubt | None, hatched: Mask, beyond: float) -> list[str]:
    """How much is hatched, and whether it is rightly so."""
    language = scene.language
    if doubt is None:
        return [say("restore.true.not-yet", language)]
    facts = {"share": _share(float(np.mean(hatched))), "done": doubt.done, "total": doubt.total,
             "beyond": number(beyond, 1)}
    said = [say("restore.true.share", language, **facts)]
    proof = tested(scene, hatched)
    if proof is None:
        said.append(say("restore.true.untested", language))
    elif proof.inside is None:
        said.append(say("restore.true.test.none", language, error=number(proof.outside or 0.0, 1)))
    elif proof.outside is None:
        said.append(say("restore.true.test.all", language, error=number(proof.inside, 1)))
    else:
        found = "tells" if proof.inside >= _TELLS * proof.outside else "silent"
        said.append(say(f"restore.true.test.{found}", language, inside=number(proof.inside, 1),
                        outside=number(proof.outside, 1)))
    return said


def _how(scene: Scene) -> list[str]:
    language, notes = scene.language, []
    dice = "turns" if not has_dice(scene) else "redraws" if scene.clean is not None else "redraws.own"
    notes.append(say(f"restore.true.how.{dice}", language))
    if dice == "turns" and scene.view.damage != HOLES:
        notes.append(say("restore.true.how.fixed", language))
    if scene.damaged.missing.any():
        notes.append(say("restore.true.how.holes", language))
    notes.append(say("restore.true.how.caution", language))
    return notes


def took(scene: Scene) -> str:
    """What was taken away, beside what should have been."""
    language, head, small = scene.language, _head("taken", scene.language), _is_small(scene)
    if scene.view.damage == HOLES:
        return head + _says(say("restore.true.taken.holes", language))
    if not scene.is_damaged:
        return head + _says(say("restore.true.taken.nothing", language))
    found = taken(scene)
    times = say("restore.true.times", language, factor=found.factor)
    tiles = [tile(found.picture, say("restore.true.away", language), times, role="learned", small=small)]
    if found.truth is not None:
        tiles.append(tile(found.truth, say("restore.true.due", language), times, role="baseline", small=small))
    return head + _says(_taking(scene, found)) + tag("div", *tiles, class_="checks") + _note(
        say(f"restore.true.taken.how{'.noise' if has_dice(scene) else ''}", language))


def _taking(scene: Scene, one: Taken) -> str:
    language = scene.language
    if scene.clean is None:
        kind = "unknown.noise" if has_dice(scene) else "unknown"
        return say(f"restore.true.taken.{kind}", language, structure=number(one.structure))
    if has_dice(scene) and one.detail is not None:
        kind = "detail" if one.detail > _DETAIL else "noise"
        return say(f"restore.true.taken.{kind}", language, detail=number(100 * one.detail, 0))
    return say("restore.true.taken.agreement", language, agreement=number(one.agreement or 0.0))


def _head(name: str, language: str) -> str:
    return tag("h3", text(say(f"restore.true.{name}", language)))


def _says(*sentences: str) -> str:
    return "".join(tag("p", text(one), class_="says answer") for one in sentences)


def _note(*sentences: str) -> str:
    return "".join(tag("p", text(one), class_="note") for one in sentences)


def _scale(low: float, high: float, language: str) -> str:
    return scale(low, high, say("restore.true.levels", language))


def _vacant(scene: Scene, title: str) -> str:
    """As large as the picture that will be here."""
    height, width = scene.source.shape[:2]
    frame = tag("span", class_="stack vacant", style=f"aspect-ratio:{width}/{height}")
    return tag("figure", frame, tag("figcaption", tag("b", text(title))), class_="tile-card caution")


def _is_small(scene: Scene) -> bool:
    return scene.is_small and max(scene.source.shape[:2]) <= _SMALL


def _share(value: float) -> str:
    percent = 100 * value
    return number(percent, 1 if 0 < percent < 10 or 99 < percent < 100 else 0)
