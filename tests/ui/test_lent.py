"""On ZeroGPU one function alone borrows the graphics card, and does without where none is to be had."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from contrastlab.core.device import choose_device
from contrastlab.core.errors import LabError
from contrastlab.data.datasets import photo
from contrastlab.models.restorer.inference import Step
from contrastlab.ui import lent

from .conftest import SmallLab

PICTURE = photo("chelsea")[:40, :56]


class Spaces(types.ModuleType):
    """Stands in for the package that a ZeroGPU Space has."""

    def __init__(self) -> None:
        super().__init__("spaces")
        self.__spec__ = importlib.machinery.ModuleSpec("spaces", None)
        self.asked: list[int] = []
        self.fails: Exception | None = None

    def GPU(self, *, duration: int) -> Callable[[Any], Any]:
        self.asked.append(duration)

        def decorate(work: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
            def lending(*arguments: Any) -> Iterator[Any]:
                if self.fails is not None:
                    raise self.fails
                yield from work(*arguments)

            return lending

        return decorate


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> Spaces:
    made = Spaces()
    monkeypatch.setitem(sys.modules, "spaces", made)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(lent, "choose_device", lambda wanted: choose_device("cpu"))
    return made


def test_elsewhere_nothing_is_borrowed(lab: SmallLab, spaces: Spaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU")
    assert lent.borrowing(lab) is None
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.delitem(sys.modules, "spaces")
    monkeypatch.setattr(lent.importlib.util, "find_spec", lambda name: None)
    assert lent.borrowing(lab) is None
    assert spaces.asked == []


def test_the_lent_card_gives_the_same_picture_in_a_short_time(lab: SmallLab, spaces: Spaces) -> None:
    borrowed = lent.borrowing(lab)
    assert borrowed is not None and spaces.asked == [lent.SECONDS] and lent.SECONDS <= 30
    *_, last = lent.steps_of(borrowed, never, PICTURE, None, 1.0)
    assert last is not None and last.image is not None
    assert np.array_equal(last.image, lab.restorer().restore(PICTURE))


def test_what_is_moved_leaves_the_shared_network_where_it_is(lab: SmallLab) -> None:
    own = lab.restorer()
    moved = own.moved(choose_device("cpu"))
    assert moved.network is not own.network and moved.key == own.key
    assert np.array_equal(moved.restore(PICTURE), own.restore(PICTURE))


@pytest.mark.parametrize("error", [RuntimeError("ZeroGPU quota exceeded"), TimeoutError(), LabError("device.missing")])
def test_without_a_card_the_processor_does_it_and_that_is_said(
    lab: SmallLab, spaces: Spaces, error: Exception
) -> None:
    spaces.fails = error
    first, *_, last = lent.steps_of(lent.borrowing(lab), lab_steps(lab), PICTURE, None, 1.0)
    assert first is None, "the sign that the card was refused"
    assert last is not None and last.image is not None


def test_where_none_is_lent_nothing_is_said(lab: SmallLab) -> None:
    steps = list(lent.steps_of(None, lab_steps(lab), PICTURE, None, 1.0))
    assert None not in steps and steps[-1] is not None


def lab_steps(lab: SmallLab) -> lent.Restoring:
    return lambda image, missing, strength: lab.restorer().restoring(image, missing, strength=strength)


def never(*_: Any) -> Iterator[Step]:
    raise AssertionError("the processor was asked although a card was lent")
    yield
