"""Autoencoders: a picture becomes a few numbers and comes back; a variational one also paints out of noise."""
