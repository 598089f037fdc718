"""`degrade` and `restore`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import LabError
from ..core.images import Image, Picture, encode_jpeg, encode_png, open_image
from ..data.datasets import picture_files
from ..data.degrade import DAMAGES, HOLES, Mask, mask_of
from ..data.degrade import degrade as damaged_by
from ..lab import Lab
from ..models.restorer.repairs import TOLD, Repairs
from ..text import explain, say
from .output import make_folder, write
from .pictures import read_setting
from .progress import bar

_JPEG = 95


def degrade(arguments: argparse.Namespace) -> None:
    """Damage a picture as the page does, in the order in which the damages are named."""
    _check_ending(arguments.output)
    values: dict[str, dict[str, object]] = {}
    for name, much in arguments.damages or ():
        values[name] = {"holes" if name == HOLES else DAMAGES[name].knobs[0].name: much}
    if not values:
        raise LabError("cli.no_damage", options=", ".join(f"--{name}" for name in (*DAMAGES, HOLES)))
    for setting in arguments.set:
        name, knob, value = read_setting(setting)
        if name not in values:
            raise LabError("cli.unused_setting", got=setting, options=", ".join(values))
        values[name][knob] = value
    picture = _opened(arguments.input, arguments.language)
    result = damaged_by(picture.pixels, list(values.items()), arguments.seed)
    _save(arguments.output, result.image, picture, arguments.language)
    if arguments.mask is not None:
        _check_ending(arguments.mask, ".png")
        write(arguments.mask, encode_png(_as_picture(result.missing)))


def restore(arguments: argparse.Namespace) -> int:
    """Repair a picture, or every picture of a folder, with the network or a classical method."""
    told = {name: getattr(arguments, name) for name in TOLD}
    lab = Lab(arguments.checkpoints)
    repairs = Repairs.of(lab.restorer, arguments.method, arguments.strength, told)
    if not arguments.input.is_dir():
        _check_ending(arguments.output)
        _restore_one(repairs, _Job(arguments.input, arguments.output, arguments.mask), arguments.language)
        return 0
    failed = 0
    for job in _jobs(arguments.input, arguments.output, arguments.mask):
        try:
            make_folder(job.output.parent)
            _restore_one(repairs, job, arguments.language)
        except LabError as error:
            failed += 1
            told_why = LabError("cli.bad_file", file=str(job.input), why=error)
            print(explain(told_why, arguments.language), file=sys.stderr)
    return 1 if failed else 0


@dataclass(frozen=True, slots=True)
class _Job:
    input: Path
    output: Path
    mask: Path | None


def _restore_one(repairs: Repairs, job: _Job, language: str) -> None:
    picture = _opened(job.input, language)
    missing = None if job.mask is None else mask_of(open_image(job.mask))
    start = time.perf_counter()
    found = repairs.findings(picture.pixels, missing)
    image: Image | None = None
    for now in repairs.steps(picture.pixels, missing, found):
        bar(now.done / now.total, f"{job.input.name}  {now.done}/{now.total}")
        image = now.image
    assert image is not None
    _save(job.output, image, picture, language)
    print(say(
        "cli.restore.done", language, file=str(job.output), noise=f"{found.noise:.1f}", quality=f"{found.quality:.0f}",
        blur=f"{found.blur:.1f}", seconds=f"{time.perf_counter() - start:.1f}",
    ))


def _jobs(folder: Path, output: Path, mask: Path | None) -> Sequence[_Job]:
    """A job for every picture in the folder and below; names stay but for the ending.

    Raises LabError ``cli.same_folder`` where pictures would be overwritten, ``cli.same_name`` where two would be one
    file, and what `picture_files` raises.
    """
    inside, outside = folder.resolve(), output.resolve()
    if outside == inside:
        raise LabError("cli.same_folder", folder=str(folder))
    jobs: dict[Path, _Job] = {}
    for file in picture_files(folder):
        if outside in file.resolve().parents:
            continue  # of an earlier run
        name = file.relative_to(folder).with_suffix(".png")
        if name in jobs:
            raise LabError("cli.same_name", first=str(jobs[name].input), second=str(file), name=str(name))
        jobs[name] = _Job(file, output / name, _mask_for(name, mask))
    return list(jobs.values())


def _mask_for(name: Path, mask: Path | None) -> Path | None:
    """One mask for all, or that of the same name; a picture that a folder of masks has none for misses nothing."""
    if mask is None or not mask.is_dir():
        return mask
    return mask / name if (mask / name).exists() else None


def _opened(path: Path, language: str) -> Picture:
    """The picture; what of it is not taken along is told."""
    picture = open_image(path)
    if picture.animated:
        print(say("cli.restore.first_frame", language, file=path.name), file=sys.stderr)
    if picture.bit_depth > 8:
        print(say("cli.restore.bits", language, file=path.name, bits=picture.bit_depth), file=sys.stderr)
    return picture


def _save(path: Path, image: Image, source: Picture, language: str) -> None:
    """With the source's profile, EXIF (upright, as the pixels are) and, in a PNG, its transparency."""
    about = {"icc_profile": source.icc_profile, "exif": source.exif}
    if path.suffix.lower() == ".png":
        write(path, encode_png(image, source.alpha, **about))
        return
    if source.alpha is not None:
        print(say("cli.restore.no_alpha", language, file=path.name), file=sys.stderr)
    write(path, encode_jpeg(image, _JPEG, **about))


def _check_ending(path: Path, *endings: str) -> None:
    if path.suffix.lower() not in (endings or (".png", ".jpg", ".jpeg")):
        raise LabError("cli.output_format", got=path.name)


def _as_picture(missing: Mask) -> Image:
    """White where it is missing."""
    return (missing[:, :, None].repeat(3, axis=2) * 255).astype("uint8")
