"""Measure what the app needs of a machine and write docs/measured/needs.json (Linux). `python -m docs.needs`"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from contrastlab.core.memory import resident
from tests import space

ROOT = Path(__file__).resolve().parent.parent
#: Visitors who open the page at the same time for the second memory figure.
VISITORS = 30


def main() -> None:
    """Sizes on disk as `du` counts them; memory and start of the page as a Space would run it."""
    found: dict[str, object] = {
        "python": platform.python_version(), "torch": version("torch"), "gradio": version("gradio"),
        "cores": os.cpu_count(),
        "environment_gb": round(_bytes_below(Path(sys.prefix)) / 1e9, 1),
        "project_mb": round(sum((ROOT / name).stat().st_size for name in space.tracked_files(ROOT)) / 1e6, 1),
    }
    with tempfile.TemporaryDirectory() as scratch:
        start = time.monotonic()
        with space.started(Path(scratch)) as page:
            found["start_seconds"] = round(time.monotonic() - start)
            space.open_page(page.url)
            found["memory_mb"] = _memory_mb(page.process)
            with ThreadPoolExecutor(VISITORS) as visitors:
                list(visitors.map(space.open_page, [page.url] * VISITORS))
            found["visitors"] = VISITORS
            found["memory_with_visitors_mb"] = _memory_mb(page.process, most=True)
    target = ROOT / "docs" / "measured" / "needs.json"
    target.write_text(json.dumps(found, indent=1) + "\n")
    print(target.read_text(), end="")


def _bytes_below(folder: Path) -> int:
    counted = subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=True).stdout
    return 1024 * int(counted.split()[0])


def _memory_mb(process: int, *, most: bool = False) -> int:
    amount = resident(process, most=most)
    assert amount is not None, "only Linux says it"
    return round(amount / 1e6)


if __name__ == "__main__":
    main()
