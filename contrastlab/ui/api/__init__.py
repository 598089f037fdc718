"""The capabilities by name, for programs: the same calls as the page and the command line make.

`register(lab)` is called once while the page is built. The page's own events stay private.
"""

from .endpoints import Endpoints
from .registering import register

__all__ = ["Endpoints", "register"]
