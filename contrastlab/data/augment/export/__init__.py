"""A policy or a draw as code that others can run, with notes on what the other library cannot say."""

from __future__ import annotations

from .contrastlab_code import drawn_code, policy_code
from .exported import Exported, Note
from .torchvision_draw import drawn_to_torchvision
from .torchvision_policy import policy_to_torchvision

__all__ = [
    "Exported", "Note", "drawn_code", "drawn_to_torchvision", "policy_code", "policy_to_torchvision",
]  # fmt: skip
