"""Model cards and README tables, written from committed numbers, so that text and numbers cannot part."""

from .files import fill_tables, model_card, write_cards, written_files
from .markdown import table

__all__ = ["fill_tables", "model_card", "table", "write_cards", "written_files"]
