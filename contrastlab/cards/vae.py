"""What an autoencoder's card says besides what every card says: of a variational one, and of a nested one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.checkpoint import Checkpoint
from ..text import say
from .markdown import table


def variational_facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """What the sentences of a variational autoencoder's card need besides what every checkpoint has."""
    classes = checkpoint.preprocessing["classes"]
    return {
        "about": say("card.vae.about", language, side=checkpoint.preprocessing["side"], count=len(classes)),
        "latent": checkpoint.architecture["latent"],
        "names": say("card.gan.between", language).join(classes),
    }


def nested_facts(checkpoint: Checkpoint, language: str) -> dict[str, Any]:
    """As `variational_facts`, of one whose code can be cut short."""
    latent = checkpoint.architecture["latent"]
    side = checkpoint.preprocessing["side"]
    return {"about": say("card.autoencoder.about", language, side=side, latent=latent), "latent": latent}


def variational_numbers(checkpoint: Checkpoint, language: str) -> str:
    """What `models.vae.evaluation` measured: the bound and its terms, the active numbers, what comes back."""
    if "bound" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    bound, active, back = (checkpoint.metrics[name] for name in ("bound", "active", "reconstruction"))
    rows = [
        [say(f"table.vae.{which}", language), f"{bound[which]:.1f}"] for which in ("bound", "cross_entropy", "kl",
                                                                                  "entropy")
    ]
    rows.append([
        say("table.vae.active", language, threshold=active["threshold"]),
        say("table.vae.of", language, count=len(active["latents"]), total=len(active["kl"])),
    ])
    rows += [
        [say(f"table.vae.{which}", language), f"{back[which]:.1f}"] for which in ("rmse", "class_mean") if which in back
    ]
    about = say("card.vae.numbers", language, name=checkpoint.name, count=bound["pictures"])
    columns = [say(f"table.vae.{column}", language) for column in ("measured", "number")]
    return f"{about}\n\n{table(columns, rows)}"


def nested_numbers(checkpoint: Checkpoint, language: str) -> str:
    """What comes back from 0, 1, 2, 4, ... numbers of a code, and from as many principal components."""
    if "by_length" not in checkpoint.metrics:
        return say("card.not_measured", language, name=checkpoint.name)
    found = checkpoint.metrics["by_length"]
    most = len(found["l1"]) - 1
    lengths = [0, *(2**power for power in range(most.bit_length()) if 2**power < most), most]
    kinds = [kind for kind in ("l1", "rmse", "pca_l1", "pca_rmse") if kind in found]
    rows = [[str(length), *(f"{found[kind][length]:.1f}" for kind in kinds)] for length in lengths]
    about = say("card.autoencoder.numbers", language, name=checkpoint.name, count=found["pictures"])
    return f"{about}\n\n{table([say(f'table.vae.{column}', language) for column in ('length', *kinds)], rows)}"


def variational_together(rows: Sequence[tuple[str, Checkpoint]], language: str) -> str:
    """The numbers of each, under its name."""
    return "\n\n".join(f"**{name}**\n\n{variational_numbers(one, language)}" for name, one in rows)


def nested_together(rows: Sequence[tuple[str, Checkpoint]], language: str) -> str:
    """The numbers of each, under its name."""
    return "\n\n".join(f"**{name}**\n\n{nested_numbers(one, language)}" for name, one in rows)
