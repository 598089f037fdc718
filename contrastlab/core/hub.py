"""Checkpoints out of a repository of the Hugging Face Hub, for who asks for one by name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import LabError

#: Before a repository's name, so that no folder of that name is meant.
PREFIX = "hf:"
_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
#: What a checkpoints folder holds; nothing else of the repository is fetched.
_WANTED = ("*.json", "*.safetensors", "*.webp")


def checkpoints_folder() -> Path:
    """Where the checkpoints are unless said otherwise: what the variable CONTRASTLAB_CHECKPOINTS names, else ours.

    Raises what `folder_of` raises.
    """
    asked = os.environ.get("CONTRASTLAB_CHECKPOINTS")
    return folder_of(asked) if asked else Path(__file__).resolve().parents[2] / "checkpoints"


def folder_of(where: str | Path) -> Path:
    """The folder of checkpoints that `where` names: a path, or "hf:owner/name" with "@revision" behind it.

    A repository is fetched into the Hub's own cache and read from there. With HF_HUB_OFFLINE=1 only that cache is
    looked at; without "hf:" no network is ever asked. Each file's hash is checked as it is loaded, whatever its
    way here (`load_checkpoint`).
    Raises LabError ``hub.name`` for what is no repository's name, and ``hub.unreachable`` with the reason.
    """
    if not str(where).startswith(PREFIX):
        return Path(where)
    # Half a second, for those few who need it.
    from huggingface_hub import snapshot_download

    name = str(where).removeprefix(PREFIX)
    if not _NAME.fullmatch(name):
        raise LabError("hub.name", got=name)
    repository, _, revision = name.partition("@")
    try:
        found = Path(snapshot_download(repository, revision=revision or None, allow_patterns=list(_WANTED)))
    except Exception as error:
        # The Hub's client passes on whatever its transport raises, under many names.
        raise LabError("hub.unreachable", name=name, why=_first_line(error)) from None
    # A repository of the whole project keeps them in a folder.
    return found / "checkpoints" if (found / "checkpoints").is_dir() else found


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]
