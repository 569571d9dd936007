"""The number of the format that a run's files are written in, which stands in each of them."""

from pathlib import Path
from typing import Any

from gan_core.errors import SpecError

FORMAT = 1


def check_format(path: Path | str, plain: Any) -> None:
    """Raise `SpecError` if a file's plain data are of a format that this version does not know.

    It is the first check of a file, since a newer format may have other fields.
    """
    if not isinstance(plain, dict):
        return
    version = plain.get("format", FORMAT)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise SpecError(f"{path}: format {str(version)[:40]!r} is not known here; expected a number from 1 to {FORMAT}")
    if version > FORMAT:
        raise SpecError(
            f"{path} has format {version}, of a newer version (this one reads up to {FORMAT}): upgrade gan-core"
        )
