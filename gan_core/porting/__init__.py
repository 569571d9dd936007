"""Networks of a user's own program: read, compared, and put into an experiment with their weights."""
