"""Pictures that make trouble, made here from nothing, so that none has to be shipped."""

import base64
import io
import struct
import zipfile
import zlib

import numpy as np
import PIL.Image

# 24 x 16 pixels of (200, 40, 20) with 8 x 8 of (20, 40, 200) in the upper left corner, to be turned by 90 degrees
# clockwise: the one kind of file that nothing we install can write.
HEIC = zlib.decompress(
    base64.b64decode(
        "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYHxeG5qSSIDBChmpOQUQdkMBZnJJQxowCQzJx9siIsDAxMDI4jF+BpCA4EzUAwI"
        "mPTgIipAbJGZmZcG5oFkRYGcVLAyoJqMsmRDBiRBRpAS14pMsHK+gsySXAaoSka2zIKiAiD7aWZBcj6QLgXqdWZkBglNACuS+8Dw"
        "5++PHwwM/MwJQB0SDow8jP//gxQwg1Qwg5DcLiaHRKCkphMjI5rMAoVG1mmv1s169kBxwYEGBgaeBpBwSxJQNZsL48Hig51AO4ST"
        "83OK8pJzKoCivAxsQCUMIpnFBalQ3zpAsUZyTiLIYRIQtzMIgOj////fAIUBkL4ADQuBgsyKTJBGZg4ODiDFmVmUXwJ0DoNkZkEu"
        "LE4YgX5vZGJmbWkDcqQyi1LToBJ8ySnFyeBYANmRn5uSCIouew3G9ZwnMtqklGcH/u96O3Hx/F8lJ380Tvx9ffvFre/EQup3S2aa"
        "nryryL7+ZdXr+MxjOrqOFzuPcLZtdjjsO9tXYAbQCDZIDPj6MmgBeRwMjIxCoEAChQTEZgBQt3tl"
    )
)

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")


def scene(height=24, width=40):
    """A smooth picture without symmetry: red grows to the right, green downwards, blue is low, one corner marked."""
    rows, columns = np.mgrid[:height, :width]
    picture = np.stack([80 + 150 * columns / width, 30 + 200 * rows / height, np.full((height, width), 20)], axis=-1)
    picture[: height // 4, : width // 4] = (250, 240, 200)
    return np.rint(picture).astype(np.uint8)


def encoded(pixels, file_format, **options):
    """The bytes of a file with these pixels (array, or a PIL picture for modes that arrays lack)."""
    picture = pixels if isinstance(pixels, PIL.Image.Image) else PIL.Image.fromarray(pixels)
    if file_format == "WEBP":
        options.setdefault("lossless", True)
    if file_format == "JPEG":
        options.setdefault("quality", 95)
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def png(width, height, rows=b"", *, depth=8, colour=2):
    """A PNG with this head, whatever its data are."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def png_bomb(side=20_000):
    """A complete PNG of side x side pixels in some tens of kilobytes."""
    return png(side, side, bytes((side // 8 + 1) * side), depth=1, colour=0)


def webp_head(kind, width, height):
    """The first bytes of a WebP file that claims this size, in each of its three ways to say so."""
    if kind == b"VP8X":
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + bytes(5)
    else:
        body = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF" + struct.pack("<I", 4 + 8 + len(body)) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def bmp_head(width, height):
    """The head of a BMP file that claims this size."""
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


def gif_reaching_out(width, height):
    """A GIF whose screen is 10 x 10 and whose first frame is width x height."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00;"


def tiff(width, height, data, *, bits=8, extra=(), greedy=(0, 0)):
    """A little-endian grey TIFF in one strip, with `extra` (tag, value) pairs and `greedy` (entries, size) ones."""
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: len(data)}
    tags.update(extra)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    entries += b"".join(struct.pack("<HHII", 65100 + tag, 1, greedy[1], 8) for tag in range(greedy[0]))
    directory = struct.pack("<H", len(tags) + greedy[0]) + entries + bytes(4)
    return b"II*\x00" + struct.pack("<I", 8 + len(data)) + data + directory


def greedy_exif(entries, size):
    """An EXIF block (or a TIFF without pixels) whose every entry claims the same `size` bytes as its value."""
    tags = b"".join(struct.pack("<HHII", 1000 + tag, 1, size, 8) for tag in range(entries))
    return b"II*\x00" + struct.pack("<I", 8 + size) + bytes(size) + struct.pack("<H", entries) + tags + bytes(4)


def with_exif_segments(jpeg, block):
    """The JPEG with a block of any size, in as many segments as it takes."""
    pieces = [block[at : at + 65_000] for at in range(0, len(block), 65_000)]
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", 8 + len(piece)) + b"Exif\0\0" + piece for piece in pieces)
    return jpeg[:2] + segments + jpeg[2:]


def jpeg_of_many_passes(passes):
    """A progressive JPEG whose last scan is repeated: each costs a pass over the whole picture."""
    content = encoded(scene()[:, :, 0], "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    already = content.count(b"\xff\xda")
    return content[:-2] + content[last:-2] * (passes - already) + content[-2:]


def gif_of_comments(size):
    """A GIF with `size` bytes of comments before its frame, and again behind it."""
    content = encoded(scene(), "GIF")
    frame = content.index(b"!\xf9") if b"!\xf9" in content else content.index(b",")
    comments = b"!\xfe" + (b"\xff" + b"c" * 255) * (size // 512) + b"\0" + b"!\xfe\x01c\0" * (size // 10)
    return content[:frame] + comments + content[frame:-1] + comments + b";"


def archive():
    """A ZIP file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        content.writestr("picture.png", encoded(scene(), "PNG"))
    return file.getvalue()


def cmyk_profile(cyan_lab):
    """A printer's colour profile in which full cyan ink is the Lab colour given and paper is white.

    A version 2 profile with one 8-bit table of 2 points per ink (ICC.1:2001-04, 6.5.8): black where any other ink is.
    """
    table = bytearray()
    for corner in range(16):
        ink = [corner >> bit & 1 for bit in (3, 2, 1, 0)]
        lightness, a, b = {(0, 0, 0, 0): (100, 0, 0), (1, 0, 0, 0): cyan_lab}.get(tuple(ink), (0, 0, 0))
        table += bytes((round(lightness * 2.55), a + 128, b + 128))
    ramp = bytes(range(256))
    identity = b"".join(struct.pack(">i", 65536 * (row == column)) for row in range(3) for column in range(3))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + ramp * 4 + bytes(table) + ramp * 3
    start = 128 + 4 + 12
    head = struct.pack(">I4sI4s4s4s", start + len(lut), b"    ", 0x02100000, b"prtr", b"CMYK", b"Lab ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", start, len(lut)) + lut


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
