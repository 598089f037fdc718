"""Model families, one folder each. A family never imports another."""
