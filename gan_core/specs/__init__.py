"""What a user writes: layers, networks, initializers and optimizers, as frozen data."""
