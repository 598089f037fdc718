"""Pictures from a folder or a tar archive, in sorted order."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from ...core.errors import LabError
from ...core.images import LIMITS, Image, open_image
from .dataset import Dataset, Progress

ARCHIVE_SUFFIXES = (".tar.xz", ".tar.gz", ".tar")
_PICTURE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif")
)


@dataclass(frozen=True, slots=True)
class Found:
    """One picture of a source: its path inside it ("train/cat/0001.jpg") and its pixels."""

    path: PurePosixPath
    pixels: Image


def picture_files(folder: Path | str) -> list[Path]:
    """Every picture file in the folder and below, sorted by its path inside the folder, links followed.

    Files are known by the ending of their name; hidden files and folders are passed over, and a link
    back to a folder further up is entered once only.
    Raises LabError ``data.no_folder`` or ``data.no_pictures``.
    """
    root = Path(folder)
    if not root.is_dir():
        raise LabError("data.no_folder", folder=str(folder))
    files = sorted(_walk(root, frozenset()), key=lambda path: path.relative_to(root).parts)
    if not files:
        raise LabError("data.no_pictures", folder=str(folder))
    return files


def load_folder(folder: Path | str, *, max_side: int | None = None) -> Dataset:
    """A user's own pictures; the first level of sub-folders are their classes, if every picture lies in one.

    Pictures of different sizes come as a tuple, reduced so that their longer side is at most `max_side` pixels
    if that is given: all of them are in memory at once. Raises LabError ``data.no_folder``, ``data.no_pictures`` or
    ``data.bad_picture``, which names the file.
    """
    root = Path(folder)
    files = picture_files(root)
    pixels = [_opened(path, str(path.relative_to(root)), max_side) for path in files]
    parts = [path.relative_to(root).parts for path in files]
    classes = tuple(sorted({part[0] for part in parts})) if all(len(part) > 1 for part in parts) else ()
    labels = [classes.index(part[0]) if classes else -1 for part in parts]
    name = root.resolve().name
    return Dataset(name, "all", together(pixels), np.array(labels, np.int64), classes, name)


def key_of(source: Path) -> str:
    """What changes when an archive or a folder changes: a hash of names, sizes and times, not of contents."""
    digest = hashlib.sha256()
    for path in [source] if source.is_file() else picture_files(source):
        about = path.stat()
        inside = path.name if source.is_file() else path.relative_to(source).as_posix()
        digest.update(f"{inside}\0{about.st_size}\0{about.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def read_source(name: str, source: Path, found: list[Found]) -> Iterator[Progress]:
    """Append every picture of an archive or a folder to `found`, sorted by path once the iterator is exhausted.

    An archive is decoded as it streams by: no member is ever written to disk, so its names cannot
    lead anywhere, and links and devices in it are passed over.
    Raises LabError ``data.bad_archive`` or ``data.bad_picture``.
    """
    yield from _read_archive(name, source, found) if source.is_file() else _read_folder(name, source, found)
    found.sort(key=lambda picture: picture.path.parts)


def together(pictures: Sequence[Image]) -> Image | tuple[Image, ...]:
    """One array (N, H, W, 3) if all pictures have one size, else a tuple of them; read-only."""
    if len({picture.shape for picture in pictures}) == 1:
        stacked = np.stack(pictures)
        stacked.flags.writeable = False
        return stacked
    return tuple(pictures)


def _read_folder(name: str, folder: Path, found: list[Found]) -> Iterator[Progress]:
    files = picture_files(folder)
    for index, path in enumerate(files):
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        found.append(Found(inside, _opened(path, str(inside))))
        if index % 500 == 499:
            yield Progress(name, "read", index + 1, len(files))
    yield Progress(name, "read", len(files), len(files))


def _read_archive(name: str, archive: Path, found: list[Found]) -> Iterator[Progress]:
    total = archive.stat().st_size
    try:
        with archive.open("rb") as packed, tarfile.open(fileobj=packed, mode="r|*") as members:
            for member in members:
                inside = PurePosixPath(member.name)
                if not member.isfile() or not _is_picture(inside.name):
                    continue
                content = members.extractfile(member)
                if content is not None:
                    found.append(Found(inside, _opened(content.read(LIMITS.file_bytes + 1), str(inside))))
                if len(found) % 500 == 499:
                    yield Progress(name, "unpack", packed.tell(), total)
    except tarfile.TarError as error:
        raise LabError("data.bad_archive", file=archive.name) from error
    yield Progress(name, "unpack", total, total)


def _opened(source: Path | bytes, inside: str, max_side: int | None = None) -> Image:
    try:
        return open_image(source, max_side=max_side).pixels
    except LabError as error:
        raise LabError("data.bad_picture", file=inside, reason=error) from error


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in _PICTURE_SUFFIXES


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:
        return
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, above | {here})
        elif _is_picture(path.name) and path.is_file():
            yield path
