"""Both languages have every key with the same placeholders, and the right one is chosen."""

import re
import string
from pathlib import Path

import pytest

import contrastlab
from contrastlab.core.errors import LabError
from contrastlab.text import LANGUAGES, MissingTextError, choose_language, explain, keys, say
from contrastlab.text.say import _strings


def placeholders(text):
    return sorted({name.split("[")[0].split(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name})


def test_both_languages_have_the_same_keys():
    assert keys("en") == keys("zh") and len(keys("en")) > 50


@pytest.mark.parametrize("key", sorted(keys("en")))
def test_placeholders_agree_and_nothing_is_empty_or_untranslated(key):
    english, chinese = (_strings(language)[key] for language in LANGUAGES)
    assert placeholders(english) == placeholders(chinese)
    assert english.strip() and chinese.strip()
    assert not re.search(r"[\u4e00-\u9fff]", english) or key.startswith("language."), "Chinese in the English text"


def test_every_error_that_is_raised_has_its_sentence():
    code = "".join(file.read_text(encoding="utf-8") for file in Path(contrastlab.__file__).parent.rglob("*.py"))
    raised = set(re.findall(r'raise LabError\(\s*"([a-z_.]+)"', code))
    assert len(raised) > 50 and {f"error.{key}" for key in raised} <= keys("en")


def test_facts_are_filled_in_and_missing_ones_noticed():
    text = say("error.knob.unknown", "en", owner="rotate", name="angel", options="angle")
    assert "rotate" in text and "angel" in text and "angle" in text
    with pytest.raises(MissingTextError, match="options"):
        say("error.knob.unknown", "en", owner="rotate", name="angel")
    with pytest.raises(MissingTextError, match=r"no\.such\.key"):
        say("no.such.key")
    with pytest.raises(MissingTextError, match="fr"):
        say("cli.about", "fr")


def test_an_error_is_explained_in_the_readers_language():
    error = LabError("knob.not_whole", name="seed", got=1.5)
    assert explain(error, "en") == "“seed” needs a whole number, not 1.5."
    assert "整数" in explain(error, "zh")


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        (None, None, "en"), (None, "", "en"), (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"), (None, "zh-Hant-TW", "zh"),
        (None, "zh_SG", "zh"), (None, "fr-CH, de;q=0.9", "en"), (None, "fr, zh;q=0.5, en;q=0.4", "zh"),
        (None, "en;q=0.5, zh", "zh"), (None, "zh;q=0, en", "en"), (None, "de;q=abc, zh", "zh"),
        ("zh", "en", "zh"), ("zh-Hans", None, "zh"), ("en", "zh", "en"), ("klingon", "zh", "en"),
    ],
)
def test_the_address_wins_then_the_browsers_order(asked, header, expected):
    assert choose_language(asked, header) == expected


def test_an_error_within_an_error_is_explained_too():
    outer = LabError("cli.bad_file", file="a.png", why=LabError("image.empty"))
    assert explain(outer) == f"a.png: {explain(LabError('image.empty'))}"
