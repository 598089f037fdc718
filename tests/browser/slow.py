"""Work that lasts: what is to be stopped in a test must not be over before the browser has pressed the button."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any


def slowed(steps: Callable[..., Iterator[Any]], seconds: float) -> Callable[..., Iterator[Any]]:
    """The same steps with a rest after each."""

    def slow(*arguments: Any, **settings: Any) -> Iterator[Any]:
        for step in steps(*arguments, **settings):
            yield step
            time.sleep(seconds)

    return slow
