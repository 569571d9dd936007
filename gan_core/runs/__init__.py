"""What lies on the disk of a run, and what writes and reads it."""
