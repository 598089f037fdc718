"""`invert`, `ascend` and `calibrate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import LabError
from ..core.images import Image, encode_png, open_image
from ..core.seeds import seed_of
from ..data.datasets import load
from ..data.digit import turned_over
from ..lab import Lab
from ..nn.decoding import Decoder
from ..studies.ascent import Goal, class_goal, likeness_goal, realness_goal
from ..studies.ascent import ascend as climb
from ..studies.inversion import invert as search
from ..studies.morph import own_class
from ..studies.reach import REACH, measure_reach, write_reach
from ..text import say
from .output import make_folder, write
from .progress import bar

#: What `ascend --toward` takes for the discriminator's opinion.
REAL = "real"


def invert(arguments: argparse.Namespace) -> None:
    """Search a generator for a picture, as the page does, and say how near it came."""
    lab = Lab(arguments.checkpoints)
    generator = lab.generator(arguments.model)
    asked = arguments.class_
    label = None if asked is None else generator.class_number(asked)
    encoder = lab.encoder(arguments.encoder) if arguments.encoder else lab.feature_encoder(arguments.model)
    picture = open_image(arguments.picture).pixels
    turned = turned_over(picture, generator.classes)
    if turned is not None:
        picture = turned
        print(say("generate.finding.turned", arguments.language, side=generator.side), file=sys.stderr)
    given = {name: value for name in ("steps", "restarts") if (value := getattr(arguments, name)) is not None}
    for now in search(generator, picture, encoder=encoder, label=label, seed=arguments.seed, **given):
        bar(now.step / now.steps, f"{now.loss:.4f}")
    # What was measured holds for searches with the same encoder alone.
    reach = None if arguments.encoder else lab.reach(arguments.model)
    verdict = None if reach is None else reach.verdict(now.loss)
    kind = generator.classes[now.label]
    told = {
        "model": generator.name, "class": kind, "loss": round(now.loss, 5), "levels": round(now.levels, 2),
        "alike": None if now.alike is None else round(now.alike, 4), "verdict": verdict,
        "latents": _rounded(now.latents),
    }
    _keep(arguments.out, "found.json", told, target=now.target, found=now.picture)
    if arguments.json:
        print(json.dumps(told))
        return
    print(say("cli.invert.found", arguments.language, kind=kind, levels=f"{now.levels:.0f}", loss=f"{now.loss:.3f}"))
    print(say(f"cli.invert.{verdict or 'unmeasured'}", arguments.language))


def ascend(arguments: argparse.Namespace) -> None:
    """Climb from a seed's picture toward a class, the discriminator's favour or a picture."""
    lab = Lab(arguments.checkpoints)
    generator = lab.generator(arguments.name)
    seed = seed_of(arguments.from_)
    asked = arguments.class_
    label = own_class(seed, len(generator.classes)) if asked is None else generator.class_number(asked)
    goal = _goal(lab, generator, arguments.toward, label)
    given = {name: value for name in ("steps", "pace", "restraint") if (value := getattr(arguments, name)) is not None}
    for now in climb(
        generator, goal, generator.latents([seed])[0], label, where=arguments.where, begin=arguments.begin, seed=seed,
        **given,
    ):
        bar(now.step / now.steps, f"{now.score:.4f}")
    told = {
        "model": generator.name, "class": generator.classes[label], "toward": arguments.toward,
        "where": arguments.where, "before": round(now.curve[0], 5), "after": round(now.score, 5),
        "away": round(now.away, 2),
        "length": None if now.length is None else round(now.length, 4),
        "latents": None if now.latents is None else _rounded(now.latents),
    }
    _keep(arguments.out, "climb.json", told, before=now.begun, after=now.picture)
    if arguments.json:
        print(json.dumps(told))
        return
    print(say("cli.ascend.done", arguments.language, before=f"{now.curve[0]:.3f}", after=f"{now.score:.3f}",
              away=f"{now.away:.0f}"))


def calibrate(arguments: argparse.Namespace) -> None:
    """Measure how near a generator comes to pictures, and keep it beside its weights: the page judges by it."""
    lab = Lab(arguments.checkpoints)
    generator, encoder = lab.generator(arguments.name), lab.feature_encoder(arguments.name)
    card = next(card for card in lab.models() if card.name == arguments.name)
    real = load(str(card.training.get("data")), "test", arguments.data)
    for now in measure_reach(generator, encoder, real, count=arguments.count):
        bar(now.done / now.total, f"{now.done}/{now.total}")
    assert now.reach is not None
    write_reach(lab.checkpoints / generator.name / REACH, now.reach)
    own, limit = now.reach.limits
    print(say("cli.calibrate.done", arguments.language, own=f"{own:.3f}", real=f"{limit:.3f}",
              told=round(100 * now.reach.told)))


def _goal(lab: Lab, generator: Decoder, toward: str, label: int) -> Goal:
    """A class by its name or number, "real", or a picture's file."""
    if toward == REAL:
        return realness_goal(generator, label)
    if Path(toward).is_file():
        encoder = lab.feature_encoder(generator.name)
        if encoder is None:
            raise LabError("quality.no_encoder", name=generator.name)
        return likeness_goal(encoder, open_image(Path(toward)).pixels)
    wanted = generator.class_number(toward)
    eyes = lab.prototypes(generator.name)
    if not eyes:
        raise LabError("quality.no_encoder", name=generator.name)
    return class_goal(eyes[0], wanted)


def _rounded(latents: Any) -> list[float]:
    return [round(float(one), 4) for one in np.asarray(latents)]


def _keep(folder: Path | None, name: str, told: Mapping[str, Any], **pictures: Image) -> None:
    """Where a folder is named: each picture as a PNG of its name, and beside them what is told."""
    if folder is None:
        return
    make_folder(folder)
    for each, picture in pictures.items():
        write(folder / f"{each}.png", encode_png(picture))
    write(folder / name, (json.dumps(told) + "\n").encode())
