"""Translations into frameworks, one folder each with the same files and names; nothing is imported here."""
