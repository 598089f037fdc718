"""A visitor's own pictures: from files, archives or a folder, bounded, in memory only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zipfile import ZipInfo

import numpy as np

from ..core.errors import LabError
from ..core.images import LIMITS, Image, Picture, open_image
from ..data.datasets import Dataset, picture_files
from ..data.datasets.folder import together
from .archive import Archive, begins_like_zip, clean_parts, parts_of

#: Longest side of a picture in a gallery, in pixels. A query that shall find its own copy is opened with it, too.
SIDE = 192


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is taken in at once.

    Attributes:
        pictures: of them; 1,000 take at most 110 MB of memory.
        files: looked at, whether they are pictures or not.
        megabytes: of 2**20 bytes, of files as they are and of archives both packed and unpacked.
        megapixels: of all pictures together, before they are reduced: what costs time.
    """

    pictures: int
    files: int
    megabytes: int
    megapixels: int


# What a damaged picture counts for, in pixels: it was decoded up to the damage, and nobody knows how far.
_DAMAGED = 10_000_000

#: For what visitors bring, who share one machine.
VISITOR = Bounds(pictures=1_000, files=10_000, megabytes=200, megapixels=2_000)
#: For a folder that somebody names on their own machine.
OWNER = Bounds(pictures=20_000, files=200_000, megabytes=100_000, megapixels=1_000_000)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be used, and why. `name` is cleaned for showing."""

    name: str
    error: LabError


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """What came of a visitor's files.

    Attributes:
        data: the pictures, read-only, at most `SIDE` px long; classes are their folders if all lie in one.
        names: what each is called: its path without the folders that all have in common.
        refused: what could not be used, in the order it came; one entry for all that was beyond the bounds.
    """

    data: Dataset
    names: tuple[str, ...] = field(repr=False)
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading has come: files looked at, and as many as are known by now (an archive's files are
    known once it is opened); `own` in the last report only."""

    done: int
    total: int
    own: Own | None = None

    @property
    def fraction(self) -> float:
        """Share that is done, 0 to 1."""
        return self.done / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """A file that is about to be opened, and, in a second report, the picture in it.

    Attributes:
        done, total: as in `Reading`.
        parts: the file's folders and name, made harmless.
        picture: in its full size; None in the first report, and in the last one, which comes after all files.
        refused: what could not be used, in the last report.
    """

    done: int
    total: int
    parts: tuple[str, ...]
    picture: Picture | None
    refused: tuple[Refused, ...]


def read_each(paths: Sequence[Path | str], *, bounds: Bounds) -> Iterator[Brought]:
    """As `read_own`, picture by picture and nothing reduced: what has been handed out is not kept."""
    intake = _Intake(bounds, len(paths), side=None)
    yield from intake.each(intake.brought([Path(path) for path in paths]))
    yield Brought(intake.total, intake.total, (), None, tuple(intake.refused))


def read_own(paths: Sequence[Path | str], *, name: str = "own", bounds: Bounds = VISITOR) -> Iterator[Reading]:
    """Read pictures and zip archives of pictures; a report before each file, and a last one with the result.

    What is no picture, is damaged, or is an archive within an archive is listed with its reason and the rest goes
    on. Nothing is written to disk. Closing the iterator ends the work. Raises no LabError.
    """
    intake = _Intake(bounds, len(paths))
    return intake.read(intake.brought([Path(path) for path in paths]), name)


