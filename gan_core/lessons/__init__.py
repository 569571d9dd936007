"""Lessons: one page that shows what differs between the frameworks, with the numbers of its own small runs."""
