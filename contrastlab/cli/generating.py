"""`generate`, `interpolate`, `directions`, `sample-card` and `gallery bundle`."""

from __future__ import annotations

import argparse

import numpy as np

from ..core.checkpoint import read_config
from ..core.errors import LabError
from ..core.images import ANIMATIONS, encode_animation, encode_png
from ..core.knobs import Knob
from ..core.seeds import seed_of
from ..data.datasets import load
from ..lab import DEFAULT_ENCODER, Lab
from ..nn.decoding import TRUNCATION
from ..studies.directions import DIRECTIONS, find_directions, write_directions
from ..studies.generated_gallery import bundle_gallery
from ..studies.known import known_path, learn_known, read_known, write_known
from ..studies.morph import own_class
from ..studies.quality import ENCODERS
from ..studies.sample_card import make_reference, write_reference
from ..studies.walk import walk
from ..text import say
from .output import make_folder, write
from .progress import bar

_COUNT = Knob("n", 1, 10_000, 1, 1, integer=True)
_FRAMES = Knob("frames", 1, 1000, 24, 1, integer=True)
_MILLISECONDS = 80
#: Pictures painted at a time.
_CHUNK = 64


def generate(arguments: argparse.Namespace) -> None:
    """Write N pictures as PNG; picture i is that of seed S + i. Without a class they take turns."""
    generator = Lab(arguments.checkpoints).generator(arguments.name)
    count = int(_COUNT.check(arguments.n))
    asked = None if arguments.class_ is None else generator.class_number(arguments.class_)
    seeds = range(arguments.seed, arguments.seed + count)
    classes = [place % len(generator.classes) if asked is None else asked for place in range(count)]
    make_folder(arguments.out)
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        pictures = generator.generate(seeds[part], classes[part], truncation=arguments.truncation)
        for picture, seed, number in zip(pictures, seeds[part], classes[part], strict=True):
            write(arguments.out / f"{generator.name}-{generator.classes[number]}-{seed}.png", encode_png(picture))
        done = min(count, start + _CHUNK)
        bar(done / count, f"{done}/{count}")


def interpolate(arguments: argparse.Namespace) -> None:
    """The way from one seed's picture to another's, as an animation or as a PNG a step."""
    generator = Lab(arguments.checkpoints).generator(arguments.name)
    frames = int(_FRAMES.check(arguments.frames))
    start, end = seed_of(arguments.from_), seed_of(arguments.to)
    asked = arguments.class_
    kind = own_class(start, len(generator.classes)) if asked is None else generator.class_number(asked)
    out, ending = arguments.out, arguments.out.suffix.lower().removeprefix(".")
    if ending and ending not in ANIMATIONS.options:
        raise LabError("cli.output_animation", got=out.name)
    stops = generator.latents([start, end]) * np.float32(TRUNCATION.check(arguments.truncation))
    way = walk(stops, frames)
    pictures = generator.paint(way, [kind] * len(way))
    if ending:
        write(out, encode_animation(pictures, _MILLISECONDS, kind=ending, quality=90))
        return
    make_folder(out)
    for number, picture in enumerate(pictures):
        write(out / f"{generator.name}-{number:04d}.png", encode_png(picture))


def directions(arguments: argparse.Namespace) -> None:
    """Find a generator's directions, name them by what they change, and keep them beside its weights."""
    lab = Lab(arguments.checkpoints)
    generator = lab.generator(arguments.name)
    for now in find_directions(generator):
        bar(now.done / now.total, f"{now.done}/{now.total}")
    assert now.directions is not None
    write_directions(lab.checkpoints / generator.name / DIRECTIONS, generator, now.directions)
    for number, one in enumerate(now.directions, start=1):
        key = f"cli.directions.{'found' if one.changes else 'unclear'}"
        changes = say(f"aspect.{one.changes}.more", arguments.language) if one.changes else ""
        print(say(key, arguments.language, number=number, changes=changes, effect=f"{one.effect:.2f}",
                  agreement=round(100 * one.agreement)))


def sample_card(arguments: argparse.Namespace) -> None:
    """Keep beside a generator's weights what its single pictures are compared with."""
    lab = Lab(arguments.checkpoints)
    generator = lab.generator(arguments.name)
    data = read_config(lab.checkpoints / arguments.name).training["data"]
    encoder = lab.encoder(ENCODERS.get(data, (DEFAULT_ENCODER,))[0])
    test = load(data, "test", arguments.data)
    known = read_known(lab.checkpoints, encoder.name, data, generator.side)
    if known is None or known.encoder_key != encoder.key:
        known, packed = learn_known(
            encoder, load(data, "train", arguments.data), test, generator.side,
            on_progress=lambda share: bar(share, f"{100 * share:.0f} %"),
        )
        write_known(lab.checkpoints, known, packed)
    write_reference(lab.checkpoints / arguments.name, make_reference(generator, known, test))
    size = known_path(lab.checkpoints, encoder.name, data, generator.side).stat().st_size
    print(say("cli.sample-card.kept", arguments.language, name=generator.name, count=len(known.rows), data=data,
              encoder=encoder.name, megabytes=size / 1e6, points=known.points))


def gallery_bundle(arguments: argparse.Namespace) -> None:
    """Make the gallery that comes with the package, beside the weights of the generator."""
    lab = Lab(arguments.checkpoints)
    folder = lab.checkpoints / arguments.model
    for now in bundle_gallery(lab.generator(arguments.model), folder, per_class=arguments.per_class):
        bar(now.done / now.total, f"{now.done}/{now.total}")
    assert now.bundle is not None
    megabytes = sum(path.stat().st_size for path in folder.glob("gallery.*")) / 1e6
    print(say("cli.gallery.bundled", arguments.language, count=len(now.bundle.data), name=arguments.model,
              megabytes=megabytes, encoding=now.bundle.encoding))
