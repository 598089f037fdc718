"""Pictures before a network sees them: data sets, pixel operations, augmentation, degradation."""
