"""Every sentence a user reads, in English and Chinese, by key."""

from .say import LANGUAGES, MissingTextError, choose_language, explain, keys, say

__all__ = ["LANGUAGES", "MissingTextError", "choose_language", "explain", "keys", "say"]
