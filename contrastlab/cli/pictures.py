"""`augment` and `embed`."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..core.errors import LabError
from ..core.images import Image, encode_jpeg, encode_png, open_image
from ..data.augment import apply, apply_mask, draw, policy
from ..data.datasets import picture_files
from ..lab import DEFAULT_ENCODER, Lab
from .output import write
from .progress import bar

#: Pictures opened and embedded at a time, so that a large folder fits into memory.
_CHUNK = 64


def augment(arguments: argparse.Namespace) -> None:
    """Change one picture as the page would with this policy and seed, at full size."""
    output = arguments.output
    if output.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise LabError("cli.output_format", got=output.name)
    overrides: dict[str, dict[str, object]] = {}
    for setting in arguments.set:
        step, knob, value = read_setting(setting)
        overrides.setdefault(step, {})[knob] = value
    picture = open_image(arguments.input)
    drawn = draw(policy(arguments.policy, overrides), arguments.seed)
    changed = apply(picture.pixels, drawn)
    if output.suffix.lower() == ".png":
        alpha = None if picture.alpha is None else apply_mask(picture.alpha, drawn)
        content = encode_png(changed, alpha, icc_profile=picture.icc_profile)
    else:
        content = encode_jpeg(changed)
    write(output, content)


def embed(arguments: argparse.Namespace) -> None:
    """Write one row a picture: float32, unit length, in sorted file order."""
    if arguments.out.suffix != ".npy":
        raise LabError("cli.output_npy", got=arguments.out.name)
    files = [file for given in arguments.inputs for file in (picture_files(given) if given.is_dir() else [given])]
    encoder = Lab(arguments.checkpoints).encoder(arguments.encoder or DEFAULT_ENCODER)
    rows = []
    for chunk in _chunks(files):
        rows.append(encoder.embed([_open(file) for file in chunk]))
        bar(min(1.0, len(rows) * _CHUNK / len(files)), f"{min(len(rows) * _CHUNK, len(files))}/{len(files)}")
    buffer = io.BytesIO()
    np.save(buffer, np.concatenate(rows))
    write(arguments.out, buffer.getvalue())


def read_setting(text: str) -> tuple[str, str, object]:
    """STEP.KNOB=VALUE as its three parts; a word that is no number stays a word.

    Raises LabError ``cli.bad_setting``.
    """
    name, separator, value = text.partition("=")
    step, dot, knob = name.rpartition(".")
    if not separator or not dot or not step or not knob:
        raise LabError("cli.bad_setting", got=text)
    try:
        return step, knob, float(value)
    except ValueError:
        return step, knob, value


def _open(file: Path) -> Image:
    try:
        return open_image(file).pixels
    except LabError as error:
        raise LabError("cli.bad_file", file=str(file), why=error) from None


def _chunks(files: list[Path]) -> Iterator[Iterable[Path]]:
    for start in range(0, len(files), _CHUNK):
        yield files[start : start + _CHUNK]
