from __future__ import annotations

import re

import pytest

from contrastlab.ui.theme import DARK, LIGHT, MEANING, head, style_sheet, theme


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read(colours: dict[str, str]) -> None:
    for ground in ("ground", "surface", "sunken"):
        for ink in ("ink", "soft"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for fill in ("accent", "accent-hover"):
        assert contrast(colours["on-accent"], colours[fill]) >= 4.5
    assert contrast(colours["edge"], colours["surface"]) >= 3, "the edge of a box to tick"


def test_both_grounds_have_the_same_roles_and_meanings_do_not_change_with_them() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert not LIGHT.keys() & MEANING.keys()
    assert MEANING["query"] == "#0072B2"
    assert MEANING["positive"] == "#009E73"
    assert MEANING["negative"] == "#D55E00"
    sheet = style_sheet()
    for name, colour in MEANING.items():
        assert sheet.count(f"--{name}: {colour};") == 1


def test_colours_are_written_once() -> None:
    """Rules use variables; the few literal colours left are white and black on marks and pictures."""
    rules = style_sheet().split("}", 2)[2]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules.split("/* Quiet", 1)[1])) <= {"#fff", "#161412"}


def test_nothing_is_fetched_from_elsewhere() -> None:
    fonts = [*theme()._font, *theme()._font_mono]
    assert all(font.stylesheet()["url"] is None for font in fonts)
    for source in (style_sheet(), head()):
        assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", source.replace("// ", ""))


def test_no_text_is_smaller_than_a_caption() -> None:
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", style_sheet())]
    # What is smaller is the sign inside a small circle, which has words beside it.
    assert {size for size in sizes if size < 13} == {12}
