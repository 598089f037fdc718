"""What the two methods minimise, as plain functions of tensors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, pictures: Tensor) -> Tensor:
    """Bernoulli cross-entropy in nats, summed over each picture: logits and pictures (N, 1, S, S) -> (N,).

    A grey pixel counts as the probability that it is white: the sum is what a picture costs on average if its
    pixels are tossed black or white with these probabilities. Kingma & Welling 2014, arXiv:1312.6114, app. C.1.
    """
    return F.binary_cross_entropy_with_logits(logits, pictures, reduction="none").flatten(1).sum(dim=1)


def kl_by_latent(means: Tensor, log_variances: Tensor) -> Tensor:
    """How far each number's distribution lies from the standard normal, in nats: (N, Z) twice -> (N, Z).

    Kingma & Welling 2014, arXiv:1312.6114, app. B. It is what the code is charged for, and why noise can be
    decoded at all: without it the codes could lie anywhere.
    """
    return 0.5 * (means.square() + log_variances.exp() - 1 - log_variances)


def l1(logits: Tensor, pictures: Tensor) -> Tensor:
    """Mean absolute difference of each reconstruction from its picture, in [0, 1]: (N, 1, S, S) twice -> (N,).

    One of the source articles compares the reconstruction with the code instead, which is a list of numbers of
    another length: what is to come back is the picture.
    """
    return (logits.sigmoid() - pictures).abs().flatten(1).mean(dim=1)


def keep_first(codes: Tensor, lengths: Tensor) -> Tensor:
    """Codes (N, Z) with all but the first `lengths` (N,) numbers of each set to 0.

    Nested dropout, Rippel et al. 2014, arXiv:1402.0915, sec. 3: the first numbers are there whenever a later one
    is, so they learn to say what matters most.
    """
    places = torch.arange(codes.shape[1], device=codes.device)
    return codes * (places < lengths[:, None])
