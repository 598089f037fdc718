"""A class at work on the page, and the same class on a bare Gradio app that returns its picture unchanged.

Every client acts every few seconds, a few of them drag a slider all the time. In the second half of the time three more
press the buttons of long work, so that one such job runs all the time and two wait: what that costs those who only move
sliders is the difference between the halves. Page and bare app are processes of their own and take their turns, so
that neither is in the other's way; the clients are threads of this process.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import LabError
from .app import BARE, OURS, p95
from .served import Answer, Visitor, serving

#: Seconds between the actions of a client, and between the steps of one that drags.
_BETWEEN, _DRAGGED = 5.0, 0.15
_DRAGGING, _BUSY = 5, 3
_GOAL_MEGABYTES, _GOAL_DELAY_MS = 150, 1000


@dataclass(frozen=True)
class Action:
    """Something a visitor does.

    Attributes:
        tab: the capability it counts for.
        part: element id of what is pressed or moved; "" is the page itself.
        kind: the event's name.
        values: what the component that it changes is set to, one of them; a slider knows its own.
        picks: element id of a panel of which something is picked instead.
        place: which of the event's inputs the pick goes to; None for the component that the action changes.
    """

    tab: str
    part: str
    kind: str
    values: Sequence[Any] = ()
    picks: str = ""
    place: int | None = None


OPEN = Action("open", "", "load")
#: What is dragged, by one each.
DRAGS = (
    Action("augment", "knob-turn", "input"),
    Action("neighbours", "knob-query-turn", "input"),
    Action("generate", "knob-number-1", "input"),
    Action("restore", "knob-strength-noise", "input"),
    Action("augment", "knob-colours", "input"),
)
LIGHT = (
    Action("augment", "knob-cut", "input"),
    Action("augment", "do-roll", "click", values=[str(seed) for seed in range(100)]),
    Action("augment", "augment-samples", "select", picks="augment-samples", place=2),
    Action("augment", "fold-happened", "expand"),
    Action("neighbours", "neighbours-rows", "select", picks="neighbours-rows", place=1),
    Action("neighbours", "knob-query-colours", "input"),
    Action("neighbours", "fold-alike", "expand"),
    Action("generate", "knob-number-2", "input"),
    Action("generate", "do-another", "click", values=[str(seed) for seed in range(100)]),
    Action("generate", "do-reset-numbers", "click"),
    Action("restore", "knob-strength-noise", "input"),
    Action("restore", "restore-layers", "tick"),
    Action("restore", "restore-samples", "select", picks="restore-samples", place=2),
    OPEN,
)
HEAVY = (
    Action("heavy", "do-many", "click"), Action("heavy", "do-morph", "click"),
    Action("heavy", "do-save-repaired", "click"), Action("heavy", "do-doubt", "click"),
)
TABS = ("open", "augment", "neighbours", "generate", "restore")


@dataclass(frozen=True)
class _Done:
    """One action that was answered. `late` is whether it began in the second half."""

    tab: str
    late: bool
    answer: Answer


def measure(*, clients: int = 30, seconds: float = 60, checkpoints: Path | None = None) -> dict[str, Any]:
    """{"rows": [...]}: a row each for

    every capability: "ours_p50_ms", "ours_p95_ms" of `actions` light ones, the bare app's, and the ratios. "heavy": how
    many were done, half and most of their milliseconds, and the furthest place in line that was told. "refused": how
    many were told that it is too busy, and "errors", with the first few. "memory": megabytes of the page after a first
    use of everything and in the end. "files": how many it left, and megabytes. "delay": the longest light answer in the
    first half and in the second, in which long work runs, and the difference.

    clients: visitors, at least 9, of whom five drag and three press the buttons of long work.
    Raises LabError ``knob.out_of_range`` for fewer, ``benchmark.failed`` where a page does not start or does not stand
    its first use.
    """
    if clients <= _DRAGGING + _BUSY:
        raise LabError("knob.out_of_range", name="clients", got=clients, minimum=_DRAGGING + _BUSY + 1, maximum=500)
    command = (*OURS, *(["--checkpoints", str(checkpoints)] if checkpoints else []))
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with serving(command, scratch) as page:
            warm = Visitor(page)
            for action in (OPEN, *LIGHT, *DRAGS, *HEAVY):
                if broken := act(warm, action, random.Random(0)).failures:
                    raise LabError("benchmark.failed", why=f"{action.part}: {broken[0][:200]}")
            rooms = [Visitor(page) for _ in range(clients)]
            _together([lambda one=one: act(one, OPEN, random.Random(0)) for one in rooms])  # type: ignore[misc]
            before = page.memory()
            done = _traffic(rooms, seconds, act)
            after, left = page.memory(), [one for one in scratch.rglob("*") if one.is_file()]
            files = {"files": len(left), "megabytes": _megabytes(sum(one.stat().st_size for one in left))}
        with serving(["-c", BARE]) as bare:
            event, slider = bare.fired("knob-turn", "input"), bare.named("knob-turn")

            def echo(visitor: Visitor, _: Action, chance: random.Random) -> Answer:
                visitor.values[slider] = chance.randrange(180)
                return visitor.ask(event, trigger=slider)

            echo(Visitor(bare), OPEN, random.Random(0))
            # Nobody waits for long work there, since there is none.
            echoed = _traffic([Visitor(bare) for _ in range(clients)], seconds, echo, busy=False)
    shape = {"clients": clients, "seconds": seconds, "cores": os.cpu_count()}
    rows = [*_light(done, echoed), _heavy(done), _failures(done)]
    rows += [_memory(before, after), {"name": "files", **files}, _delay(done)]
    return {"rows": rows, **shape, "dragging": _DRAGGING, "busy": _BUSY}


def act(visitor: Visitor, action: Action, chance: random.Random) -> Answer:
    """Do it once, with a value by chance."""
    page = visitor.served
    events = page.fired(action.part, action.kind)
    trigger = page.named(action.part) if action.part else None
    choices = visitor.picks(action.picks) if action.picks else action.values or page.steps(action.part)
    if not choices:
        return visitor.ask(events, trigger=trigger)
    value = chance.choice(choices)
    if action.place is not None:
        return visitor.ask(events, trigger=trigger, place=action.place, value=value)
    visitor.values[page.moved(action.part, action.kind)] = value
    return visitor.ask(events, trigger=trigger)


_Act = Callable[[Visitor, Action, random.Random], Answer]


def _traffic(visitors: Sequence[Visitor], seconds: float, do: _Act, *, busy: bool = True) -> list[_Done]:
    """All answers of a class at work for so long."""
    done: list[_Done] = []
    start = time.perf_counter()

    def work(number: int, visitor: Visitor) -> None:
        chance = random.Random(number)
        drags, presses = number < _DRAGGING, _DRAGGING <= number < _DRAGGING + _BUSY
        between = _DRAGGED if drags else _BETWEEN
        # Nobody begins at the same moment as another.
        at = chance.uniform(0, between)
        while at < seconds:
            time.sleep(max(0.0, start + at - time.perf_counter()))
            at = time.perf_counter() - start
            late = at >= seconds / 2
            if drags:
                action = DRAGS[number]
            elif presses and late and busy:
                action = chance.choice(HEAVY)
            else:
                action = chance.choice(LIGHT)
            done.append(_Done(action.tab, late, do(visitor, action, chance)))
            # A finger that moves on does not wait: the next step is the next position after the answer.
            at = max(at + between, time.perf_counter() - start)

    _together([lambda number=number, one=one: work(number, one) for number, one in enumerate(visitors)])  # type: ignore[misc]
    return done


def _together(jobs: Sequence[Callable[[], object]]) -> None:
    """All at the same time; what one of them raises is raised here."""
    ready = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        ready.wait()
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for _ in pool.map(run, jobs):
            pass


def _light(done: Sequence[_Done], echoed: Sequence[_Done]) -> list[dict[str, Any]]:
    """A row a tab. The bare app has one capability, whose times are all of its own."""
    bare = _times(echoed)
    rows = []
    for tab in TABS:
        ours = _times([one for one in done if one.tab == tab])
        row: dict[str, Any] = {"name": tab, "actions": len(ours)}
        for who, values in (("ours", ours), ("bare", bare)):
            row[f"{who}_p50_ms"] = round(statistics.median(values), 1) if values else None
            row[f"{who}_p95_ms"] = round(p95(values), 1) if values else None
        for part in ("p50", "p95"):
            both = row[f"ours_{part}_ms"], row[f"bare_{part}_ms"]
            row[f"ratio_{part}"] = round(both[0] / both[1], 2) if all(both) else None
        rows.append(row)
    return rows


def _heavy(done: Sequence[_Done]) -> dict[str, Any]:
    those = [one for one in done if one.tab == "heavy"]
    times = _times(those)
    return {
        "name": "heavy", "actions": len(times), "p50_ms": round(statistics.median(times)) if times else None,
        "most_ms": round(max(times)) if times else None, "place": max((one.answer.place for one in those), default=0),
    }


def _failures(done: Sequence[_Done]) -> dict[str, Any]:
    failures = [why for one in done for why in one.answer.failures]
    return {
        "name": "refused", "refused": sum(one.answer.refused for one in done), "errors": len(failures),
        "first": [why[:200] for why in failures[:3]],
    }


def _memory(before: int | None, after: int | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": "memory", "megabytes": None, "growth": None, "goal_growth": _GOAL_MEGABYTES}
    if before is not None and after is not None:
        row |= {"megabytes": _megabytes(after), "growth": _megabytes(after - before)}
    return row


def _delay(done: Sequence[_Done]) -> dict[str, Any]:
    without, beside = (
        max(_times([one for one in done if one.tab != "heavy" and one.late == late]), default=0.0)
        for late in (False, True)
    )
    return {
        "name": "delay", "without_ms": round(without), "beside_ms": round(beside),
        "delay_ms": round(beside - without), "goal_ms": _GOAL_DELAY_MS,
    }


def _times(done: Sequence[_Done]) -> list[float]:
    """Milliseconds of what was answered well."""
    return [one.answer.milliseconds for one in done if not one.answer.failures and not one.answer.refused]


def _megabytes(amount: int) -> float:
    return round(amount / 1e6, 1)
