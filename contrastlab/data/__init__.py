"""Data sets, and what is done to pictures: pixels, augmentation, degradation."""
