"""Data sets by what they are: real ones from a folder or a download, procedural digits, sample photographs."""

from .bundle import GENERATED, Bundle, has_bundle, read_bundle, write_bundle
from .dataset import Dataset, Progress
from .folder import load_folder, picture_files
from .glyphs import glyphs
from .known import NAMES, can_be_fetched, is_here, load, prepare
from .photos import PHOTOS, photo

__all__ = [
    "GENERATED", "NAMES", "PHOTOS", "Bundle", "Dataset", "Progress",
    "can_be_fetched", "glyphs", "has_bundle", "is_here", "load", "load_folder", "photo", "picture_files", "prepare",
    "read_bundle", "write_bundle",
]
