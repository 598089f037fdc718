"""One request's view with its pictures: what is drawn on the page is drawn from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ....core.images import Image
from ....data.augment import Drawn, Policy, apply
from ... import shelf
from .view import View


@dataclass(frozen=True)
class Scene:
    """What a visitor looks at, for the length of one request.

    Attributes:
        view: the settings.
        own: path of the visitor's own picture, if that is what is shown.
        kept: slider -> whether its "keep" is ticked.
        language: of the words.
    """

    view: View
    own: str | None
    kept: Mapping[str, bool]
    language: str

    @cached_property
    def before(self) -> Image:
        """The photograph at preview size, read-only."""
        return shelf.preview(self.own, self.view.photo)

    @cached_property
    def policy(self) -> Policy:
        return self.view.policy()

    @cached_property
    def drawn(self) -> Drawn:
        return self.view.drawn()

    @cached_property
    def after(self) -> Image:
        """The photograph changed."""
        return apply(self.before, self.drawn)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the preview."""
        return self.before.shape[1], self.before.shape[0]
