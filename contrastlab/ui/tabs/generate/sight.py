"""What the tab shows first, drawn from a scene: the picture, the sixteen beside it, and what each number does."""

from __future__ import annotations

from dataclasses import dataclass

from ....core.errors import LabError
from ....studies.directions import MEASURED
from ....studies.morph import mosaic
from ....text import explain, say
from ... import address
from ...drawing import embedded, exact, framed, number, photograph, tag, text
from ...kinds import kind_word
from .scene import Scene
from .view import ANY, SLIDERS

NAME = "generate"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pieces of the stage, as HTML; of each slider its label and what was measured of it."""

    main: str
    others: str
    kinds: str
    about: str
    sliders: tuple[tuple[str, str], ...]


def drawn(scene: Scene, *, safely: bool = True) -> Drawn:
    """The whole stage. With `safely` a LabError is told in the place of the picture, else it is raised."""
    try:
        sliders = tuple((slider_label(scene, place), effect(scene, place)) for place in range(SLIDERS))
        return Drawn(main(scene), others(scene), kinds(scene), about_model(scene), sliders)
    except LabError as error:
        if not safely:
            raise
        plain = say("generate.effect.none", scene.language)
        sliders = tuple(
            (say("generate.direction.plain", scene.language, number=place + 1), text(plain)) for place in range(SLIDERS)
        )
        return Drawn(_broken(error, scene.language), "", "", "", sliders)


#: Pictures up to this side go out to the pixel when sixteen of them stand together.
_SMALL = 32


def main(scene: Scene) -> str:
    """The main picture and what it is."""
    language = scene.language
    word = kind_word(scene.generator.classes[scene.main_kind], language)
    name = say("generate.found" if scene.view.base else "generate.main", language, kind=word, seed=scene.view.seed)
    small = say("generate.pixels", language, side=scene.generator.side)
    return framed(exact(scene.main), alt=say("generate.main.alt", language, kind=word), role="generated", small=True,
                  caption=tag("b", text(name)) + text(small))


def others(scene: Scene) -> str:
    """Sixteen others under the same sliders, as buttons over one picture; at first they move."""
    language = scene.language
    still = scene.others
    shown = mosaic(still)
    small = scene.generator.side <= _SMALL
    source = exact(shown) if small else photograph(shown)
    picture = tag("img", src=source, alt="", class_="pixels", draggable="false")
    if scene.is_opening:
        moving = embedded(scene.opening.animation, "webp")
        at_rest = tag("source", srcset=source, media="(prefers-reduced-motion: reduce)")
        picture = tag("picture", at_rest, tag("img", src=moving, alt="", class_="pixels", draggable="false"))
    buttons = []
    for seed in scene.opening.seeds:
        word = kind_word(scene.generator.classes[scene.kind_of(seed)], language)
        spoken = say("generate.take", language, kind=word, seed=seed)
        buttons.append(tag("button", type="button", data_pick=seed, title=spoken, aria_label=spoken))
    frame = tag("span", picture, tag("span", *buttons, class_="sixteen"), class_="frame")
    key = "generate.others.moving" if scene.is_opening else "generate.others"
    caption = tag("b", text(say(key, language))) + text(say("generate.others.press", language))
    return tag("figure", frame, tag("figcaption", caption), class_="picture generated")


def kinds(scene: Scene) -> str:
    """The classes to choose from."""
    language = scene.language
    offered = [(ANY, say("generate.kind.any", language)),
               *((word, kind_word(word, language)) for word in scene.generator.classes)]
    chips = [tag("button", text(label), type="button", data_pick=word, class_="chip",
                 aria_pressed=str(word == scene.view.kind).lower()) for word, label in offered]
    label = say("generate.kind", language)
    return tag("div", tag("span", text(label), class_="label"), *chips, class_="chips", role="group",
               aria_label=label, data_tab=NAME)


def slider_label(scene: Scene, place: int) -> str:
    """What a direction's slider is called: its two ends."""
    if place >= len(scene.directions):
        return say("generate.direction.none", scene.language, number=place + 1)
    aspect = scene.directions[place].changes
    if not aspect:
        return say("generate.direction.plain", scene.language, number=place + 1)
    less, more = (say(f"aspect.{aspect}.{end}", scene.language) for end in ("less", "more"))
    return say("generate.direction", scene.language, less=less, more=more)


def effect(scene: Scene, place: int) -> str:
    """What was measured of a direction."""
    if place >= len(scene.directions) or not scene.directions[place].changes:
        return text(say("generate.effect.none", scene.language))
    one = scene.directions[place]
    more = say(f"aspect.{one.changes}.more", scene.language)
    return text(say("generate.effect", scene.language, more=more, size=number(one.effect, 1),
                    count=round(one.agreement * MEASURED), of=MEASURED))


def about_model(scene: Scene) -> str:
    """Which checkpoint painted this, and whether it has finished learning."""
    card = next((card for card in scene.lab.models() if card.name == scene.view.model), None)
    said = [say("generate.model", scene.language, name=scene.view.model)]
    if card is not None and card.draft:
        step, steps = card.training.get("step"), card.training.get("max_steps")
        key = "generate.draft.steps" if step and steps else "generate.draft"
        said.append(say(key, scene.language, step=f"{step or 0:,}", steps=f"{steps or 0:,}"))
    return tag("p", *(tag("span", text(one)) for one in said))


def beacon(scene: Scene) -> str:
    """What page.js reads after each answer: the view's address, the language and the page's title."""
    view = scene.view
    return tag(
        "i", data_query=_query(scene), data_language=scene.language, data_draw=f"{view.model} {view.seed}",
        data_title=say("generate.title", scene.language), data_chosen=view.kind, data_tab=NAME,
        hidden=True,
    )


def film(scene: Scene, source: str) -> str:
    """An animation at that address, and of which view it is."""
    return tag("i", data_film=source, data_query=_query(scene), hidden=True)


def _query(scene: Scene) -> str:
    return address.write(tab=NAME, language=scene.language, values=scene.view.values())


def _broken(error: LabError, language: str) -> str:
    """In the place of a picture that cannot be painted: why not."""
    complaint = tag("p", text(explain(error, language)), class_="complaint", role="alert")
    return tag("figure", tag("span", complaint, class_="frame vacant"), class_="picture")
