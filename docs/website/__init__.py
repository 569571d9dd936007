"""What makes the documentation site: `make docs` runs it, nothing of the library imports it."""
