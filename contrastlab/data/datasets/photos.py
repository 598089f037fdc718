"""Everyday sample photographs that come with scikit-image, read from the installed package, never downloaded."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from ...core.errors import LabError
from ...core.images import Image, open_image

_FILES = {
    "chelsea": "chelsea.png",
    "astronaut": "astronaut.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
    "motorcycle": "motorcycle_left.png",
    "hubble": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
}

PHOTOS = tuple(_FILES)


@cache
def photo(name: str) -> Image:
    """A sample photograph uint8 (H, W, 3) RGB in full size, read-only.

    Raises LabError ``data.unknown_photo`` naming those that exist, ``data.no_photos`` if scikit-image is not
    installed or does not carry the file.
    """
    if name not in _FILES:
        raise LabError("data.unknown_photo", got=name, options=", ".join(PHOTOS))
    try:
        # Its own functions would go to the network for a file that the installed package lacks.
        with as_file(files("skimage") / "data" / _FILES[name]) as path:
            content = path.read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise LabError("data.no_photos", name=name) from error
    return open_image(content).pixels
