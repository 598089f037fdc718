"""Repairing pictures: one network for every damage, and the classical methods it is measured against."""
