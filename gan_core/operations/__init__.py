"""Formulas over the operations that every framework has."""
