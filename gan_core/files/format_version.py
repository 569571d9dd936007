"""The version of the files of a run, in each of them, and what is said of a newer one."""

from pathlib import Path
from typing import Any

from gan_core.errors import SpecError

FORMAT = 1


def check_format(path: Path | str, plain: Any) -> None:
    """Raise `SpecError` if plain data from a file say that they follow a format this version does not know.

    Asked before anything else of the file is judged, since a newer format may have other fields.
    """
    if not isinstance(plain, dict):
        return
    written = plain.get("format", FORMAT)
    if isinstance(written, bool) or not isinstance(written, int) or written < 1:
        raise SpecError(f"{path}: format {str(written)[:40]!r} is not known here; expected a number from 1 to {FORMAT}")
    if written > FORMAT:
        raise SpecError(
            f"{path} has format {written}, of a newer version (this one reads up to {FORMAT}): upgrade gan-core"
        )
