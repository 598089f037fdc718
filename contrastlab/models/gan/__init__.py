"""Generative adversarial networks: pictures out of noise, taught by a second network that tells them from real ones."""
