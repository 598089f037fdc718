"""The files in a stranger's zip archive: read in memory, bounded, never unpacked to disk."""

from __future__ import annotations

import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import LabError

# Bytes of an archive's directory, which is read in one go, as large as the archive says it is: some 20,000 files.
_DIRECTORY = 4 << 20
_BLOCK = 1 << 16
# Deflate makes at most 1,032 bytes of one. Pictures hardly shrink, an uncompressed drawing perhaps a hundredfold.
_RATIO = 200
_RATIO_COUNTS_FROM = 1 << 20
# Of bzip2 and LZMA the standard library unpacks a whole block at once, and 45 bytes may hold 900 kB.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ADDED = ("thumbs.db", "desktop.ini")
_NAME = 80


class Archive:
    """An open zip archive, for a `with` block. Raises LabError ``gallery.bad_zip`` or ``gallery.zip_too_many``."""

    def __init__(self, path: Path) -> None:
        self._file = _Guarded(path)
        try:
            self._zip = zipfile.ZipFile(self._file)
        except LabError:
            self._file.close()
            raise
        except Exception as error:  # Whatever hostile bytes make it raise: the file is at fault.
            self._file.close()
            raise LabError("gallery.bad_zip") from error
        #: Bytes that came out so far, of files that were refused in the end, too.
        self.unpacked = 0
        #: Files that somebody meant to put there: no folders, nothing hidden.
        self.files = [info for info in self._zip.infolist() if not info.is_dir() and not _is_hidden(parts_of(info))]

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def read(self, info: zipfile.ZipInfo, *, most: int) -> bytes:
        """The content of a file, if it is at most `most` bytes, whatever the archive says about its size.

        Raises LabError ``gallery.zip_link``, ``gallery.zip_encrypted``, ``gallery.zip_method``,
        ``gallery.zip_bomb``, ``gallery.nested_zip``, ``image.too_large_file`` or ``image.truncated``.
        """
        if stat.S_ISLNK(info.external_attr >> 16):
            raise LabError("gallery.zip_link")
        if info.flag_bits & 1:
            raise LabError("gallery.zip_encrypted")
        if info.compress_type not in _METHODS:
            raise LabError("gallery.zip_method")
        if info.file_size > most:
            raise LabError("image.too_large_file", got=info.file_size / 2**20, limit=most // 2**20)
        try:
            content = b"".join(self._blocks(info, most))
        except LabError:
            raise
        except Exception as error:  # as above
            raise LabError("image.truncated") from error
        if content.startswith(_BEGINNINGS):
            raise LabError("gallery.nested_zip")
        return content

    def _blocks(self, info: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
        done = 0
        with self._zip.open(info) as stream:
            while block := stream.read(_BLOCK):
                done += len(block)
                self.unpacked += len(block)
                if done > most:
                    raise LabError("image.too_large_file", got=done / 2**20, limit=most // 2**20)
                if done > max(_RATIO_COUNTS_FROM, _RATIO * info.compress_size):
                    raise LabError("gallery.zip_bomb", ratio=_RATIO)
                yield block


def begins_like_zip(path: Path) -> bool:
    """Whether a file begins like a zip archive, empty and split ones included; False if it cannot be read."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return False
        with path.open("rb") as file:
            return file.read(4).startswith(_BEGINNINGS)
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return False


def parts_of(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """The path of a file in an archive, made harmless: see `clean_parts`."""
    return clean_parts(info.filename if info.flag_bits & 0x800 else _decoded(info.filename))


def clean_parts(path: str) -> tuple[str, ...]:
    """A path's folders and name for showing only: no way up or out, nothing invisible, 80 characters a part.

    Control characters and those that turn the direction of writing are dropped (a name may else show another
    ending than it has); so are "..", drives, and what cannot be written in UTF-8.
    """
    parts = []
    for part in path.replace("\\", "/").split("/"):
        # Surrogates, control and format characters, private use and line breaks: Unicode's Cs, Cc, Cf, Co, Zl, Zp.
        shown = "".join(c for c in unicodedata.normalize("NFC", part) if unicodedata.category(c)[0] != "C")
        shown = " ".join(shown.split())
        if shown not in ("", ".", "..") and not (len(shown) == 2 and shown[1] == ":"):
            parts.append(shown if len(shown) <= _NAME else f"{shown[: _NAME - 12]}...{shown[-9:]}")
    return tuple(parts) or ("?",)


def _decoded(name: str) -> str:
    """A name without the mark for UTF-8. The standard says it is code page 437, which hardly anybody means."""
    raw = name.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):  # macOS; Windows in Chinese
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _is_hidden(parts: tuple[str, ...]) -> bool:
    """What file managers add without being asked."""
    return any(part.startswith((".", "__MACOSX")) for part in parts) or parts[-1].lower() in _ADDED


class _Guarded(io.FileIO):
    """A file that hands out no more at once than an honest archive's directory takes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > _DIRECTORY:
            raise LabError("gallery.zip_too_many")
        return super().read(wanted) or b""
