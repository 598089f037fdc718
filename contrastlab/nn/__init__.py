"""Blocks that networks of several families share. No whole network, no file access."""
