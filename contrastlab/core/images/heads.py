"""What a file says before it is decoded, and what a decoder had better not see of it.

PIL reads metadata faithfully: a megabyte of EXIF whose thousand entries all point to the same megabyte
becomes a gigabyte, comments of a GIF are joined in quadratic time, and a JPEG of some kilobytes may demand
ten thousand passes over the picture. Each function here takes time in proportion to the file.
"""

from __future__ import annotations

import re
import struct

from ..errors import LabError
from .limits import LIMITS

_EXIF_MARK = b"Exif\0\0"
_ORIENTATION = 0x0112
# Bytes per value of the TIFF types 1 to 13 (TIFF 6.0, section 2; 13 is an offset, as 4).
_TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
# Tags that lead to further directories: EXIF, GPS, interoperability.
_DIRECTORY_TAGS = (34665, 34853, 40965)
_UNUSED_TAG = 65000

# A marker of a JPEG (T.81, B.1.1.3): not a stuffed zero, not fill, not one of the restarts in between.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_SCAN, _END, _APPLICATION, _COMMENT = 0xDA, 0xD9, range(0xE0, 0xF0), 0xFE
# JFIF, colour profile, Adobe's colour transform: what decoding needs. EXIF is taken out, the rest left out.
_NEEDED = (0xE0, 0xE2, 0xEE)
_EXIF_SEGMENT = 0xE1


def webp_size(content: bytes) -> tuple[int, int]:
    """(width, height) from the head of a WebP file (RFC 9649, 2.5-2.7)."""
    kind, head = content[12:16], content[20:30]
    if len(head) == 10:
        if kind == b"VP8X":
            return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
        if kind == b"VP8L":
            bits = int.from_bytes(head[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if kind == b"VP8 ":
            width, height = struct.unpack("<HH", head[6:10])
            return width & 0x3FFF, height & 0x3FFF
    raise LabError("image.truncated")


def plain_jpeg(content: bytes) -> tuple[bytes, bytes | None]:
    """(the JPEG without metadata that decoding does not need, its EXIF block or None).

    Raises LabError ``image.too_many_passes`` for a progressive one of more scans than the limit: each costs a
    pass over all its pixels, however little is in it.
    """
    kept, exif = [content[:2]], None
    scans, copied = 0, 2
    found = _JPEG_MARKER.search(content, 2)
    while found is not None:
        code, start, at = content[found.end() - 1], found.start(), found.end()
        if code == _END:
            break
        if code == _SCAN:
            scans += 1
            if scans > LIMITS.scans:
                raise LabError("image.too_many_passes", limit=LIMITS.scans)
        at += int.from_bytes(content[at : at + 2], "big")
        if code == _COMMENT or (code in _APPLICATION and code not in _NEEDED):
            if code == _EXIF_SEGMENT and exif is None and content.startswith(_EXIF_MARK, found.end() + 2):
                exif = content[found.end() + 2 : at]
            kept.append(content[copied:start])
            copied = at
        found = _JPEG_MARKER.search(content, at)
    kept.append(content[copied:])
    return b"".join(kept), exif


def first_gif_frame(content: bytes) -> tuple[bytes, bool]:
    """(a GIF of the first frame only, whether more follow). GIF89a, sections 17-27."""
    at = 13 + _colour_table(content[10])
    kept, has_frame = [content[:at]], False
    while at < len(content):
        start, kind = at, content[at : at + 1]
        if kind == b"," and has_frame:
            return b"".join([*kept, b";"]), True
        if kind == b",":
            at += 11 + _colour_table(content[at + 9])
        elif kind == b"!":
            at += 2
        elif kind == b";":
            break
        else:
            at += 1
            continue
        at = _after_blocks(content, at)
        # Of the extensions, only the one that says which colour is transparent.
        if kind == b"," or (not has_frame and content[start + 1] == 0xF9):
            kept.append(content[start:at])
        has_frame = has_frame or kind == b","
    return b"".join([*kept, b";"]), False


def guarded_tiff(content: bytes) -> bytes:
    """The TIFF with the way to its EXIF and GPS directories cut.

    Raises LabError ``image.truncated`` if the values of its first directory overlap so much that together
    they are larger than the file.
    """
    order = "<" if content.startswith(b"II") else ">"
    guarded = bytearray(content)
    try:
        (directory,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, directory)
        needed = 0
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from(order + "HHI", content, entry)
            needed += values * (_TYPE_BYTES[kind] if kind < len(_TYPE_BYTES) else 0)
            if tag in _DIRECTORY_TAGS:
                struct.pack_into(order + "H", guarded, entry, _UNUSED_TAG)
    except struct.error as error:
        raise LabError("image.truncated") from error
    if needed > len(content) + 4 * count:
        raise LabError("image.truncated")
    return bytes(guarded)


def orientation(exif: bytes | None) -> int:
    """How to turn the picture (Exif 2.32, tag 0x0112): 2 to 8; 1 or any other number means not at all."""
    place = _orientation_place(exif or b"")
    if exif is None or place is None:
        return 1
    (value,) = struct.unpack_from(place[1], exif, place[0])
    return int(value)


def upright_exif(exif: bytes | None) -> bytes | None:
    """The EXIF block, beginning with its mark, its orientation set to upright and nothing else changed."""
    if not exif:
        return None
    changed = bytearray(exif)
    place = _orientation_place(exif)
    if place is not None:
        struct.pack_into(place[1], changed, place[0], 1)
    return bytes(changed) if exif.startswith(_EXIF_MARK) else _EXIF_MARK + bytes(changed)


def _orientation_place(exif: bytes) -> tuple[int, str] | None:
    """(offset, struct format) of the orientation in the first directory, if there is one."""
    start = len(_EXIF_MARK) if exif.startswith(_EXIF_MARK) else 0
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[start : start + 4])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(order + "I", exif, start + 4)
        (count,) = struct.unpack_from(order + "H", exif, start + directory)
        for entry in range(start + directory + 2, start + directory + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", exif, entry)
            if tag == _ORIENTATION and kind == 3:
                struct.unpack_from(order + "H", exif, entry + 8)
                return entry + 8, order + "H"
    except struct.error:
        return None
    return None


def _colour_table(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    """Where a chain of sub-blocks that starts at `at` ends. Raises LabError ``image.truncated``."""
    while at < len(content):
        size = content[at]
        at += 1 + size
        if size == 0:
            return at
    raise LabError("image.truncated")
