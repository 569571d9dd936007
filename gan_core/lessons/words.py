"""The words of lessons in each of their languages: data files in ``languages``, one a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.errors import UsageError, nearest
from gan_core.lessons.package_data import names_in, table_of


@dataclass(frozen=True, kw_only=True)
class Words:
    """All texts of one language. language: its tag, as pages state it. table: of the file."""

    language: str
    table: Mapping[str, Any]

    def __call__(self, key: str, /, **values: Any) -> str:
        """Return the text at a dotted key, with values in the places of their names."""
        place: Any = self.table
        for word in key.split("."):
            place = place[word]
        return str(place).format(**values)

    def names(self, key: str) -> list[str]:
        """Return the names below a dotted key."""
        place: Any = self.table
        for word in key.split("."):
            place = place[word]
        return [*place]


def languages() -> list[str]:
    """Return the languages that there are words in."""
    return names_in("languages", ".toml")


def read_words(language: str) -> Words:
    """Return the words of a language. Raises `UsageError` for one that there are none in."""
    if language not in languages():
        raise UsageError(f"language={language}: no such language{nearest(language, languages())}")
    return Words(language=language, table=table_of(f"languages/{language}.toml"))
