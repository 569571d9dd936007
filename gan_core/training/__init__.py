"""The alternating loop, what feeds it, what it yields, and the state it moves."""
