"""`app`."""

from __future__ import annotations

import argparse
import os
from importlib.metadata import version

from ..lab import Lab
from ..text import say

#: Reached from other machines too.
_EVERYWHERE = "0.0.0.0"


def app(arguments: argparse.Namespace) -> None:
    """Open the page and serve it until interrupted."""
    from ..ui.hosting import checked_auth, checked_root_path, hosting, lan_address, qr_in_terminal
    from ..ui.page import build, launch_kwargs

    # A password on the command line can be read by everybody on the machine, one in a variable cannot.
    secret = arguments.auth or os.environ.get("CONTRASTLAB_AUTH", "")
    auth = checked_auth(secret) if secret else None
    root_path = checked_root_path(arguments.root_path) if arguments.root_path else None
    host = lan_address() if arguments.lan else None
    allowed = hosting(public=arguments.public, tools=arguments.mcp)
    lab = Lab(arguments.checkpoints)
    page = build(lab, allowed)
    _, address, _ = page.launch(
        **launch_kwargs(lab, allowed), server_name=_EVERYWHERE if host else None, server_port=arguments.port,
        prevent_thread_lock=True, quiet=True, inbrowser=not arguments.no_browser, auth=auth, root_path=root_path,
    )
    print(say("cli.app.open", arguments.language, address=address, version=version("gradio")), flush=True)
    if allowed.tools:
        print(say("cli.app.mcp", arguments.language, address=f"{address}gradio_api/mcp/"), flush=True)
    if host:
        shared = f"http://{host}:{page.server_port}{root_path or ''}/"
        print(say("cli.app.lan", arguments.language, address=shared), qr_in_terminal(shared), sep="\n", flush=True)
    page.block_thread()
