"""An experiment as one training program of a framework that imports nothing of this library."""
