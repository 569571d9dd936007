"""Which array of a file is which of a network's, as a user writes it down: a table of names in a TOML file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gan_core.errors import UsageError
from gan_core.files.text_files import read_text

LARGEST_MAP_BYTES = 2**20


def read_name_map(path: Path) -> dict[str, str]:
    """Return names in a file of weights → those that they stand for: ``"main.0.weight" = "conv_1.weight"``.

    A key without quotes, ``main.0.weight = …``, means the same. Raises `UsageError` for anything else.
    """
    try:
        table = tomllib.loads(read_text(path, LARGEST_MAP_BYTES))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {str(error).splitlines()[0][:200]}") from None
    names = dict(_names(table, ""))
    for theirs, ours in names.items():
        if not isinstance(ours, str):
            raise UsageError(f"{path}: '{theirs[:80]}' stands for {str(ours)[:40]}; expected a name in quotes")
    if twice := next((ours for ours in names.values() if list(names.values()).count(ours) > 1), None):
        raise UsageError(f"{path}: two names stand for '{twice[:80]}'")
    return names


def _names(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
