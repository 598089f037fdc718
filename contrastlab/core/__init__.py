"""What every other folder stands on: errors, device, pictures, knobs, recipes, checkpoints. Knows no model."""
