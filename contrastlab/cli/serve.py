"""`app`."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from ..lab import Lab
from ..text import say


def app(arguments: argparse.Namespace) -> None:
    """Open the page and serve it until interrupted."""
    from ..ui.page import build, launch_kwargs

    page = build(Lab(arguments.checkpoints))
    _, address, _ = page.launch(
        **launch_kwargs(), server_port=arguments.port, prevent_thread_lock=True, quiet=True,
        inbrowser=not arguments.no_browser,
    )
    print(say("cli.app.open", arguments.language, address=address, version=version("gradio")), flush=True)
    page.block_thread()
