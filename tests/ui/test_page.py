"""The page's wiring, without a server: what is bound to what, and how."""

from __future__ import annotations

import ast
import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

import contrastlab.ui
from contrastlab.core.images import LIMITS
from contrastlab.lab import Lab
from contrastlab.text import LANGUAGES, keys, say
from contrastlab.ui.page import build, launch_kwargs
from contrastlab.ui.safely import HEAVY, LIGHT
from contrastlab.ui.tabs import TABS

from .conftest import SmallLab

UI = Path(contrastlab.ui.__file__).parent
#: Events that fire while a finger is still moving.
LIVE = {"input", "change"}


def events(page: gr.Blocks) -> list[Any]:
    return list(page.fns.values())


def calls(page: gr.Blocks) -> list[Any]:
    """The events that reach the server."""
    return [event for event in events(page) if event.fn is not None]


def test_no_live_event_loses_its_last_position(page: gr.Blocks) -> None:
    live = [event for event in calls(page) if {kind for _, kind in event.targets} & LIVE]
    assert len(live) >= 8
    uploads = {block._id for block in page.blocks.values() if isinstance(block, gr.Image)}
    for event in live:
        if not {target for target, _ in event.targets} & uploads:
            assert event.trigger_mode == "always_last", event.targets


def test_sliders_are_heard_by_every_movement_and_by_the_keyboard(page: gr.Blocks) -> None:
    heard = {(target, kind) for event in calls(page) for target, kind in event.targets}
    sliders = [block for block in page.blocks.values() if isinstance(block, gr.Slider)]
    assert len(sliders) >= 8
    for slider in sliders:
        # These are read when the zip, the labels, the walk or the climb are asked for, and the brush by the browser.
        if slider.elem_id not in ("knob-count", "knob-between", "knob-label-sure", "knob-pace", "knob-restraint",
                                  "knob-brush"):
            assert (slider._id, "input") in heard, slider.elem_id
        # A release is no event of the keyboard, and a change also comes from the server itself.
        assert not heard & {(slider._id, "release"), (slider._id, "change")}


def test_every_call_is_queued_in_one_of_two_lanes_and_out_of_the_api(page: gr.Blocks) -> None:
    # What programs may call has no place on the page.
    named = {event.api_name for event in calls(page) if event.api_visibility == "public"}
    assert named == {"models", "augment", "embed", "neighbours", "generate", "degrade", "restore"}
    for event in calls(page):
        assert event.queue is not False, event.targets
        if event.api_name in named:
            assert all(target is None for target, _ in event.targets)
            continue
        assert event.api_visibility == "private"
        assert event.show_progress == "hidden"
    lanes = {event.concurrency_id for event in calls(page)}
    assert {LIGHT.name, HEAVY.name} <= lanes
    heavy = [event for event in calls(page) if event.concurrency_id == HEAVY.name]
    assert all(event.concurrency_limit == HEAVY.width for event in heavy)
    # Many rolls, a full-size picture, a zip; a gallery to open, files to read.
    assert {"roll", "save", "pack", "_grant", "_bring"} <= {event.fn.__name__ for event in heavy}


def test_the_queue_is_bounded_and_its_side_door_shut(page: gr.Blocks) -> None:
    assert 0 < page._queue.most <= 100
    assert page.api_open is False
    assert page.delete_cache == (600, 3600)
    assert page.analytics_enabled is False


def test_the_launch_gives_nothing_away(lab: SmallLab) -> None:
    settings = launch_kwargs(lab)
    assert settings["max_file_size"] == LIMITS.file_bytes
    assert settings["allowed_paths"] == []
    for name in ("share", "show_error", "ssr_mode", "run_history", "enable_monitoring"):
        assert settings[name] is False, name
    assert settings["strict_cors"] is True
    assert settings["footer_links"] == []
    assert settings["state_session_capacity"] <= 1000


def test_state_is_what_a_visitor_brought_and_dies_with_its_session(page: gr.Blocks) -> None:
    states = [block for block in page.blocks.values() if isinstance(block, gr.State)]
    # A path on each tab that takes a photograph, a gallery of one's own, what a search of one's own has found.
    assert len(states) == 5
    for state in states:
        assert state.value is None
        assert state.delete_callback is not None


def test_the_page_is_alive_before_anybody_comes(page: gr.Blocks) -> None:
    shown = {block.elem_id: block.value for block in page.blocks.values() if isinstance(block, gr.HTML)}
    assert "data:image/jpeg" in shown["augment-original"]
    assert "data:image/jpeg" in shown["augment-changed"]
    assert shown["augment-bar"].count('class="track ') == 2
    assert "other pictures 0.10 to 0.58" in shown["augment-bar"]
    assert shown["neighbours-rows"].count('class="reply"') == 10
    assert "data:image/png" in shown["neighbours-question"]
    assert "data:image/png" in shown["generate-main"]
    assert shown["generate-others"].count("data-pick=") == 16
    assert shown["restore-layers"].count("data:image/png") == 3
    assert " dB)" in shown["restore-verdict"]
    assert all("data-layer" in shown[f"restore-{line}"] for line in ("network", "classical"))


