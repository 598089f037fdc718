"""The lessons: what they link to opens as it is written, what they name exists, and both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from contrastlab.data.datasets import GENERATED
from contrastlab.lab import Lab
from contrastlab.text import LANGUAGES
from contrastlab.ui.address import Address
from contrastlab.ui.tabs import TABS
from contrastlab.ui.tabs.augment.view import View as AugmentView
from contrastlab.ui.tabs.generate.view import View as GenerateView
from contrastlab.ui.tabs.neighbours.view import View as NeighboursView
from contrastlab.ui.tabs.restore.view import View as RestoreView
from tests.test_readme import outline

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "docs" / "lessons"
NAMES = [*(tab.NAME for tab in TABS), "worksheet"]
FILES = sorted(LESSONS.glob("*.md"))
HERE = "http://127.0.0.1:7860/?"


def read(name: str, language: str) -> str:
    return (LESSONS / f"{name}{'' if language == 'en' else '.zh'}.md").read_text(encoding="utf-8")


def links(text: str) -> list[str]:
    return re.findall(r"\]\((http[^)]+)\)", text)


def numbers(text: str) -> list[str]:
    """The numbers of a text, but for those inside its addresses."""
    return re.findall(r"\d+(?:\.\d+)?", re.sub(r"\]\([^)]*\)", "]", text))


def seen(query: dict[str, str], lab: Lab) -> dict[str, object]:
    """What the tab of an address says of the view that it opens."""
    address, tab = Address(query), query["tab"]
    values: dict[str, Any] = {
        "augment": lambda: AugmentView.read(address).values({}),
        "neighbours": lambda: NeighboursView.read(address, NeighboursView(GENERATED, "0"), lab.galleries()).values(),
        "generate": lambda: GenerateView.read(
            address, GenerateView("gan-flowers64", "1"), tuple(lab.generators())
        ).values(),
        "restore": lambda: RestoreView.read(address).values(),
    }
    found: dict[str, object] = values[tab]()
    return found


def same(asked: str, shown: object) -> bool:
    try:
        return float(asked) == float(str(shown))
    except ValueError:
        return asked == str(shown)


def test_there_is_one_a_tab_and_a_worksheet_in_both_languages() -> None:
    wanted = {f"{name}{ending}.md" for name in NAMES for ending in ("", ".zh")}
    assert {path.name for path in FILES} == wanted


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_every_link_opens_what_it_says(path: Path) -> None:
    lab, language = Lab(device="cpu"), "zh" if ".zh" in path.name else "en"
    found = links(path.read_text(encoding="utf-8"))
    assert len(found) >= 4
    moments = {tab.MOMENT.name for tab in TABS}
    for link in found:
        assert link.startswith(HERE)
        query = dict(parse_qsl(urlsplit(link).query, strict_parsing=True))
        assert query.pop("v") == "1"
        assert query.pop("lang") == language
        shown = seen({"v": "1", **query}, lab)
        assert query.pop("tab") in {tab.NAME for tab in TABS}
        assert query.pop("moment", "cup") in moments
        assert query.pop("guess", "1") == "1"
        for name, value in query.items():
            assert same(value, shown[name]), (link, name, shown[name])


@pytest.mark.parametrize("tab", TABS, ids=[tab.NAME for tab in TABS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_asks_the_question_of_its_tab_and_its_answer_is_what_is_measured_now(tab: Any, language: str) -> None:
    lesson, moment = read(tab.NAME, language), tab.MOMENT
    asked = f"[{moment.question(language)}]({HERE}{moment.query(language)})"
    assert asked in lesson
    assert asked in read("worksheet", language)
    facts = moment.facts(Lab(device="cpu"))
    known = {str(fact) if isinstance(fact, int) else f"{fact:.{moment.digits}f}" for fact in facts.values()
             if not isinstance(fact, str)}
    (answer,) = re.findall(r"</summary>(.*?)</details>", lesson, re.DOTALL)
    assert numbers(answer) != []
    assert set(numbers(answer)) <= known


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert link.startswith("http") or (path.parent / link).resolve().exists(), link
    for named in re.findall(r"`(contrastlab/[^`]+)`", text):
        assert (ROOT / named).is_file(), named


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_parts_links_and_numbers(name: str) -> None:
    english, chinese = (read(name, language) for language in LANGUAGES)
    assert outline(english) == outline(chinese)
    assert [link.replace("lang=en", "") for link in links(english)] == [
        link.replace("lang=zh", "") for link in links(chinese)
    ]
    assert sorted(numbers(english)) == sorted(numbers(chinese))
    assert re.findall(r"\$\$.*?\$\$", english) == re.findall(r"\$\$.*?\$\$", chinese)
    assert english.count("____") == chinese.count("____")


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_lesson_has_one_equation_three_things_to_try_and_can_be_read_in_two_minutes(name: str) -> None:
    lesson = read(name, "en")
    assert len(re.findall(r"\$\$.*?\$\$", lesson)) == 1
    idea = lesson.split("\n## ")[1]
    assert 120 <= len(idea.split()) <= 260
    assert len(re.findall(r"^- \[[^`\]]+\]\(http", lesson, re.MULTILINE)) == 3
    assert not re.search(r"[\u4e00-\u9fff]", lesson.replace("[中文]", ""))
