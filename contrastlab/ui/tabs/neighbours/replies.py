"""Pictures of the gallery that can be pressed, as the folds show them: each becomes the next question."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ....text import say
from ...drawing import tag, text
from .scene import PIXELS, Scene
from .tiles import kind_of, tile_picture

#: For events whose first input is replaced by what was pressed.
PICKED = "(language, _, ...rest) => [language, window.contrastlab.picked, ...rest]"

#: As `PICKING`, for a panel that is drawn anew with the answer: who walks it by keyboard stays where they were.
STAYING = """element.addEventListener('click', (event) => {
    const picked = event.target.closest('[data-pick]');
    if (!picked) return;
    window.contrastlab.picked = element.back = picked.dataset.pick;
    trigger('select', {value: picked.dataset.pick, index: 0});
});
watch('value', () => {
    if (element.back) element.querySelector(`[data-pick="${element.back}"]`)?.focus({preventScroll: true});
    element.back = null;
})"""


def asking(tab: Any, source: gr.HTML, message: gr.HTML) -> None:
    """Let what is pressed in `source` become the question; its errors are told in `message`."""
    tab.on(source.select, tab.ask, first=[tab.query], js=PICKED, message=message)


def reply(scene: Scene, place: int, said: str, *, spoken: str = "", badge: str = "", is_judged: bool = True) -> str:
    """A picture with something `said` under it, its class, and unless not wanted whether that is the question's own.

    `badge` is a word on the picture, `spoken` what a screen reader says in place of `said`.
    """
    language = scene.language
    gallery = scene.gallery(PIXELS)
    word, sign, judged = kind_of(scene, place), "", ""
    if is_judged and scene.query_class and word:
        judged = "same" if gallery.class_of(place) == scene.query_class else "other"
        sign = tag("span", class_="sign", aria_hidden="true")
    verdict = say(f"neighbours.tile.{judged}", language).strip(" ,\N{FULLWIDTH COMMA}") if judged else ""
    label = " \N{MIDDLE DOT} ".join(part for part in (spoken or said, word, verdict) if part)
    value = tag("span", sign, tag("b", text(said)), class_="value")
    under = tag("span", value, tag("span", text(word), class_="word"), class_=f"under answer {judged}".rstrip())
    mark = tag("span", text(badge), class_="both answer") if badge else ""
    shot = tag("span", tile_picture(gallery.pictures[place], ""), mark, class_="shot")
    return tag("button", shot, under, type="button", data_pick=place, class_="reply", aria_label=label,
               title=say("neighbours.search", language))


def row(title: str, tiles: list[str], *, role: str = "learned", note: str = "") -> str:
    """Tiles in a row under its name."""
    head = tag("b", text(title), class_="who") + (tag("span", text(note), class_="reference") if note else "")
    return tag("section", tag("div", head, class_="head"), tag("div", *tiles, class_="answers"),
               class_=f"answered {role}", aria_label=title)
