"""The families by name: how each is described, trained, evaluated and loaded. One dict, no registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..core.errors import LabError
from ..training.loop import Progress
from .encoder import evaluation as encoder_evaluation
from .encoder import inference as encoder_inference
from .encoder import training as encoder_training
from .gan import evaluation as gan_evaluation
from .gan import inference as gan_inference
from .gan import training as gan_training
from .restorer import evaluation as restorer_evaluation
from .restorer import inference as restorer_inference
from .restorer import training as restorer_training
from .vae import evaluation as vae_evaluation
from .vae import inference as vae_inference
from .vae import training as vae_training


@dataclass(frozen=True, slots=True)
class Family:
    """What the command line and the lab need of a family.

    Attributes:
        recipe: dataclass of its recipes.
        train: (recipe, *data sets, run, checkpoint, device, init, first_step) -> iterator of progress.
        evaluate: (checkpoint, train split, test split, device, *, on_progress) -> metrics.
        load: (checkpoint, device) -> the object that does the work.
        describe: recipe -> (parameters, floating-point operations a step).
        taught_by: the recipe's fields that name the data sets `train` takes.
        tested_on: the data set that `evaluate` takes its test split of; "" for that of the training.
    """

    recipe: type[Any]
    train: Callable[..., Iterator[Progress]]
    evaluate: Callable[..., dict[str, Any]]
    load: Callable[..., Any]
    describe: Callable[[Any], tuple[int, int]]
    taught_by: tuple[str, ...] = ("data",)
    tested_on: str = ""


FAMILIES = {
    "encoder": Family(
        recipe=encoder_training.EncoderRecipe,
        train=encoder_training.train,
        evaluate=encoder_evaluation.evaluate,
        load=encoder_inference.load_embedder,
        describe=encoder_training.describe,
    ),
    "gan": Family(
        recipe=gan_training.GanRecipe,
        train=gan_training.train,
        evaluate=gan_evaluation.evaluate,
        load=gan_inference.load_generator,
        describe=gan_training.describe,
    ),
    "vae": Family(
        recipe=vae_training.VaeRecipe,
        train=vae_training.train,
        evaluate=vae_evaluation.evaluate,
        load=vae_inference.load_autoencoder,
        describe=vae_training.describe,
    ),
    "restorer": Family(
        recipe=restorer_training.RestorerRecipe,
        train=restorer_training.train,
        evaluate=restorer_evaluation.evaluate,
        load=restorer_inference.load_repairer,
        describe=restorer_training.describe,
        taught_by=("data", "more_data"),
        tested_on="cbsd",
    ),
}


def family_of(name: object) -> Family:
    """The family of that name. Raises LabError ``family.unknown`` naming those there are."""
    if not isinstance(name, str) or name not in FAMILIES:
        raise LabError("family.unknown", got=name, options=", ".join(FAMILIES))
    return FAMILIES[name]
