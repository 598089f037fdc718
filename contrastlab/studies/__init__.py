"""What needs more than one room: a picture, a policy and an encoder together. Callables come in, results go out."""
