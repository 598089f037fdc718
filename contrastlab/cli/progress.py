"""A progress bar on standard error, quiet when nobody is looking."""

from __future__ import annotations

import sys

_WIDTH = 24


def bar(share: float, text: str) -> None:
    """Redraw the bar at `share` in [0, 1] with `text` behind it; a plain line every time where there is no terminal."""
    full = round(_WIDTH * min(max(share, 0.0), 1.0))
    line = f"[{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%}  {text}"
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds as 1:05:09 or 5:09."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
