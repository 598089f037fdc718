"""What a GAN's card says besides what every card says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.checkpoint import Checkpoint
from ..text import say
from .markdown import table


def facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """What the sentences of a GAN's card need besides what every checkpoint has."""
    classes = checkpoint.preprocessing["classes"]
    return {
        "about": say("card.gan.about", language, side=checkpoint.preprocessing["side"], count=len(classes)),
        "latent": checkpoint.architecture["latent"],
        "names": say("card.gan.between", language).join(classes),
        "loss": checkpoint.training["recipe"]["loss"],
    }


def numbers(checkpoint: Checkpoint, language: str) -> str:
    """What `models.gan.evaluation` measured: how different pictures are, generated ones and real ones."""
    if "diversity" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    found = checkpoint.metrics["diversity"]
    rows = [
        [say(f"table.gan.{which}", language), f"{found[which]:.1f}", f"{found[f'{which}_within_class']:.1f}"]
        for which in ("generated", "test")
    ]
    columns = [say(f"table.gan.{column}", language) for column in ("pictures", "any", "within")]
    about = say("card.gan.numbers", language, name=checkpoint.name, count=found["pictures"])
    return f"{about}\n\n{table(columns, rows)}"


def together(rows: Sequence[tuple[str, Checkpoint]], language: str) -> str:
    """The numbers of each, under its name."""
    return "\n\n".join(f"**{name}**\n\n{numbers(one, language)}" for name, one in rows)
