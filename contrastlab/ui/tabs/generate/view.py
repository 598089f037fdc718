"""What is on the screen, as a value: it goes into the address, and the address paints the same picture again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ....core.errors import LabError
from ....core.knobs import Choice
from ....nn.decoding import TRUNCATION
from ....studies.directions import ALONG, KEPT
from ...address import Address

#: Directions in sight; the others wait in the last fold.
SLIDERS = 3
#: Every picture's own class, by its seed.
ANY = "any"
#: Letters that a seed may have.
_LONGEST = 100


@dataclass(frozen=True)
class View:
    """The settings of the tab.

    Attributes:
        model: the generator's name.
        seed: of the main picture, any whole number or any text.
        kind: the class that is asked for, by name, or `ANY`.
        steps: how far the picture is moved along each direction, in standard deviations; KEPT of them.
        truncation: how far from the middle pictures are drawn.
        base: latents that were found or brought, in the place of the seed's, as `latents.pack` writes them; "" for
            none.
    """

    model: str
    seed: str
    kind: str = ANY
    steps: tuple[float, ...] = (0.0,) * KEPT
    truncation: float = TRUNCATION.default
    base: str = ""

    @property
    def is_moved(self) -> bool:
        """Whether any number is other than at first."""
        return any(self.steps) or self.truncation != TRUNCATION.default

    def values(self) -> dict[str, object]:
        """What the address says of this view."""
        return {
            "model": self.model, "seed": self.seed, "class": "" if self.kind == ANY else self.kind,
            "steps": write_steps(self.steps),
            "truncation": "" if self.truncation == TRUNCATION.default else self.truncation,
            "numbers": self.base,
        }

    @staticmethod
    def read(address: Address, first: View, models: tuple[str, ...]) -> View:
        """The view that an address asks for; what it does not say, or says wrongly, is as in `first`.

        Whether the model has such a class, and paints from so many numbers, is not known here.
        """
        model = address.word("model", Choice("model", models, first.model))
        said = address.text("seed").strip()
        seed = checked_seed(said) if said else first.seed if model == first.model else "0"
        return replace(
            first, model=model, seed=seed, kind=address.text("class") or ANY, steps=read_steps(address.text("steps")),
            truncation=address.number("truncation", TRUNCATION), base=address.text("numbers"),
        )


def checked_seed(seed: object) -> str:
    """A seed as it was typed, without the space around it; nothing at all counts as 0."""
    written = str(seed).encode("utf-8", "replace").decode()  # half a letter has no place in an address
    return written.strip()[:_LONGEST] or "0"


def write_steps(steps: tuple[float, ...]) -> str:
    """Steps as "1.5,0,-2", without the noughts at the end."""
    said = [f"{step:g}" for step in steps]
    while said and said[-1] == "0":
        said.pop()
    return ",".join(said)


def read_steps(said: str) -> tuple[float, ...]:
    """Steps written as "1.5,0,-2"; what cannot be one is 0."""
    given = str(said).split(",")[:KEPT] if said else []
    return tuple(_step(given[place]) if place < len(given) else 0.0 for place in range(KEPT))


def _step(said: str) -> float:
    try:
        return float(ALONG.check(said))
    except LabError:
        return 0.0
