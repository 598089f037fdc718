"""A restorer small enough to be drawn on the spot."""

from pathlib import Path

import torch

from contrastlab.core.checkpoint import save_checkpoint
from contrastlab.models.restorer.network import RestorerNetwork

ARCHITECTURE = {"widths": [8, 12], "blocks": 1, "estimator_width": 8}


def save_tiny(folder: Path) -> Path:
    """Untrained, but it does something to every pixel; returns the folder."""
    torch.manual_seed(0)
    network = RestorerNetwork(widths=(8, 12), blocks=1, estimator_width=8)
    torch.nn.init.normal_(network.restorer.leave.weight, std=0.02)
    torch.nn.init.constant_(network.estimator.judge[2].bias, 0.05)
    save_checkpoint(
        folder, family="restorer", architecture=ARCHITECTURE, preprocessing={"range": [0.0, 1.0]},
        training={"data": "toy", "recipe": {"family": "restorer", "name": folder.name}}, weights=network.state_dict(),
        draft=True,
    )
    return folder
