"""Sheets of samples: images in a grid, and what is no picture as a plot of its kind."""
