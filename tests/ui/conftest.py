from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import numpy.typing as npt
import pytest

from contrastlab.core.images import Image
from contrastlab.data.datasets import known
from contrastlab.lab import DEFAULT_ENCODER
from contrastlab.metrics.retrieval import Band
from contrastlab.models.encoder.inference import NetworkEmbedder, PixelEmbedder, untrained_embedder
from contrastlab.ui.page import build

from .studio import Painting
from .visiting import (
    Built,
    BuiltMaking,
    BuiltMending,
    BuiltSearch,
    MakingVisit,
    MendingVisit,
    SearchVisit,
    Visit,
)

HERE = Path(__file__).resolve().parent
_CACHE = tempfile.TemporaryDirectory(prefix="contrastlab-tests-")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """For the tests of this folder: a gallery of 120 drawn digits, and a machine that has no data set nor any remains.

    Around each test with all that is set up for it: tests of other folders may run between two of these.
    """
    if HERE not in item.path.parents:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known, "_GLYPHS", {"train": (120, 0), "test": (120, 1)})
        patch.setenv("CONTRASTLAB_CACHE", _CACHE.name)
        patch.delenv("CONTRASTLAB_DATA", raising=False)
        return (yield)


class SmallLab(Painting):
    """A lab whose trained networks are untrained ones, the encoder's with a band: it answers in milliseconds."""

    band = Band(0.1, 0.3, 0.58, (1 / 80,) * 80)

    def __init__(self) -> None:
        super().__init__(device="cpu")
        self._network = dataclasses.replace(untrained_embedder(self.device, band=self.band), name=DEFAULT_ENCODER)
        self._untrained = untrained_embedder(self.device, band=self.band, seed=1)

    def encoders(self) -> list[str]:
        return [DEFAULT_ENCODER, "untrained", "pixels"]

    def encoder(self, name: str = DEFAULT_ENCODER) -> Any:
        known_ones = {"pixels": PixelEmbedder(band=self.band), "untrained": self._untrained}
        return known_ones.get(name, self._network)

    def galleries(self) -> tuple[str, ...]:
        return ("cifar10", "flowers", "glyphs")


class CountingLab(SmallLab):
    """As `SmallLab`, and remembers how many pictures each question to the network was about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self._network = _Counting(self._network, self.asked)


class _Counting(NetworkEmbedder):
    """The network itself, but for a note of each question."""

    def __init__(self, network: NetworkEmbedder, asked: list[int]) -> None:
        for field in dataclasses.fields(network):
            object.__setattr__(self, field.name, getattr(network, field.name))
        object.__setattr__(self, "asked", asked)

    def embed(self, images: Sequence[Image]) -> npt.NDArray[np.float32]:
        self.asked.append(len(images))  # type: ignore[attr-defined]
        return super().embed(images)


@pytest.fixture(scope="session")
def lab() -> SmallLab:
    return SmallLab()


@pytest.fixture(scope="session")
def page(lab: SmallLab) -> gr.Blocks:
    return build(lab)


@pytest.fixture(scope="package")
def built() -> Built:
    return Built(CountingLab())


@pytest.fixture
def visit(built: Built) -> Visit:
    return Visit(built)


@pytest.fixture(scope="package")
def built_search() -> BuiltSearch:
    return BuiltSearch(SmallLab())


@pytest.fixture
def search(built_search: BuiltSearch) -> SearchVisit:
    return SearchVisit(built_search)


@pytest.fixture(scope="package")
def built_making() -> BuiltMaking:
    return BuiltMaking(SmallLab())


@pytest.fixture
def making(built_making: BuiltMaking) -> MakingVisit:
    return MakingVisit(built_making)


@pytest.fixture(scope="package")
def built_mending() -> BuiltMending:
    return BuiltMending(SmallLab())


@pytest.fixture
def mending(built_mending: BuiltMending) -> MendingVisit:
    return MendingVisit(built_mending)
