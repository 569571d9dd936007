"""Shapes, weights and cost of networks, worked out from their specs before a framework is touched."""