def read_folder(folder: Path | str, *, bounds: Bounds = OWNER) -> Iterator[Reading]:
    """As `read_own`, for the pictures in a folder and below, sorted; hidden files are passed over.

    Raises LabError ``data.no_folder`` or ``data.no_pictures``.
    """
    root = Path(folder)
    files = picture_files(root)
    intake = _Intake(bounds, len(files))
    entries = (intake.file(path, clean_parts(path.relative_to(root).as_posix())) for path in files)
    return intake.read(entries, root.resolve().name)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file to look at."""

    parts: tuple[str, ...]
    open: Callable[[], Picture]


class _Intake:
    """Counts what comes in and stops at the bounds."""

    def __init__(self, bounds: Bounds, total: int, side: int | None = SIDE) -> None:
        self.bounds = bounds
        self.total = total
        self.side = side
        self.count = self.bytes = self.pixels = 0
        self.pictures: list[Image] = []
        self.paths: list[tuple[str, ...]] = []
        self.refused: list[Refused] = []

    def brought(self, paths: Sequence[Path]) -> Iterator[_Entry]:
        """A picture is one entry, an archive as many as it has files. One archive is open at a time."""
        for path in paths:
            parts = clean_parts(path.name)
            if not begins_like_zip(path):
                yield self.file(path, parts)
                continue
            try:
                if path.stat().st_size > self.bounds.megabytes << 20:
                    raise LabError("gallery.too_many_bytes", limit=self.bounds.megabytes, left=1)
                archive = Archive(path)
            except LabError as error:
                self.refused.append(Refused(parts[-1], error))
                self.total -= 1
                continue
            with archive:
                self.total += len(archive.files) - 1
                for info in archive.files:
                    yield _Entry(parts_of(info), partial(self._open_packed, archive, info))

    def file(self, path: Path, parts: tuple[str, ...]) -> _Entry:
        """A file that lies on disk."""
        return _Entry(parts, partial(self._open_file, path))

    def read(self, entries: Iterator[_Entry], name: str) -> Iterator[Reading]:
        """Open one after the other until the end or a bound, and keep what is in them."""
        for now in self.each(entries):
            if now.picture is None:
                yield Reading(now.done, now.total)
            else:
                self.pictures.append(now.picture.pixels)
                self.paths.append(now.parts)
        yield Reading(self.total, self.total, self._own(name))

    def each(self, entries: Iterator[_Entry]) -> Iterator[Brought]:
        """Open one after the other until the end or a bound: a report before each file, and one with its picture."""
        for done, entry in enumerate(entries):
            if error := self._full(done):
                self.refused.append(Refused(entry.parts[-1], error))
                break
            yield Brought(done, self.total, entry.parts, None, ())
            try:
                picture = entry.open()
            except LabError as error:
                self.refused.append(Refused("/".join(entry.parts), error))
                self.pixels += _DAMAGED if error.key == "image.truncated" else 0
                continue
            self.count += 1
            self.pixels += picture.size[0] * picture.size[1]
            yield Brought(done, self.total, entry.parts, picture, ())

    def _open_file(self, path: Path) -> Picture:
        self.bytes += path.stat().st_size if path.is_file() else 0
        return open_image(path, max_side=self.side)

    def _open_packed(self, archive: Archive, info: ZipInfo) -> Picture:
        before = archive.unpacked
        try:
            content = archive.read(info, most=LIMITS.file_bytes)
        finally:  # what was refused has cost its time as well
            self.bytes += archive.unpacked - before
        return open_image(content, max_side=self.side)

    def _full(self, done: int) -> LabError | None:
        """Why no further file is looked at, if so; the bounds may be overstepped by the one file before."""
        bounds, left = self.bounds, self.total - done
        if self.count >= bounds.pictures or done >= bounds.files:
            most = bounds.pictures if self.count >= bounds.pictures else bounds.files
            return LabError("gallery.too_many_files", limit=most, left=left)
        if self.bytes >= bounds.megabytes << 20:
            return LabError("gallery.too_many_bytes", limit=bounds.megabytes, left=left)
        if self.pixels >= bounds.megapixels * 1_000_000:
            return LabError("gallery.too_many_pixels", limit=bounds.megapixels, left=left)
        return None

    def _own(self, name: str) -> Own:
        shared = 0
        above = {path[:-1] for path in self.paths}
        while len({folders[: shared + 1] for folders in above}) == 1 and shared < min(map(len, above)):
            shared += 1
        paths = [path[shared:] for path in self.paths]
        folders = sorted({path[0] for path in paths}) if all(len(path) > 1 for path in paths) else []
        labels = np.array([folders.index(path[0]) if folders else -1 for path in paths], np.int64)
        data = Dataset(name, "all", together(self.pictures), labels, tuple(folders), name)
        return Own(data, tuple("/".join(path) for path in paths), tuple(self.refused))
