"""Numbers in, numbers out. Loads no model and averages nothing that the caller did not ask for."""
