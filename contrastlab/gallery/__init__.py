"""Pictures that can be searched: exact nearest neighbours, embeddings kept on disk, a visitor's own files."""

from .gallery import Building, Gallery, Vote, build, built
from .index import Index, Neighbours
from .labelling import SURE, Label, label, to_csv
from .own import OWNER, SIDE, VISITOR, Bounds, Own, Reading, Refused, read_folder, read_own

__all__ = [
    "OWNER", "SIDE", "SURE", "VISITOR",
    "Bounds", "Building", "Gallery", "Index", "Label", "Neighbours", "Own", "Reading", "Refused", "Vote",
    "build", "built", "label", "read_folder", "read_own", "to_csv",
]
