"""Generators in the service of few labels, and what learning something else before is worth to one; all tiny."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from contrastlab.core.device import Device
from contrastlab.core.errors import LabError
from contrastlab.core.images import Image
from contrastlab.core.recipe import check_recipe, read_recipe
from contrastlab.data.datasets import Dataset, glyphs
from contrastlab.models.gan.training import GanRecipe
from contrastlab.studies.classifier import ClassifierSettings
from contrastlab.studies.low_data import WAYS, LowDataSettings, Task, low_data
from contrastlab.studies.transfer import TransferSettings, transfer

CPU = Device("cpu", torch.float32)
RECIPES = Path(__file__).parents[2] / "contrastlab" / "recipes"


class Coarse:
    """An embedder for tests: 7x7 means of the pixels, which already tell most drawn digits apart."""

    name, key, side, band = "coarse", "coarse", 28, None

    def embed(self, pictures: Sequence[Image]) -> Any:
        grey = np.stack([np.asarray(one, np.float32).mean(axis=2) for one in pictures])
        rows = grey.reshape(len(grey), 7, 4, 7, 4).mean(axis=(2, 4)).reshape(len(grey), 49) + 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def recipe() -> GanRecipe:
    whole = check_recipe(read_recipe(RECIPES / "gan-digits-bce.toml"), GanRecipe, where="gan-digits-bce")
    return dataclasses.replace(whole, widths=(16, 16, 784), discriminator_widths=(16, 16), batch_size=10, steps=2)


def digits(count: int, seed: int) -> Dataset:
    """Drawn digits at the side of the GAN, sorted by class as some data sets come."""
    drawn = glyphs(count, seed=seed)
    order = np.argsort(drawn.labels, kind="stable")
    return dataclasses.replace(drawn, pictures=np.asarray(drawn.pictures)[order], labels=drawn.labels[order])


def test_both_ways_are_judged_at_every_budget_and_nothing_is_done_twice(recipe: GanRecipe, tmp_path: Path) -> None:
    settings = TransferSettings(source_steps=2, steps=(1, 2), seeds=(0, 1), pictures=40, bank=60)
    asked: dict[str, Any] = {"folder": tmp_path, "settings": settings}
    sets = (digits(60, 0), digits(120, 1), digits(60, 2))
    found = transfer(recipe, *sets, Coarse(), CPU, **asked)
    assert [row["steps"] for row in found["rows"]] == [1, 2]
    for row in found["rows"]:
        for way in ("init", "scratch"):
            assert len(row[way]["asked"]) == len(row[way]["distance"]) == 2
    # The floor's pictures are of all classes, as its voters are: drawn digits are told by their pixels.
    assert found["floor"]["asked"] > 0.3 and found["pictures"] == 40
    assert found["floor"]["distance"] < found["rows"][0]["scratch"]["distance"][0]
    assert not list(tmp_path.glob("*/init-*")), "what was judged is gone"
    heard: list[tuple[str, float, float]] = []
    assert transfer(recipe, *sets, Coarse(), CPU, on_cell=lambda *cell: heard.append(cell), **asked) == found
    assert heard[0][:2] == ("floor", 0) and heard[-1][2] == pytest.approx(1) and not any(took for _, took, _ in heard)


def test_other_classes_are_one_clear_error(recipe: GanRecipe, tmp_path: Path) -> None:
    other = dataclasses.replace(digits(20, 0), classes=("yes", "no"))
    with pytest.raises(LabError) as told:
        transfer(recipe, other, digits(20, 1), digits(20, 2), Coarse(), CPU, tmp_path)
    assert told.value.key == "transfer.other_classes" and str(told.value)


def test_few_labels_in_five_ways(recipe: GanRecipe, tmp_path: Path) -> None:
    task = Task(digits(80, 0), digits(40, 1), per_class=2, recipe=recipe, policy="digits")
    settings = LowDataSettings(
        seeds=(0, 1), generated=20, classifier=ClassifierSettings(steps=3, batch_size=8, widths=(4, 4, 4))
    )
    found = low_data([task], Coarse(), CPU, tmp_path, settings)
    (row,) = found["rows"]
    assert row["labels"] == 20 and row["gan"]["steps"] == 2
    for way in WAYS:
        assert len(row[way]) == 2 and all(0 <= share <= 1 for share in row[way])
    assert np.mean(row["features"]) > 0.2, "two of a kind say more than chance"
    assert not list(tmp_path.glob("*/runs/*")), "the GANs are gone"
    assert low_data([task], Coarse(), CPU, tmp_path, settings) == found


def test_data_without_classes_is_one_clear_error(recipe: GanRecipe, tmp_path: Path) -> None:
    nameless = dataclasses.replace(digits(20, 0), classes=())
    with pytest.raises(LabError) as told:
        low_data([Task(nameless, digits(20, 1), 1, recipe, "digits")], Coarse(), CPU, tmp_path)
    assert told.value.key == "training.no_labels"
