"""Do frameworks agree? The same experiment on several, step by step."""
