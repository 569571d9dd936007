"""The words of pages in each of their languages: data files in ``languages``, one a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.errors import UsageError, nearest
from gan_core.pages.package_files import PackageFiles


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


def languages_of(package_files: PackageFiles) -> list[str]:
    """Return the languages that a package has words in."""
    return package_files.names("languages", ".toml")


def words_of(package_files: PackageFiles, language: str) -> Words:
    """Return a package's words in a language. Raises `UsageError` for one that there are none in."""
    known = languages_of(package_files)
    if language not in known:
        raise UsageError(f"language={language}: no such language{nearest(language, known)}")
    return Words(language=language, table=package_files.table(f"languages/{language}.toml"))
