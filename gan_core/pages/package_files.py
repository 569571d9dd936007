"""The files that a package's pages are made of: tables of text, and the parts of a page."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class PackageFiles:
    """The files of one package, read as text. package: its dotted name."""

    package: str

    def text(self, name: str) -> str:
        """Return the text of a file of the package, as ``page_files/lesson.css``."""
        return files(self.package).joinpath(name).read_text(encoding="utf-8")

    def table(self, name: str) -> dict[str, Any]:
        """Return what a TOML file of the package holds."""
        return _table(self.package, name)

    def names(self, folder: str, ending: str) -> list[str]:
        """Return the names of a folder's files with an ending, without that, in alphabetical order."""
        found = (item.name for item in files(self.package).joinpath(folder).iterdir())
        return sorted(name.removesuffix(ending) for name in found if name.endswith(ending))

    def holds(self, name: str) -> bool:
        """Whether the package has a file of that name."""
        return files(self.package).joinpath(name).is_file()


@cache
def _table(package: str, name: str) -> dict[str, Any]:
    return tomllib.loads(PackageFiles(package).text(name))
