"""HEIC photographs, decoded in a process of their own.

A file that names an item with a byte outside ASCII crashes pi-heif 1.4 (a null pointer), and with it whatever it
runs in. Here that costs one short-lived process, and the reader of the message is told that the file is damaged.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..errors import LabError
from .arrays import from_array
from .limits import LIMITS, check_size
from .picture import Image

# Forty million pixels take about five seconds.
_TIMEOUT = 60.0
_READER = Path(__file__).with_name("heic_reader.py")


def read_heic(content: bytes) -> tuple[Image, Image | None, int, bool, bytes | None, bytes | None]:
    """(pixels, alpha, bit depth, whether more pictures follow, colour profile, EXIF), upright already.

    Raises LabError ``image.heic_reader_missing``, ``image.truncated`` and what `check_size` raises.
    """
    if importlib.util.find_spec("pi_heif") is None:
        raise LabError("image.heic_reader_missing")
    # -P: the folder of the script, which is this one, is no place to import from.
    command = [sys.executable, "-P", str(_READER), str(LIMITS.pixels)]
    try:
        answer = subprocess.run(command, input=content, capture_output=True, timeout=_TIMEOUT, check=True).stdout
    except subprocess.SubprocessError as error:
        raise LabError("image.truncated") from error
    head, _, body = answer.partition(b"\n")
    about = json.loads(head)
    check_size(about["width"], about["height"], most=LIMITS.pixels)
    parts, at = [], 0
    for length in about["lengths"]:
        parts.append(body[at : at + length])
        at += length
    shape = (about["height"], about["width"], about["channels"])
    pixels, alpha, _ = from_array(np.frombuffer(parts[0], np.uint8).reshape(shape))
    return pixels, alpha, about["bit_depth"], about["frames"] > 1, parts[1] or None, parts[2] or None
