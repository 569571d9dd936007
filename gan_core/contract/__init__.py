"""What a backend is and how one is reached: protocols, loading, and what every backend shares."""
