"""Sheets of samples: images in a grid, points, tables and series as plots."""
