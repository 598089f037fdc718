from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contrastlab.core.knobs import Choice, Knob
from contrastlab.ui.address import VERSION, Address, write

TURN = Knob("turn", 0, 180, 15, 1, "deg")
READY = Choice("ready", ("article", "simclr"), "article")


def read(query: str) -> Address:
    return Address(dict(parse_qsl(query)))


def test_what_is_written_is_read_back() -> None:
    query = write(tab="augment", language="zh", values={"turn": 42.0, "ready": "simclr", "note": "猫 & ;=?"})
    address = read(query)
    assert (address.tab, address.language) == ("augment", "zh")
    assert address.number("turn", TURN) == 42
    assert address.word("ready", READY) == "simclr"
    assert address.text("note") == "猫 & ;=?"


def test_empty_values_are_left_out_and_numbers_are_short() -> None:
    query = write(tab="augment", language="en", values={"seed": 7, "turn": 15.0, "colours": 0.35, "keep": ""})
    assert query == "v=1&tab=augment&lang=en&seed=7&turn=15&colours=0.35"


@pytest.mark.parametrize("said", ["", "x", "nan", "inf", "-1", "181", "1e400", "<script>", "１５"])
def test_a_number_that_cannot_be_used_counts_as_not_said(said: str) -> None:
    expected = 15 if said != "１５" else TURN.check("１５")
    assert Address({"v": VERSION, "turn": said}).number("turn", TURN) == expected


def test_a_link_of_another_version_is_not_misread_but_keeps_its_language() -> None:
    address = read("v=2&tab=augment&turn=90&lang=zh")
    assert address.number("turn", TURN) == 15
    assert address.tab is None
    assert address.language == "zh"


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=6))
def test_no_address_can_make_it_fail(query: dict[str, str]) -> None:
    address = Address({"v": VERSION, **query})
    assert 0 <= address.number("turn", TURN) <= 180
    assert address.word("ready", READY) in READY.options
    assert len(address.text("chain")) <= 2000
