"""The files that lessons are made of: tables of text, and the parts of the page."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

PACKAGE = "gan_core.lessons"


def text_of(name: str) -> str:
    """Return the text of a file of this package, as ``page_files/lesson.css``."""
    return files(PACKAGE).joinpath(name).read_text(encoding="utf-8")


@cache
def table_of(name: str) -> dict[str, Any]:
    """Return what a TOML file of this package holds."""
    return tomllib.loads(text_of(name))


def names_in(folder: str, ending: str) -> list[str]:
    """Return the names of a folder's files with an ending, without that, in alphabetical order."""
    found = (item.name for item in files(PACKAGE).joinpath(folder).iterdir())
    return sorted(name.removesuffix(ending) for name in found if name.endswith(ending))
