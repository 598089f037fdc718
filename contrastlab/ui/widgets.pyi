"""Gradio components made our way: bounds from knobs, words from the strings files in a language that can change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.data_classes import ImageData

from ..core.knobs import Choice, Knob
from ..text import say

#: The language in which the page is drawn before it knows who is looking.
FIRST_LANGUAGE = "en"

B = TypeVar("B", bound=Block)


class Words:
    """Which texts belong to which component, so that one switch of the language reaches all of them."""

    def __init__(self) -> None:
        self._entries: list[tuple[Block, dict[str, Callable[[str], Any]]]] = []

    def on(self, component: B, **texts: str | Callable[[str], Any]) -> B:
        """Give `component` these texts, now and at every change of language.

        A text is a key of the strings files, or a function of the language where it takes more than one.
        """
        made = {name: _by_key(text) if isinstance(text, str) else text for name, text in texts.items()}
        for name, text in made.items():
            first = text(FIRST_LANGUAGE)
            # A value has passed through the component's own reading of it, everything else is kept as given.
            setattr(component, name, component.postprocess(first) if name == "value" else first)  # type: ignore[attr-defined]
        self._entries.append((component, made))
        return component

    @property
    def components(self) -> list[Block]:
        return [component for component, _ in self._entries]

    def in_language(self, language: str) -> dict[Block, Any]:
        """Every component's update for this language."""
        return {
            component: gr.update(**{name: text(language) for name, text in texts.items()})
            for component, texts in self._entries
        }


def slider(words: Words, knob: Knob, key: str, *, name: str | None = None, **settings: Any) -> gr.Slider:
    """A slider whose bounds, step and default are the knob's; its label is the text `key` with the knob's unit.

    `name` (the knob's, if not said) is what `?show=` calls it.
    """
    made = gr.Slider(
        knob.minimum, knob.maximum, knob.default, step=knob.step, precision=0 if knob.integer else None,
        elem_id=f"knob-{name or knob.name}", elem_classes=["knob", f"control-{name or knob.name}"],
        container=False, **settings,
    )
    return words.on(made, label=lambda language: with_unit(say(key, language), knob.unit))


def options(words: Words, choice: Choice, key: str, *, name: str | None = None, **settings: Any) -> gr.Radio:
    """One word out of a few; the label of an option is the text ``<key>.<option>``."""
    made = gr.Radio(
        [(option, option) for option in choice.options], value=choice.default, container=False,
        elem_id=f"knob-{name or choice.name}", elem_classes=["options", f"control-{name or choice.name}"],
        **settings,
    )
    return words.on(
        made,
        label=key,
        choices=lambda language: [(say(f"{key}.{option}", language), option) for option in choice.options],
    )


def button(words: Words, key: str, *, name: str, main: bool = False, **settings: Any) -> gr.Button:
    """A button that says its verb."""
    made = gr.Button(
        variant="primary" if main else "secondary", elem_id=f"do-{name}", elem_classes=[f"control-{name}"], **settings
    )
    return words.on(made, value=key)


def panel(words: Words | None = None, draw: Callable[[str], str] | None = None, **settings: Any) -> gr.HTML:
    """A piece of the page that we draw ourselves; with `draw` its content is redrawn in each language."""
    made = gr.HTML(apply_default_css=False, **{"js_on_load": None, **settings})
    return words.on(made, value=draw) if words is not None and draw is not None else made

from gradio.events import Dependency

class PicturePathImage(gr.Image):
    """A place for a picture of the visitor's own that hands over the file's path, unopened.

    The stock component decodes with PIL before any handler runs, and what it raises then can be neither
    translated nor shown in its place. Our own door, `core.images.open_image`, opens the path instead.
    """

    def get_block_name(self) -> str:
        return "image"

    def preprocess(self, payload: ImageData | None) -> str | None:  # type: ignore[override]
        return None if payload is None else payload.path
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def with_unit(label: str, unit: str) -> str:
    """The label with its unit, if there is one that people write."""
    written = {"deg": "°", "levels": "", "": ""}.get(unit, unit)
    return f"{label} ({written})" if written else label


def values(components: Sequence[Component]) -> list[Any]:
    """What the components hold when the page is drawn."""
    return [component.value for component in components]


def _by_key(key: str) -> Callable[[str], str]:
    return lambda language: say(key, language)