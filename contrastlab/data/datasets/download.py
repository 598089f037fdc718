"""The original files of CIFAR-10 and MNIST, from the addresses and with the checksums that torchvision knows."""

from __future__ import annotations

import hashlib
import http.client
import importlib
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import LabError
from . import store
from .dataset import Dataset, Progress

NAMES = ("cifar10", "mnist")
# Entries of the store that hold downloaded pictures: their contents are fixed by checksums.
KEY = "torchvision"

_BLOCK = 1 << 18
_TIMEOUT = 30.0
_CLASSES = {"cifar10": "CIFAR10", "mnist": "MNIST"}


def fetch(name: str, remedies: Mapping[str, object], splits: list[Dataset]) -> Iterator[Progress]:
    """Download what is missing, decode it with torchvision and append both splits to `splits`.

    Raises LabError ``data.unavailable`` with `remedies` if no server answers or torchvision is missing,
    ``data.bad_archive`` if what arrived has another checksum than it should.
    """
    try:
        kind = getattr(importlib.import_module("torchvision.datasets"), _CLASSES[name])
    except ImportError as error:
        raise LabError("data.unavailable", **remedies) from error
    root = store.cache_folder() / "downloads" / name
    for urls, file, md5 in _wanted(name, kind, root):
        yield from _file(name, urls, file, md5, remedies)
    for split in ("train", "test"):
        # Everything is there and checked, so this only unpacks and reads.
        raw = kind(root=str(root), train=split == "train", download=True)
        pictures = np.asarray(raw.data, np.uint8)
        if pictures.ndim == 3:
            pictures = np.repeat(pictures[..., None], 3, axis=-1)
        labels = np.asarray(raw.targets, np.int64)
        classes = tuple(raw.classes) if name == "cifar10" else tuple("0123456789")
        splits.append(Dataset(name, split, pictures, labels, classes, "torchvision"))


def discard(name: str) -> None:
    """Remove the downloaded files, which take up as much room again as what was made of them."""
    shutil.rmtree(store.cache_folder() / "downloads" / name, ignore_errors=True)


def _wanted(name: str, kind: Any, root: Path) -> list[tuple[list[str], Path, str]]:
    """(addresses to try, file, MD5) of every file."""
    if name == "cifar10":
        return [([kind.url], root / kind.filename, kind.tgz_md5)]
    folder = root / kind.__name__ / "raw"
    return [([mirror + file for mirror in kind.mirrors], folder / file, md5) for file, md5 in kind.resources]


def _file(name: str, urls: list[str], file: Path, md5: str, remedies: Mapping[str, object]) -> Iterator[Progress]:
    if file.exists() and _md5(file) == md5:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    store.sweep(file.parent, "*.part")
    partial = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        for url in urls:
            try:
                yield from _transfer(name, url, partial)
                break
            except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError):
                if url == urls[-1]:
                    raise
        if _md5(partial) != md5:
            raise LabError("data.bad_archive", file=file.name)
        partial.replace(file)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise LabError("data.unavailable", **remedies) from error
    finally:
        partial.unlink(missing_ok=True)


def _transfer(name: str, url: str, target: Path) -> Iterator[Progress]:
    request = urllib.request.Request(url, headers={"User-Agent": "contrastlab"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer, target.open("wb") as out:
        total = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while block := answer.read(_BLOCK):
            out.write(block)
            done += len(block)
            yield Progress(name, "download", done, total)
        if done < total:
            raise ConnectionError(f"{url} ended after {done} of {total} bytes")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
