"""Reads one HEIC file from standard input and writes its pixels to standard output; run as a process of its own.

First comes a line of JSON, then the pixels, the colour profile and the EXIF block, of the lengths it gives.
Imports nothing of the package, since it is started by path.
"""

from __future__ import annotations

import importlib
import io
import json
import sys


def main(most: int) -> None:
    """`most`: pixels; larger pictures are described but not decoded."""
    opened = importlib.import_module("pi_heif").open_heif(io.BytesIO(sys.stdin.buffer.read()), convert_hdr_to_8bit=True)
    width, height = opened.size
    parts = [b"", b"", b""]
    if width * height <= most:
        # The size can change while decoding, and rows may be padded.
        stride, pixels = opened.stride, memoryview(opened.data)
        width, height = opened.size
        row = width * len(opened.mode)
        plain = b"".join(bytes(pixels[at : at + row]) for at in range(0, stride * height, stride))
        parts = [plain, opened.info.get("icc_profile") or b"", opened.info.get("exif") or b""]
    about = {
        "width": width, "height": height, "channels": len(opened.mode), "frames": len(opened),
        "bit_depth": int(opened.info.get("bit_depth", 8)), "lengths": [len(part) for part in parts],
    }
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + b"".join(parts))


if __name__ == "__main__":
    main(int(sys.argv[1]))
