"""The real data sets by name: found in a folder, else prepared earlier, else downloaded."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.errors import LabError
from . import download, store
from .dataset import Dataset, Progress
from .folder import ARCHIVE_SUFFIXES, Found, key_of, read_source, together
from .glyphs import glyphs

FOLDER_VARIABLE = "CONTRASTLAB_DATA"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a data set before it is there.

    Attributes:
        stems: names of its folder or archive, the first the usual one.
        classes: in the order of the labels; () if it has none.
        splits: what it can be asked for.
        side: its pictures are (side, side, 3); 0 if their sizes differ.
    """

    stems: tuple[str, ...]
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    side: int


_KNOWN = {
    "cifar10": Known(
        ("cifar10",),
        # The order of the original files, so that labels mean the same as everywhere else.
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        ("train", "test"), 32,
    ),
    "mnist": Known(("mnist",), tuple("0123456789"), ("train", "test"), 28),
    "flowers": Known(
        ("flowers128", "flowers"), ("daisy", "dandelion", "rose", "sunflower", "tulip"), ("train", "test"), 128
    ),
    "bsd": Known(("bsd432", "bsd"), (), ("train",), 0),
    # The pictures that denoising results are reported on: no split to train or to choose with.
    "cbsd": Known(("cbsd68", "cbsd"), (), ("test",), 0),
}
_GLYPHS = {"train": (10_000, 0), "test": (2_000, 1)}

NAMES = (*_KNOWN, "glyphs")

#: What a folder says that is full, or not ours to write in.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENOTDIR)


def load(name: str, split: str, data_dir: Path | str | None = None) -> Dataset:
    """A split of a data set, in an order that never changes; prepared first if that has not been done.

    It is looked for as ``<name>/`` or ``<name>.tar.xz`` in `data_dir` (or the folder that the variable
    CONTRASTLAB_DATA names), then among what was prepared earlier, then on the internet ("cifar10", "mnist").
    "glyphs" are drawn on the spot. "cbsd" is for reporting results, never for decisions during training.

    Raises LabError ``data.unknown_set`` or ``data.unknown_split`` naming those that exist, ``data.no_folder``,
    ``data.bad_archive``, ``data.bad_picture``, ``data.unexpected`` where what was found is not this data set,
    ``data.no_room`` where the cache cannot be written, and ``data.unavailable`` (with both remedies) or
    ``data.only_from_folder`` if it cannot be had.
    """
    _check_split(name, split)
    if name == "glyphs":
        count, seed = _GLYPHS[split]
        drawn = glyphs(count, seed)
        return Dataset(name, split, drawn.pictures, drawn.labels, drawn.classes, drawn.origin)
    source = _find(name, data_dir)
    ready = _stored(name, split, source)
    if ready is None:
        for _ in prepare(name, data_dir):
            pass
        ready = _stored(name, split, source)
    if ready is None:
        raise LabError("data.unavailable", **_remedies(name))
    return ready


def prepare(name: str, data_dir: Path | str | None = None) -> Iterator[Progress]:
    """Make all splits of a data set ready for `load`, telling how far it is; the last step says "ready".

    Closing the iterator stops the work and leaves nothing half-done. Raises what `load` raises.
    """
    known = _checked(name)
    if known is not None:
        source = _find(name, data_dir)
        if any(_stored(name, split, source) is None for split in known.splits):
            try:
                yield from _prepare(name, known, source)
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                folder = store.cache_folder()
                raise LabError("data.no_room", name=name, folder=str(folder), why=error.strerror) from error
    yield Progress(name, "ready", 1, 1)


def is_here(name: str, data_dir: Path | str | None = None) -> bool:
    """Whether `load` would find the data set on this machine, without the internet.

    Raises LabError ``data.unknown_set`` or ``data.no_folder``.
    """
    return _checked(name) is None or _find(name, data_dir) is not None or store.newest(name) is not None


