"""What an address is told off for is not taken back by what the page asks for unasked."""

from __future__ import annotations

from typing import Any

import pytest

from contrastlab.ui.address import Address

from .visiting import AnyVisit

#: Events that nobody has to do anything for: values that a visit sets, and what comes into view. What was granted is
#: shown the same way, but had to be wished for.
UNASKED = {"change", "tick"}


@pytest.mark.parametrize(
    ("fixture", "asked"),
    [("search", {"gallery": "cifar10"}), ("making", {"class": "zebra"}), ("making", {"class": "99"})],
)
def test_a_complaint_about_the_address_outlives_what_the_visit_sets_off(
    request: pytest.FixtureRequest, fixture: str, asked: dict[str, str]
) -> None:
    visit: AnyVisit = request.getfixturevalue(fixture)
    updates: dict[Any, Any] = visit.tab.open(Address({"v": "1", **asked}), "en")
    places = [one for one, value in updates.items() if "complaint" in str(value)]
    assert places
    unasked = [
        event for event in visit.page.fns.values()
        if {kind for _, kind in event.targets} & UNASKED and event.fn.__name__ != "_show"
    ]
    assert unasked
    for event in unasked:
        assert not set(places) & set(event.outputs), event.targets
