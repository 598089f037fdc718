"""The tabs, in the order of the one story that runs through them.

A tab is a module or package with a NAME, the strings ``<NAME>.tab``, a MOMENT for a class, and
``build(lab, *, words, language, view) -> Built``.
"""

from . import augment, generate, neighbours, restore

TABS = (augment, neighbours, generate, restore)
