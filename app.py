"""Builds the page and launches it. A Space runs this file; `python -m contrastlab app` does the same."""

from contrastlab.lab import Lab
from contrastlab.ui.page import build, launch_kwargs

lab = Lab()
demo = build(lab)

if __name__ == "__main__":
    demo.launch(**launch_kwargs(lab))
