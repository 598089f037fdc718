"""Adversarial losses, plain functions of the discriminator's logits; a high logit means "real"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


def bce_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Binary cross-entropy of logits (N,) and (M,), real against fake -> scalar; 2 ln 2 when it cannot tell.

    -log D(x) - log(1 - D(G(z))) with D the sigmoid of the logit. Goodfellow et al. 2014, arXiv:1406.2661, eq. 1.
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def minimax_generator(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))) of logits (N,) -> scalar, as the game is written; flat where the discriminator is sure.

    Goodfellow et al. 2014, arXiv:1406.2661, eq. 1.
    """
    return -F.softplus(fake).mean()


def non_saturating_generator(fake: Tensor) -> Tensor:
    """-log D(G(z)) of logits (N,) -> scalar: the same fixed point as minimax, steep where the discriminator is sure.

    Goodfellow et al. 2014, arXiv:1406.2661, sec. 3.
    """
    return F.softplus(-fake).mean()


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Half the squared distance of real logits (N,) from 1 and of fake ones (M,) from 0 -> scalar.

    Mao et al. 2017, arXiv:1611.04076, eq. 9.
    """
    return 0.5 * ((real - 1).square().mean() + fake.square().mean())


def least_squares_generator(fake: Tensor) -> Tensor:
    """Half the squared distance of fake logits (N,) from 1 -> scalar. Mao et al. 2017, arXiv:1611.04076, eq. 9."""
    return 0.5 * (fake - 1).square().mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """How far real logits (N,) stay below 1 and fake ones (M,) above -1 -> scalar; beyond that nothing is gained.

    Lim & Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, eq. 16.
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Mean fake logit minus mean real logit, (M,) and (N,) -> scalar; needs a `gradient_penalty` beside it.

    Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1.
    """
    return fake.mean() - real.mean()


def critic_generator(fake: Tensor) -> Tensor:
    """Minus the mean fake logit (N,) -> scalar: the generator's side of both the hinge and the Wasserstein loss.

    Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1; Miyato et al. 2018, arXiv:1802.05957, eq. 17.
    """
    return -fake.mean()


def gradient_penalty(score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Mean of (|gradient of the score| - 1)^2 at points between real and fake, both (N, ...) -> scalar.

    score: pictures (N, ...) -> logits (N,), each of its own picture only.
    mix: (N,) in [0, 1]: 1 is the real picture, 0 the fake one.

    Gulrajani et al. 2017, arXiv:1704.00028, eq. 3.
    """
    share = mix.view(-1, *[1] * (real.ndim - 1))
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    return (_gradient(score, between).flatten(1).norm(dim=1) - 1).square().mean()


def r1_penalty(score: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Half the mean squared gradient of the score at real pictures (N, ...) -> scalar, to be weighted by gamma.

    score: pictures (N, ...) -> logits (N,), each of its own picture only.

    Mescheder et al. 2018, arXiv:1801.04406, eq. 9.
    """
    return 0.5 * _gradient(score, real.detach().requires_grad_()).flatten(1).square().sum(dim=1).mean()


@dataclass(frozen=True, slots=True)
class Loss:
    """The two sides of one game: (real logits, fake logits) -> scalar, and fake logits -> scalar."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


#: By the name that recipes use.
LOSSES = {
    "minimax": Loss(bce_discriminator, minimax_generator),
    "bce": Loss(bce_discriminator, non_saturating_generator),
    "lsgan": Loss(least_squares_discriminator, least_squares_generator),
    "hinge": Loss(hinge_discriminator, critic_generator),
    "wgan": Loss(wasserstein_discriminator, critic_generator),
}


def _gradient(score: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    # A logit depends on its own picture alone, so the gradient of the sum holds each picture's own.
    (gradient,) = torch.autograd.grad(score(at).sum(), at, create_graph=True)
    return gradient