def test_the_tabs_stand_in_their_order_and_lead_on(page: gr.Blocks) -> None:
    doors = [block for block in page.blocks.values() if isinstance(block, gr.Tab)]
    assert [door.id for door in doors if door.id in {tab.NAME for tab in TABS}] == [
        "augment", "neighbours", "generate", "restore",
    ]
    ways = [block for block in page.blocks.values() if isinstance(block, gr.Button) and "Next" in str(block.value)]
    assert len(ways) == len(TABS) - 1


class NoCheckpoint(Lab):
    """A lab with a gallery that comes without a checkpoint's folder."""

    def galleries(self) -> tuple[str, ...]:
        return ("glyphs",)


def test_without_a_trained_network_the_rest_still_works(tmp_path: Path) -> None:
    page = build(NoCheckpoint(tmp_path, device="cpu"))
    shown = {block.elem_id: block.value for block in page.blocks.values() if isinstance(block, gr.HTML)}
    assert "data:image/jpeg" in shown["augment-changed"]
    assert "There is no model “encoder-simclr-cifar10”" in shown["augment-bar"]
    assert shown["augment-bar"].count('class="track baseline"') == 1
    assert shown["neighbours-rows"].count('class="reply"') == 5
    assert "There is no model “encoder-simclr-cifar10”" in shown["neighbours-rows"]
    assert "There is no model “gan-cifar10”" in shown["generate-main"]


def test_building_it_starts_no_server_and_warns_of_nothing() -> None:
    no_network = "import socket; socket.socket.bind = socket.socket.connect = None"
    code = f"{no_network}; import app; print(type(app.demo).__name__)"
    made = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code], capture_output=True, text=True, timeout=110,
        cwd=UI.parent.parent, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert made.stdout.strip().endswith("Blocks"), made.stderr


#: What the page's own texts are called.
ROOMS = "page|moment|augment|neighbours|generate|restore|aspect|photo|value"
PREFIXES = tuple(f"{room}." for room in ROOMS.split("|"))

# -- words ------------------------------------------------------------------------------------------------------------


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(UI.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def literals(tree: ast.Module) -> Iterator[str]:
    """Strings that are no docstrings and no annotations."""
    documented = {
        node.body[0].value for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented:
            yield node.value


def test_no_sentence_is_typed_outside_the_strings_files() -> None:
    sentence = re.compile(r"^\W*[A-Z][a-z]+ [a-z]+|[a-z]{2,} [a-z]{2,}[.?!]$|[\u4e00-\u9fff]")
    allowed = {"中文", "Noto Sans CJK SC"}  # each language is called by its own name
    found = [
        (path.name, said) for path, tree in sources() for said in literals(tree)
        if sentence.search(said) and said not in allowed and "bug %s" not in said
    ]
    assert found == []
    script = (UI / "assets" / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"""(["'`])[A-Z][a-z]+ [a-z ]+\1|[\u4e00-\u9fff]""", script)


def test_every_key_that_the_page_asks_for_exists_in_both_languages() -> None:
    asked = {
        said for _, tree in sources() for said in literals(tree)
        if re.fullmatch(rf"({ROOMS}|knob|step|policy|choice)\.[a-z0-9_.-]+[a-z0-9]", said)
    }
    assert len(asked) > 60
    for language in LANGUAGES:
        missing = {key for key in asked - keys(language) if f"error.{key}" not in keys(language)}
        assert missing <= {"page.js", "policy.json"}, language


def test_both_languages_say_the_same_with_the_same_facts() -> None:
    def facts(key: str, language: str) -> set[str]:
        raw = json.loads((UI.parent / "text" / "strings" / f"{language}.json").read_text(encoding="utf-8"))[key]
        return {name for _, name, _, _ in string.Formatter().parse(raw) if name}

    assert keys("en") == keys("zh")
    for key in keys("en"):
        if key.startswith(PREFIXES):
            assert facts(key, "en") == facts(key, "zh"), key


def test_no_key_of_the_page_lies_unused() -> None:
    """A key is asked for as it stands, or by its beginning: f"augment.verdict.{found}"."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(UI.rglob("*.py")))
    begun = set(re.findall(rf"f\"((?:{ROOMS})\.(?:[a-z.]+\.)?)\{{", text))
    parts = ["tab", "title", "question", "about", *re.findall(r'NAME = "([a-z]+)"', text)]
    built = {f"{tab.NAME}.{part}" for tab in TABS for part in parts}
    # `options` asks for the key of its question and one for each answer.
    asked = set(re.findall(rf"\"((?:{ROOMS})\.[a-z_.]+)\"", text))
    for key in keys("en"):
        if key.startswith(PREFIXES):
            known = key in asked or key in built or key.rpartition(".")[0] in asked
            assert known or any(key.startswith(start) for start in begun), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_of_the_page_can_all_be_filled(language: str) -> None:
    assert say("augment.bar.others", language, low="0.10", high="0.58")
    assert "0.10" in say("augment.bar.others", language, low="0.10", high="0.58")
