"""Builds the page and launches it. A Space runs this file; `python -m contrastlab app` does the same."""

from contrastlab.lab import Lab
from contrastlab.ui.page import build, launch_kwargs

demo = build(Lab())

if __name__ == "__main__":
    demo.launch(**launch_kwargs())
