"""The page of a run, or of several side by side: what it was, what came of it, and what looks wrong."""
