"""Stepping, saving, resuming, averaging weights. Knows no loss and no network."""
