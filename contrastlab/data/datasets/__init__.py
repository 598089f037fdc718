"""Data sets by what they are: real ones from a folder or a download, procedural digits, sample photographs."""

from .bundle import GENERATED, Bundle, has_bundle, read_bundle, write_bundle
from .dataset import Dataset, Progress
from .folder import load_folder, picture_files
from .glyphs import glyphs
from .known import NAMES, can_be_fetched, holds, is_here, load, prepare, splits
from .photos import PHOTOS, photo

__all__ = [
    "GENERATED", "NAMES", "PHOTOS", "Bundle", "Dataset", "Progress",
    "can_be_fetched", "glyphs", "has_bundle", "holds", "is_here", "load", "load_folder", "photo", "picture_files",
    "prepare", "read_bundle", "splits", "write_bundle",
]
