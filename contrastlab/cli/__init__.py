"""The command line: parse, make the same call as the page, print. Heavy imports happen inside commands."""

from .main import main

__all__ = ["main"]