def holds(name: str, folder: Path | str) -> bool:
    """Whether the data set lies in that very folder. Raises LabError ``data.unknown_set`` or ``data.no_folder``."""
    return _checked(name) is not None and _find(name, folder) is not None


def splits(name: str) -> tuple[str, ...]:
    """What `load` can be asked for. Raises LabError ``data.unknown_set``."""
    known = _checked(name)
    return tuple(_GLYPHS) if known is None else known.splits


def can_be_fetched(name: str) -> bool:
    """Whether there is a place on the internet that `prepare` would fetch it from."""
    return name in download.NAMES


def _prepare(name: str, known: Known, source: Path | None) -> Iterator[Progress]:
    splits: list[Dataset] = []
    if source is not None:
        found: list[Found] = []
        yield from read_source(name, source, found)
        place = store.entry(name, key_of(source))
        splits.extend(_assembled(name, known, split, found, source) for split in known.splits)
    elif name in download.NAMES:
        place = store.entry(name, download.KEY)
        yield from download.fetch(name, _remedies(name), splits)
    else:
        raise LabError("data.only_from_folder", **_remedies(name))
    # What stands there can only be damaged, else it would have been used.
    shutil.rmtree(place, ignore_errors=True)
    store.write(place, splits)
    if source is None:
        download.discard(name)


def _assembled(name: str, known: Known, split: str, found: Sequence[Found], source: Path) -> Dataset:
    """The pictures of one split, labelled by the folder they lie in. Raises LabError ``data.unexpected``."""
    if known.classes:
        chosen = [picture for picture in found if picture.path.parts[-3:-2] == (split,)]
        labels = [_label(name, known, picture, source) for picture in chosen]
    else:
        chosen, labels = list(found), [-1] * len(found)
    if not chosen:
        raise LabError("data.unexpected", name=name, source=source.name, got=f"{split}: 0")
    pictures = together([picture.pixels for picture in chosen])
    if known.side and (not isinstance(pictures, np.ndarray) or pictures.shape[1:] != (known.side, known.side, 3)):
        odd = next(p for p in chosen if p.pixels.shape != (known.side, known.side, 3))
        height, width = odd.pixels.shape[:2]
        raise LabError("data.unexpected", name=name, source=source.name, got=f"{odd.path}: {width}x{height}")
    return Dataset(name, split, pictures, np.array(labels, np.int64), known.classes, source.name)


def _label(name: str, known: Known, picture: Found, source: Path) -> int:
    word = picture.path.parts[-2]
    if word not in known.classes:
        raise LabError("data.unexpected", name=name, source=source.name, got=str(picture.path))
    return known.classes.index(word)


def _stored(name: str, split: str, source: Path | None) -> Dataset | None:
    place = store.newest(name) if source is None else store.entry(name, key_of(source))
    return None if place is None else store.read(place, name, split)


def _find(name: str, data_dir: Path | str | None) -> Path | None:
    """The folder or archive that holds the data set; None if no folder was named or it has none of either."""
    place = data_dir or os.environ.get(FOLDER_VARIABLE)
    if not place:
        return None
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise LabError("data.no_folder", folder=str(place))
    for stem in _KNOWN[name].stems:
        for candidate in (folder / stem, *(folder / (stem + suffix) for suffix in ARCHIVE_SUFFIXES)):
            if candidate.exists():
                return candidate
    return None


def _checked(name: str) -> Known | None:
    if name not in NAMES:
        raise LabError("data.unknown_set", got=name, options=", ".join(NAMES))
    return _KNOWN.get(name)


def _check_split(name: str, split: str) -> None:
    if split not in splits(name):
        raise LabError("data.unknown_split", name=name, got=split, options=", ".join(splits(name)))


def _remedies(name: str) -> dict[str, object]:
    return {"name": name, "archive": _KNOWN[name].stems[0] + ARCHIVE_SUFFIXES[0], "variable": FOLDER_VARIABLE}
