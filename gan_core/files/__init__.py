"""Files: those of strangers and of a run, read without trust; those that are written appear whole or not at all."""
