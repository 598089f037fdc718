"""`neighbours`, `gallery build` and `label`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..core.errors import LabError
from ..core.images import open_image
from ..data.datasets import GENERATED, load
from ..gallery import SIDE, SURE, Building, Gallery, Own, read_folder, to_csv
from ..gallery import label as label_by_neighbours
from ..lab import DEFAULT_ENCODER, GALLERIES, Lab
from ..text import explain, say
from .output import write
from .progress import bar

#: Pictures embedded between two steps of the bar.
_CHUNK = 256


def neighbours(arguments: argparse.Namespace) -> None:
    """List the pictures of a gallery that are most alike to one picture, best first."""
    # At the size of the gallery's own pictures, so that a picture out of the folder finds itself.
    picture = open_image(arguments.query, max_side=SIDE).pixels
    lab, encoder = Lab(arguments.checkpoints), arguments.encoder or DEFAULT_ENCODER
    gallery = _gallery(lab, arguments, encoder)
    found = gallery.nearest(lab.encoder(encoder).embed([picture])[0], arguments.k)
    rows = [
        {
            "rank": rank, "index": int(index), "similarity": float(score), "class": gallery.class_of(int(index)),
            "caption": gallery.captions[index] if gallery.captions else "", "itself": bool(itself),
        }
        for rank, (index, score, itself) in enumerate(zip(found.indices, found.scores, found.itself, strict=True), 1)
    ]
    if arguments.json:
        about = {"query": str(arguments.query), "gallery": gallery.name, "pictures": len(gallery)}
        print(json.dumps({**about, "encoder": encoder, "neighbours": rows}, ensure_ascii=False))
        return
    for row in rows:
        note = say("cli.neighbours.itself", arguments.language) if row["itself"] else ""
        name = row["caption"] or f"#{row['index']}"
        print(f"{row['rank']:>3}  {row['similarity']:+.4f}  {name}  {row['class']}  {note}".rstrip())


def gallery_build(arguments: argparse.Namespace) -> None:
    """Embed a gallery and keep the embeddings on disk, where the next search finds them."""
    encoder = arguments.encoder or DEFAULT_ENCODER
    gallery = _gallery(Lab(arguments.checkpoints), arguments, encoder)
    print(say("cli.gallery.built", arguments.language, name=gallery.name, count=len(gallery),
              dimension=gallery.index.dimension, encoder=encoder))


def label(arguments: argparse.Namespace) -> None:
    """Let the neighbours of each picture in a folder vote on its class, and write the votes to a table."""
    if arguments.csv.suffix != ".csv":
        raise LabError("cli.output_csv", got=arguments.csv.name)
    lab, encoder = Lab(arguments.checkpoints), arguments.encoder or DEFAULT_ENCODER
    gallery = _gallery(lab, arguments, encoder)
    own = _folder(arguments.folder, arguments.language)
    embed = lab.encoder(encoder).embed
    parts: list[npt.NDArray[np.float32]] = [embed([])]
    for start in range(0, len(own.data), _CHUNK):
        parts.append(embed([own.data.pictures[at] for at in range(start, min(start + _CHUNK, len(own.data)))]))
        bar(min(1.0, (start + _CHUNK) / len(own.data)), arguments.folder.name)
    sure = arguments.sure
    if sure is None:  # what was measured of this gallery, where a vote can be believed at all
        measured = gallery.sureness.share
        sure = measured if math.isfinite(measured) else SURE.default
    labels = label_by_neighbours(gallery, np.concatenate(parts), sure=sure, k=arguments.k)
    # With the mark that makes spreadsheets read it as UTF-8.
    write(arguments.csv, to_csv(own.names, labels).encode("utf-8-sig"))
    given = sum(not one.note for one in labels)
    print(say("cli.label.done", arguments.language, count=given, total=len(labels), path=arguments.csv))


def _gallery(lab: Lab, arguments: argparse.Namespace, encoder: str) -> Gallery:
    """The gallery of that name, or of that folder."""
    given = arguments.gallery
    if given in GALLERIES:
        pictures = lab.bundle().data if given == GENERATED else load(given, "test", arguments.data)
        progress = lab.build_gallery(pictures, encoder=encoder, keep=True)
    elif Path(given).is_dir():
        own = _folder(Path(given), arguments.language)
        progress = lab.build_gallery(own, encoder=encoder, keep=True)
    else:
        raise LabError("gallery.unknown", got=given, options=", ".join(GALLERIES))
    return _watched(progress)


def _watched(progress: Iterator[Building]) -> Gallery:
    for now in progress:
        if now.gallery is not None:
            break
        bar(now.fraction, f"{now.done}/{now.total}")
    assert now.gallery is not None
    if not now.stored:
        bar(1, f"{now.done}/{now.total}")
    return now.gallery


def _folder(folder: Path, language: str) -> Own:
    """The pictures of a folder; the files that cannot be used are named on standard error."""
    for now in read_folder(folder):
        if now.own is not None:
            break
        if now.done % _CHUNK == _CHUNK - 1:
            bar(now.fraction, f"{folder.name}: {now.done}/{now.total}")
    assert now.own is not None
    for refused in now.own.refused:
        print(f"{refused.name}: {explain(refused.error, language)}", file=sys.stderr)
    return now.own

