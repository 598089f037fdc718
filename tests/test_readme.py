"""What the READMEs say works, and both say the same."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from contrastlab.cli.main import _parser

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
BOTH = pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])


def blocks(text: str, language: str | None = None) -> list[str]:
    """What stands between fences; only the blocks of one language where one is given."""
    parts = re.split(r"^```(\w*)\n", text, flags=re.MULTILINE)
    # Every second fence closes a block: text, language, block, "", text, language, block, ...
    return [body for named, body in zip(parts[1::4], parts[2::4], strict=True) if language in (None, named)]


def commands(text: str) -> list[str]:
    """Every call of our command line, in blocks and in sentences."""
    return re.findall(r"python -m contrastlab ([^`#\n]+)", text)


def outline(text: str) -> list[str]:
    """Marks of the structure in order: headings by depth, list items, table rows by columns, blocks, pictures."""
    found = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
            found.append(line)
        elif fenced:
            continue
        elif mark := re.match(r"#+ |- |!\[|<!-- .* -->", line):
            found.append(mark.group())
        elif line.startswith("|"):
            found.append(f"| {line.count('|')}")
        elif line:
            found.append("text")
    return found


def test_both_languages_have_the_same_parts_in_the_same_order() -> None:
    assert outline(ENGLISH) == outline(CHINESE)
    assert outline(ENGLISH).count("## ") >= 7


def test_both_languages_give_the_same_code_and_commands() -> None:
    def said(text: str) -> list[str]:
        """The lines of all blocks without their comments, which in the tree are the second column."""
        return [re.split(r"\s{2,}#|(?<=\S)\s{3,}", line)[0] for line in "".join(blocks(text)).splitlines()]

    assert blocks(ENGLISH, "python") == blocks(CHINESE, "python") != []
    assert said(ENGLISH) == said(CHINESE)
    assert commands(ENGLISH) == commands(CHINESE)


def test_both_languages_give_the_same_numbers() -> None:
    def numbers(text: str) -> list[str]:
        tables = [line for line in text.splitlines() if line.startswith("|")]
        return re.findall(r"-?\d[\d.,]*", "\n".join(tables))

    assert numbers(ENGLISH) == numbers(CHINESE) != []


@BOTH
def test_the_python_lines_run(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(text, "python")
    assert len([line for line in code.splitlines() if line and "import" not in line]) <= 5
    exec(compile(code, "README", "exec"), {})
    assert re.fullmatch(r"alike: -?\d\.\d\d\n", capsys.readouterr().out)


@BOTH
def test_every_command_is_one_that_the_command_line_knows_and_none_is_missing(text: str) -> None:
    parser = _parser("en")
    seen = set()
    for line in commands(text):
        if line.strip() != "...":
            parsed = parser.parse_args(shlex.split(line))
            seen.add(" ".join(filter(None, (parsed.command, getattr(parsed, "what", "")))))
    assert seen == set(every_command(parser))


def every_command(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from [f"{name} {deeper}" for deeper in every_command(inner)] or [name]


@BOTH
def test_every_file_and_target_that_is_named_exists(text: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert "LICENSE" in links and all((ROOT / link).exists() for link in links), links

    targets = set((ROOT / "Makefile").read_text().split(".PHONY: ")[1].splitlines()[0].split())
    named = set(re.findall(r"(?:^|`|=\S+ )make ([a-z-]+)", text, re.MULTILINE))
    assert {"app", "test", "test-all", "train", "space-check"} <= named <= targets

    (tree,) = (block for block in blocks(text, "") if block.startswith("app.py"))
    folder = ROOT
    for line in tree.splitlines():
        inside = line.startswith("  ")
        for name in re.findall(r"[\w.]+/?(?= )|[\w.]+/$", line.strip().split("   ")[0] + " "):
            path = (folder if inside else ROOT) / name
            assert path.exists(), name
            if not inside and name.endswith("/"):
                folder = path


def test_the_first_screen_is_a_sentence_a_picture_and_the_commands() -> None:
    first = ENGLISH.strip().splitlines()
    assert first[0].startswith("# ")
    assert first[4].startswith("![") and "make app" in first[7] and "make test" in first[8]
