"""Files, read without trust and written whole; nothing here knows what a run is."""
