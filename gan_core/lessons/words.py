"""The words of lessons in each of their languages."""

from gan_core.lessons.package_data import FILES
from gan_core.pages.words import Words, languages_of, words_of

__all__ = ["Words", "languages", "read_words"]


def languages() -> list[str]:
    """Return the languages that there are words in."""
    return languages_of(FILES)


def read_words(language: str) -> Words:
    """Return the words of a language. Raises `UsageError` for one that there are none in."""
    return words_of(FILES, language)
