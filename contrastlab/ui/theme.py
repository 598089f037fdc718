"""How the page looks: colours with one meaning each, system fonts, a quiet ground in light and dark.

The colours are declared once, here. The Gradio theme and the style sheet are both written from them, so
that a colour is the same in a button, a border and a curve.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from gradio.themes import Base
from gradio.themes.utils import fonts

#: What a colour means, in every tab, light and dark: Okabe and Ito 2008, readable by the colour-blind.
MEANING = {
    "query": "#0072B2",
    "positive": "#009E73",
    "negative": "#D55E00",
    "generated": "#CC79A7",
    "learned": "#56B4E9",
    "baseline": "#8A8A8A",
    "caution": "#E69F00",
}

#: Ten kinds of thing on a map, where names beside the dots say which is which: ten colours cannot. After the scheme
#: "muted" of Paul Tol (2021, Colour schemes, technical note), made lighter for the dark; none is one of MEANING.
KINDS = (
    "#CC6677", "#332288", "#B8A33D", "#117733", "#3FA0C4", "#882255", "#44AA99", "#7E7E2B", "#AA4499", "#8C8378",
)
KINDS_DARK = (
    "#DE8592", "#8F83E0", "#DDCC77", "#4FB06E", "#88CCEE", "#CC5F93", "#5CC4B3", "#B5B552", "#C972BB", "#A89F93",
)

#: Ground, text and the one accent of actions, which is the ink itself: it means nothing but "press".
LIGHT = {
    "ground": "#FAF8F4",
    "surface": "#FFFFFF",
    "sunken": "#F2EEE7",
    "line": "#E3DDD2",
    "edge": "#948D81",
    "ink": "#1F1D1A",
    "soft": "#5C574F",
    "accent": "#1F1D1A",
    "accent-hover": "#3B3731",
    "on-accent": "#FFFFFF",
}
DARK = {
    "ground": "#141311",
    "surface": "#1D1B18",
    "sunken": "#262320",
    "line": "#37332D",
    "edge": "#8B8377",
    "ink": "#F3EFE8",
    "soft": "#B9B2A6",
    "accent": "#F3EFE8",
    "accent-hover": "#D5CFC4",
    "on-accent": "#161412",
}

FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
MONOSPACE = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> Base:
    """Gradio's own widgets in our colours. Names system fonts only: no request leaves the page."""
    base = Base(font=[fonts.Font(name) for name in FONTS], font_mono=[fonts.Font(name) for name in MONOSPACE])
    wanted = {
        "body_background_fill": "ground",
        "body_text_color": "ink",
        "body_text_color_subdued": "soft",
        "background_fill_primary": "surface",
        "background_fill_secondary": "sunken",
        "border_color_primary": "line",
        "block_background_fill": "ground",
        "block_border_color": "line",
        "block_label_text_color": "soft",
        "block_title_text_color": "ink",
        "block_info_text_color": "soft",
        "accordion_text_color": "ink",
        "input_background_fill": "surface",
        "input_border_color": "line",
        "input_placeholder_color": "soft",
        "slider_color": "accent",
        "checkbox_background_color": "surface",
        "checkbox_border_color": "edge",
        "checkbox_background_color_selected": "accent",
        "checkbox_border_color_selected": "accent",
        "checkbox_label_background_fill": "surface",
        "checkbox_label_background_fill_hover": "sunken",
        "checkbox_label_background_fill_selected": "accent",
        "checkbox_label_border_color": "line",
        "checkbox_label_text_color": "ink",
        "checkbox_label_text_color_selected": "on-accent",
        "button_primary_background_fill": "accent",
        "button_primary_background_fill_hover": "accent-hover",
        "button_primary_text_color": "on-accent",
        "button_primary_border_color": "accent",
        "button_secondary_background_fill": "surface",
        "button_secondary_background_fill_hover": "sunken",
        "button_secondary_text_color": "ink",
        "button_secondary_border_color": "line",
        "link_text_color": "ink",
    }
    colours = {name: LIGHT[role] for name, role in wanted.items()}
    colours |= {f"{name}_dark": DARK[role] for name, role in wanted.items()}
    sizes = {
        "block_border_width": "0px",
        "block_padding": "0px",
        "block_radius": "12px",
        "block_shadow": "none",
        "block_title_text_weight": "500",
        "block_title_text_size": "16px",
        "button_border_width": "1px",
        "button_large_radius": "10px",
        "button_large_text_size": "16px",
        "button_large_text_weight": "600",
        "button_medium_radius": "10px",
        "button_medium_text_size": "16px",
        "button_medium_text_weight": "500",
        "button_small_radius": "10px",
        "button_small_text_weight": "500",
        "input_radius": "8px",
        "layout_gap": "16px",
        "form_gap_width": "0px",
        "body_text_size": "16px",
    }
    return base.set(**colours, **sizes)


#: Rules in this order: where two say different things the later one holds.
_STYLES = ("page", "folds", "narrow", "neighbours", "generate", "restore", "story")


@cache
def style_sheet() -> str:
    """The page's CSS: our colours as variables, then the rules in ``assets``."""
    return "\n".join((
        _variables(":root, .light", {**LIGHT, **MEANING, **_numbered(KINDS)}),
        _variables(".dark", {**DARK, **_numbered(KINDS_DARK)}),
        *(_asset(f"{name}.css") for name in _STYLES),
    ))


@cache
def head() -> str:
    """What stands in the page's head: the little scripts that need no server (links, camera, map, pens, divider)."""
    scripts = ("page.js", "own.js", "map.js", "learning.js", "writing.js", "compare.js", "paint.js", "card.js")
    return "".join(f"<script>{_asset(name)}</script>" for name in scripts)


def icon() -> Path:
    """The picture in the browser's tab: a square and the same square, turned and recoloured."""
    return Path(str(resources.files(__package__) / "assets" / "favicon.svg"))


def _variables(selector: str, colours: dict[str, str]) -> str:
    return selector + " {" + " ".join(f"--{name}: {colour};" for name, colour in colours.items()) + "}"


def _numbered(kinds: tuple[str, ...]) -> dict[str, str]:
    return {f"kind-{index}": colour for index, colour in enumerate(kinds)}


def _asset(name: str) -> str:
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")
