"""Does the fast form of the hue shift cost accuracy? Trains small encoders with both and compares them.

`python -m docs.hue --data FOLDER [--seeds 3]`: about 5 minutes a run on one core with bf16 matrix instructions.

Writes docs/measured/hue.json. Runs that were finished before are not repeated.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from contrastlab.cli import main
from contrastlab.core.checkpoint import load_checkpoint

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "hue"
RECIPE, STEPS, WIDTHS, WARMUP = "encoder-simclr-cifar10", 800, [32, 64, 128], 100


def measured(form: str, seed: int, data: str) -> dict[str, float]:
    """kNN of an encoder trained with this form and seed: {k, train, test, embedding, ...}."""
    name = f"hue-{form}-{seed}"
    places = ["--checkpoints", str(RUNS / "checkpoints")]
    settings = [f"name={name}", f"hue={form}", f"seed={seed}", f"steps={STEPS}", f"widths={WIDTHS}",
                f"warmup_steps={WARMUP}"]
    if main(["train", RECIPE, *settings, "--data", data, "--runs", str(RUNS), *places]):
        raise SystemExit(1)
    folder = RUNS / "checkpoints" / name
    if "knn" not in load_checkpoint(folder).metrics and main(
        ["evaluate", name, "--data", data, "--no-baselines", *places]
    ):
        raise SystemExit(1)
    knn: dict[str, float] = load_checkpoint(folder).metrics["knn"]
    return knn


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    found = {form: [measured(form, seed, given.data) for seed in range(given.seeds)] for form in ("yiq", "hsv")}
    first = found["yiq"][0]
    result = {
        "steps": STEPS, "widths": "-".join(map(str, WIDTHS)), "k": first["k"], "train": first["train"],
        "test": first["test"], "accuracy": {form: [knn["embedding"] for knn in runs] for form, runs in found.items()},
    }
    (ROOT / "docs" / "measured" / "hue.json").write_text(json.dumps(result, indent=1) + "\n")
