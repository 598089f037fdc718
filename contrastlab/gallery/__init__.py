"""Pictures that can be searched: exact nearest neighbours, embeddings kept on disk, a visitor's own files."""

from .gallery import Building, Gallery, Vote, build, built
from .index import Index, Neighbours
from .labelling import SURE, Label, label, to_csv
from .own import (
    OWNER,
    SIDE,
    VISITOR,
    Bounds,
    Brought,
    Own,
    Reading,
    Refused,
    read_each,
    read_folder,
    read_own,
)
from .queries import AWAY, average, class_average, nearest_without, plus_minus
from .survey import Hubs, Margins, Sureness, Survey
from .verdict import NearestMiss, Verdict, is_mutual, nearest_miss, verdict

__all__ = [
    "AWAY", "OWNER", "SIDE", "SURE", "VISITOR",
    "Bounds", "Brought", "Building", "Gallery", "Hubs", "Index", "Label", "Margins", "NearestMiss", "Neighbours", "Own",
    "Reading", "Refused", "Sureness", "Survey", "Verdict", "Vote",
    "average", "build", "built", "class_average", "is_mutual", "label", "nearest_miss", "nearest_without", "plus_minus",
    "read_each", "read_folder", "read_own", "to_csv", "verdict",
]
