"""Random changes to pictures: policies of steps, drawing and applying kept apart, one at a time or in batches."""

from .apply import Frame, apply, apply_steps, augment
from .batched import augment_batch
from .draw import draw
from .drawn import Drawn, DrawnStep
from .mask import apply_mask
from .policies import BORDERS, POLICIES, Policy, policy
from .steps import STEPS, Step, make_step

__all__ = [
    "BORDERS", "POLICIES", "STEPS", "Drawn", "DrawnStep", "Frame", "Policy", "Step",
    "apply", "apply_mask", "apply_steps", "augment", "augment_batch", "draw", "make_step", "policy",
]  # fmt: skip
