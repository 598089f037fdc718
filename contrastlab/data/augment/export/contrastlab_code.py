"""Export to this package's own Python."""

from __future__ import annotations

from collections.abc import Mapping

from ..drawn import Drawn, DrawnStep
from ..policies import Policy
from .exported import Exported


def policy_code(policy: Policy, seed: int = 0) -> Exported:
    """Code that builds the policy and changes `image`, uint8 (H, W, 3), into `result` with this seed."""
    lines = [
        "from contrastlab.data.augment import Policy, augment, make_step",
        "",
        "policy = Policy(",
        f"    {policy.name!r},",
        "    (",
        *(f"        {_step(step.KIND, {'id': step.id, **step.settings()})}," for step in policy.steps),
        "    ),",
        f"    border={policy.border!r},",
        ")",
        f"result = augment(image, policy, seed={seed})",
    ]
    return Exported("\n".join(lines) + "\n")


def drawn_code(drawn: Drawn) -> Exported:
    """Code that changes `image`, uint8 (H, W, 3), into `result` by exactly this draw.

    Skipped steps stand in it too: they decide which of the others are composed.
    """
    lines = [
        "from contrastlab.data.augment import Drawn, DrawnStep, apply, make_step",
        "",
        "drawn = Drawn(",
        "    (",
        *(f"        {_drawn_step(one)}," for one in drawn.steps),
        "    ),",
        f"    border={drawn.border!r},",
        ")",
        "result = apply(image, drawn)",
    ]
    return Exported("\n".join(lines) + "\n")


def _drawn_step(one: DrawnStep) -> str:
    step = _step(one.step.KIND, one.step.settings())
    picked = ", picked=True" if one.picked else ""
    return f"DrawnStep({step}, {one.applied}, u={{}}, values={dict(one.values)!r}{picked})"


def _step(kind: str, settings: Mapping[str, object]) -> str:
    return f"make_step({kind!r}, {dict(settings)!r})"
