"""Both players of a kind, built and put into one dict of weights. Pixels are in [-1, 1] in them and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import Any

from torch import Tensor, nn

from ...core.checkpoint import Checkpoint, load_weights
from ...core.errors import LabError
from ...core.knobs import Choice
from .dcgan import DcganDiscriminator, DcganGenerator
from .mlp import MlpDiscriminator, MlpGenerator
from .players import DiscriminatorNetwork, GeneratorNetwork
from .resnet import ProjectionDiscriminator, ResnetGenerator

KINDS = ("resnet", "dcgan", "mlp")
#: What the names of the judging network's weights begin with.
JUDGE = "discriminator"


def build(architecture: Mapping[str, Any]) -> tuple[GeneratorNetwork, DiscriminatorNetwork]:
    """Both networks of an architecture {kind, latent, classes, widths, discriminator_widths}, freshly drawn.

    Raises LabError for a kind that there is not, ``gan.few_widths`` for fewer than two widths of either, and
    ``gan.not_square`` if an "mlp" would paint a number of pixels that makes no square, ``gan.unequal_widths`` if the
    discriminator of a "dcgan" does not halve its pictures as often as the generator doubles them.
    """
    kind = Choice("kind", KINDS, KINDS[0]).check(architecture["kind"])
    latent, classes = architecture["latent"], architecture["classes"]
    widths, against = architecture["widths"], architecture["discriminator_widths"]
    if min(len(widths), len(against)) < 2:
        raise LabError("gan.few_widths", got=min(len(widths), len(against)))
    if kind == "resnet":
        return (
            ResnetGenerator(latent=latent, classes=classes, widths=widths),
            ProjectionDiscriminator(classes=classes, widths=against),
        )
    if kind == "dcgan":
        if len(widths) != len(against):
            raise LabError("gan.unequal_widths", got=len(against), expected=len(widths))
        return (
            DcganGenerator(latent=latent, classes=classes, widths=widths),
            DcganDiscriminator(classes=classes, widths=against),
        )
    if isqrt(widths[-1]) ** 2 != widths[-1]:
        raise LabError("gan.not_square", got=widths[-1])
    generator = MlpGenerator(latent=latent, classes=classes, widths=widths)
    return generator, MlpDiscriminator(classes=classes, side=generator.side, widths=against)


def pack_players(generator: nn.Module, discriminator: nn.Module) -> dict[str, Tensor]:
    """The weights of both in one dict, as a checkpoint holds them."""
    players = (("generator", generator), (JUDGE, discriminator))
    return {f"{name}.{key}": weight for name, player in players for key, weight in player.state_dict().items()}


def load_players(checkpoint: Checkpoint, generator: nn.Module, discriminator: nn.Module) -> None:
    """Put a checkpoint's weights into both networks. Raises LabError ``checkpoint.wrong_weights``."""
    load_weights(nn.ModuleDict({"generator": generator, JUDGE: discriminator}), checkpoint)
