"""Random changes to pictures: policies of steps, drawing and applying kept apart, one at a time or in batches."""

from .batched import augment_batch
from .policies import BORDERS, POLICIES, Policy, policy
from .steps import STEPS, Step, make_step

__all__ = ["BORDERS", "POLICIES", "STEPS", "Policy", "Step", "augment_batch", "make_step", "policy"]
