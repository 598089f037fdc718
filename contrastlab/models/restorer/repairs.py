"""A repair by the network or by a method from before it, with what the caller knows of the damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...core.errors import LabError
from ...core.images import Image
from ...core.knobs import Choice, Knob
from .classical import METHODS, repair
from .inference import STRENGTH, Findings, Mask, Repairer, Step, blended, check_mask

#: What the network is called among the methods.
NETWORK = "restorer"
METHOD = Choice("method", (NETWORK, *METHODS), NETWORK)
#: What the caller may say of the damage instead of having it estimated, each by its field of `Findings`.
TOLD: Mapping[str, Knob] = {
    "noise": Knob("sigma", 0, 100, 25, 1, "levels"), "quality": Knob("quality", 1, 100, 100, 1),
    "blur": Knob("blur", 0, 8, 0, 0.1, "px"),
}


@dataclass(frozen=True, slots=True)
class Repairs:
    """How pictures are to be repaired.

    Attributes:
        network: where the restorer is had from; a classical method asks only for an estimate, if at all.
        method: one of `METHOD`.
        told: what is known of the damage, by the fields of `Findings`; the rest is estimated.
        strength: 0 the picture as it was, 1 the repair.
    """

    network: Callable[[], Repairer]
    method: str
    told: Mapping[str, float]
    strength: float

    @classmethod
    def of(
        cls, network: Callable[[], Repairer], method: str, strength: object, told: Mapping[str, object]
    ) -> Repairs:
        """Of values from outside; what is None in `told` is not known.

        Raises LabError ``restore.unknown_method`` naming those there are, and what `STRENGTH` and `TOLD` raise.
        """
        known = {name: TOLD[name].check(value) for name, value in told.items() if value is not None}
        checked = STRENGTH.check(strength)
        if method not in METHOD.options:
            raise LabError("restore.unknown_method", got=method, options=", ".join(METHOD.options))
        return cls(network, method, known, checked)

    def findings(self, image: Image, missing: Mask | None) -> Findings:
        """What is wrong with a picture uint8 (H, W, 3), of which pixels may be missing, bool (H, W).

        Without the network, which estimates it, what was not told is taken for none, if that leaves anything to do.
        Raises LabError ``restore.nobody_estimates``, what `check_mask` raises, and for the network what `network` does.
        """
        check_mask(image, missing)
        if len(self.told) == len(TOLD):
            return Findings(**self.told)
        try:
            network = self.network()
        except LabError:
            if self.method == NETWORK:
                raise
            if not self.told and "holes" not in METHODS[self.method].against:
                raise LabError("restore.nobody_estimates", method=self.method) from None
            return replace(Findings(noise=0, quality=100, blur=0), **self.told)
        return replace(network.estimate(image, missing), **self.told)

    def steps(self, image: Image, missing: Mask | None, found: Findings) -> Iterator[Step]:
        """As `Repairer.restoring`. Raises what that, `repair` and `network` raise."""
        if self.method == NETWORK:
            yield from self.network().restoring(image, missing, found, strength=self.strength)
            return
        repaired = repair(self.method, image, found, missing)
        yield Step(1, 1, blended(image, repaired, missing, self.strength))
