"""What is a generator worth that has learned something else before? Its training goes on, against one from scratch."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..core.checkpoint import Checkpoint, load_checkpoint
from ..core.device import Device
from ..core.errors import LabError
from ..data.datasets import Dataset
from ..metrics.generative import frechet_distance
from ..metrics.retrieval import knn_votes
from ..models.encoder.inference import Embedder
from ..models.gan.inference import load_generator
from ..models.gan.training import GanRecipe, train
from .cells import Cells, Tell

#: Neighbours that vote.
K = 20


@dataclass(frozen=True, slots=True)
class TransferSettings:
    """How the comparison is made; both ways see the same pictures in the same order for as many steps.

    Attributes:
        source_steps: of the generator that learns the other pictures first.
        steps: budgets of the training on the pictures asked for; each is a training of its own with its own schedule.
        seeds: each is a training of its own, of both ways; the source is trained once.
        pictures: generated ones that are judged, as many as test pictures.
        bank: training pictures whose labels vote.
    """

    source_steps: int = 2000
    steps: tuple[int, ...] = (100, 200, 400, 800)
    seeds: tuple[int, ...] = (0, 1, 2)
    pictures: int = 2000
    bank: int = 6000


def transfer(
    recipe: GanRecipe,
    source: Dataset,
    target: Dataset,
    test: Dataset,
    judge: Embedder,
    device: Device,
    folder: Path,
    settings: TransferSettings = TransferSettings(),
    *,
    on_cell: Tell = lambda name, seconds, share: None,
) -> dict[str, Any]:
    """Generators of `target` after few steps: from the weights of one that learned `source`, and from random ones.

    {recipe, source, target, judge, k, settings, pictures, floor, start, rows: [{steps, init, scratch}]}, where `start`
    is the source's generator as it is, `floor` as many training pictures, and each of the four holds
    {asked, distance}: the share of its pictures that the judge's k nearest training pictures take for the class that
    was asked for, and the Frechet distance to test pictures in the judge's embeddings at length sqrt(D); of `init`
    and `scratch` a list, a number a seed. Fine-tuning a generator: Wang et al. 2018, arXiv:1805.01677.

    What is finished is kept in `folder` and not done again; `on_cell` hears of it.
    Raises LabError ``transfer.other_classes`` unless both have the same classes, and what `training.train` does.
    """
    if source.classes != target.classes:
        raise LabError("transfer.other_classes", source=source.name, target=target.name)
    scale = np.float32(len(judge.embed([test.pictures[0]])[0]) ** 0.5)
    # Data sets may come sorted by class: whoever votes or is compared is drawn from all of them.
    asked_at = np.random.default_rng(0).permutation(len(test))[: settings.pictures]
    asked_for, count = test.labels[asked_at], len(asked_at)
    order = np.random.default_rng(0).permutation(len(target))
    voters, others = order[: settings.bank], order[settings.bank : settings.bank + count]
    bank = judge.embed([target.pictures[at] for at in voters])
    real = judge.embed([test.pictures[at] for at in asked_at])

    def judged(pictures: Any, labels: Any) -> dict[str, float]:
        rows = judge.embed(list(pictures))
        taken_for = knn_votes(bank, target.labels[voters], rows, k=min(K, len(bank))).argmax(axis=1)
        return {
            "asked": round(float((taken_for == labels).mean()), 4),
            "distance": round(frechet_distance(scale * rows, scale * real), 3),
        }

    def trained(name: str, data: Dataset, steps: int, seed: int, init: Checkpoint | None = None) -> Path:
        its = dataclasses.replace(
            recipe, name=name, data=data.name, seed=seed, steps=steps, minutes=0.0, warmup_steps=steps // 10
        )
        place = cells.folder / name
        for _ in train(its, data, run=cells.folder / "runs" / name, checkpoint=place, device=device, init=init):
            pass
        shutil.rmtree(cells.folder / "runs" / name)
        return place

    def painted(place: Path) -> dict[str, float]:
        generator = load_generator(load_checkpoint(place, family="gan"), device)
        return judged(generator.generate(range(count), asked_for.tolist()), asked_for)

    ways = ("init", "scratch")
    asked = {
        "recipe": asdict(recipe), "settings": asdict(settings), "source": [source.name, len(source)],
        "target": [target.name, len(target)], "judge": judge.key,
    }
    cells = Cells(folder, asked, 2 + len(settings.steps) * len(settings.seeds) * len(ways), on_cell)
    # Training pictures that do not vote about themselves.
    floor = cells.of("floor", lambda: judged([target.pictures[at] for at in others], target.labels[others]))
    start = cells.of("source", lambda: painted(trained("source", source, settings.source_steps, recipe.seed)))
    begin = load_checkpoint(cells.folder / "source", family="gan")

    def cell(way: str, steps: int, seed: int) -> dict[str, float]:
        place = trained(f"{way}-{steps}-{seed}", target, steps, seed, begin if way == "init" else None)
        found = painted(place)
        shutil.rmtree(place)
        return found

    rows: list[dict[str, Any]] = []
    for steps in settings.steps:
        rows.append({"steps": steps})
        for way in ways:
            each = [cells.of(f"{way}-{steps}-{seed}", partial(cell, way, steps, seed)) for seed in settings.seeds]
            rows[-1][way] = {name: [one[name] for one in each] for name in ("asked", "distance")}
    return {
        "recipe": recipe.name, "source": source.name, "target": target.name, "judge": judge.name, "k": K,
        "settings": asdict(settings), "pictures": count, "floor": floor, "start": start, "rows": rows,
    }
