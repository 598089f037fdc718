"""contrastlab: a teaching lab for contrastive and generative image models."""

__version__ = "0.1.0"
