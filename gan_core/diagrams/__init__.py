"""Drawings of an experiment's networks, and of who feeds whom, as SVG."""
