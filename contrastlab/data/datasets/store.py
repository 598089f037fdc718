"""Decoded pictures kept on disk outside the repository, so that the next start maps them in milliseconds."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.images import Image
from .dataset import Dataset, Labels

# Raised whenever the same source would be decoded to other pixels or stored in another form.
_FORM = 1
_PARTIAL = ".partial-"
_ABANDONED_AFTER = 24 * 3600.0


def cache_folder() -> Path:
    """Where prepared data lives: CONTRASTLAB_CACHE, else contrastlab/ in XDG_CACHE_HOME or ~/.cache."""
    own = os.environ.get("CONTRASTLAB_CACHE")
    if own:
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "contrastlab"


def entry(name: str, key: str) -> Path:
    """The folder that holds, or would hold, what the source with this key was decoded to."""
    return cache_folder() / "datasets" / f"{name}-{_FORM}-{key}"


def newest(name: str) -> Path | None:
    """The entry of this data set that was prepared last, from whatever source; None if there is none."""
    found = [path for path in (cache_folder() / "datasets").glob(f"{name}-{_FORM}-*") if (path / "about.json").exists()]
    return max(found, key=lambda path: ((path / "about.json").stat().st_mtime_ns, path.name), default=None)


def write(folder: Path, splits: Sequence[Dataset]) -> None:
    """Store the splits of one data set as an entry: all of it appears at once, or nothing.

    If somebody else has stored the same entry meanwhile, theirs stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent, _PARTIAL + "*")
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.parent))
    try:
        for split in splits:
            place = partial / split.split
            place.mkdir()
            if isinstance(split.pictures, np.ndarray):
                np.save(place / "pictures.npy", split.pictures)
            else:
                np.save(place / "pictures.npy", np.concatenate([picture.reshape(-1) for picture in split.pictures]))
                np.save(place / "sizes.npy", np.array([picture.shape[:2] for picture in split.pictures], np.int64))
            np.save(place / "labels.npy", split.labels)
        about = {"origin": splits[0].origin, "classes": splits[0].classes}
        (partial / "about.json").write_text(json.dumps(about), encoding="utf-8")
        try:
            partial.rename(folder)
        except OSError:
            if not (folder / "about.json").exists():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read(folder: Path, name: str, split: str) -> Dataset | None:
    """A stored split, its pictures mapped read-only; None if the entry or the split is not there or is damaged."""
    place = folder / split
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        flat: Image = np.asarray(np.load(place / "pictures.npy", mmap_mode="r", allow_pickle=False))
        labels: Labels = np.load(place / "labels.npy", allow_pickle=False)
        sizes = np.load(place / "sizes.npy", allow_pickle=False) if (place / "sizes.npy").exists() else None
    except (OSError, ValueError, EOFError):
        return None
    pictures = flat if sizes is None else _cut(flat, sizes)
    labels.flags.writeable = False
    return Dataset(name, split, pictures, labels, tuple(about["classes"]), about["origin"])


def _cut(flat: Image, sizes: Labels) -> tuple[Image, ...]:
    ends = np.cumsum(3 * sizes[:, 0] * sizes[:, 1])
    return tuple(
        flat[end - 3 * height * width : end].reshape(height, width, 3)
        for end, (height, width) in zip(ends, sizes, strict=True)
    )


def sweep(folder: Path, pattern: str) -> None:
    """Remove what something that was killed has left behind; what still runs is younger than a day."""
    for path in folder.glob(pattern):
        try:
            abandoned = time.time() - path.stat().st_mtime > _ABANDONED_AFTER
        except OSError:
            continue
        if abandoned and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif abandoned:
            path.unlink(missing_ok=True)
