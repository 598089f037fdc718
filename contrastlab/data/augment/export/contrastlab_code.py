"""Export to this package's own Python."""

from __future__ import annotations

from collections.abc import Mapping

from ..drawn import Drawn
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
    """Code that changes `image`, uint8 (H, W, 3), into `result` by exactly this draw; skipped steps are left out."""
    lines = [
        "from contrastlab.data.augment import Drawn, apply, make_step",
        "",
        "drawn = Drawn.of(",
        "    [",
        *(
            f"        ({_step(one.step.KIND, one.step.settings())}, {dict(one.values)!r}),"
            for one in drawn.steps
            if one.applied
        ),
        "    ],",
        f"    border={drawn.border!r},",
        ")",
        "result = apply(image, drawn)",
    ]
    return Exported("\n".join(lines) + "\n")


def _step(kind: str, settings: Mapping[str, object]) -> str:
    return f"make_step({kind!r}, {dict(settings)!r})"
