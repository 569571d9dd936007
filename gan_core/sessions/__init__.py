"""What is done with runs: train, resume, sample, exchange weights."""
