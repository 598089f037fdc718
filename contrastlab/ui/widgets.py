"""Gradio components made our way: bounds from knobs, words from the strings files in a language that can change."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import Block
from gradio.component_meta import ComponentMeta
from gradio.data_classes import ImageData

from ..core.knobs import Choice, Knob
from ..text import say

#: The language in which the page is drawn before it knows who is looking.
FIRST_LANGUAGE = "en"

#: How the style sheet calls a knob's unit, which it writes behind the number.
_UNITS = {"deg": "degrees", "%": "percent", "px": "pixels", "x": "times", "levels": "plain", "": "plain"}

#: Clicks on a [data-pick] inside a panel become one "select"; what was picked waits for the event's own script.
PICKING = """element.addEventListener('click', (event) => {
    const picked = event.target.closest('[data-pick]');
    if (!picked) return;
    window.contrastlab.picked = picked.dataset.pick;
    trigger('select', {value: picked.dataset.pick, index: 0});
})"""

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
    """A slider whose bounds, step, default and unit are the knob's; its label is the text `key`.

    `name` (the knob's, if not said) is what `?show=` calls it.
    """
    name = name or knob.name
    classes = ["knob", f"control-{name}", unit_class(knob)]
    made = gr.Slider(
        knob.minimum, knob.maximum, knob.default, step=knob.step, precision=0 if knob.integer else None,
        elem_id=f"knob-{name}", elem_classes=classes, buttons=[], **settings,
    )
    return words.on(made, label=key)


def unit_class(knob: Knob) -> str:
    """The class by which the style sheet writes the knob's unit behind its number."""
    return f"unit-{_UNITS[knob.unit]}"


def options(words: Words, choice: Choice, key: str, *, name: str | None = None, **settings: Any) -> gr.Radio:
    """One word out of a few; the label of an option is the text ``<key>.<option>``."""
    made = gr.Radio(
        [(option, option) for option in choice.options], value=choice.default,
        elem_id=f"knob-{name or choice.name}", elem_classes=["options", f"control-{name or choice.name}"],
        **settings,
    )
    return words.on(
        made,
        label=key,
        choices=options_of(key, choice.options),
    )


def options_of(prefix: str, names: Iterable[str]) -> Callable[[str], list[tuple[str, str]]]:
    """(label, name) each, in a language; a label is the text ``<prefix>.<name>``."""
    listed = tuple(names)
    return lambda language: [(say(f"{prefix}.{name}", language), name) for name in listed]


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


class _WithoutStub(ComponentMeta):
    """Gradio's own metaclass, but for the .pyi file that it writes beside the source of every component class."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        return ABCMeta.__new__(cls, name, bases, attributes)


class PicturePathImage(gr.Image, metaclass=_WithoutStub):
    """A place for a picture of the visitor's own that hands over the file's path, unopened.

    The stock component decodes with PIL before any handler runs, and what it raises then can be neither
    translated nor shown in its place. Our own door, `core.images.open_image`, opens the path instead.
    """

    def get_block_name(self) -> str:
        return "image"

    def preprocess(self, payload: ImageData | None) -> str | None:  # type: ignore[override]
        return None if payload is None else payload.path


def merged(*updates: Mapping[Any, Any]) -> dict[Any, Any]:
    """Several {component: value or gr.update(...)} as one; of what two of them say about a component, both count."""
    together: dict[Any, dict[str, Any]] = {}
    for component, update in (item for one in updates for item in one.items()):
        is_update = isinstance(update, dict) and update.get("__type__") == "update"
        together.setdefault(component, gr.update()).update(update if is_update else {"value": update})
    return dict(together)


def _by_key(key: str) -> Callable[[str], str]:
    return lambda language: say(key, language)
