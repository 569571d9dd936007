"""Whether a path is free for a new file."""

from pathlib import Path

from gan_core.errors import UsageError
from gan_core.files.regular_files import kind_of


def check_new_file(path: Path, suffix: str) -> None:
    """Raise `UsageError` unless a path ends in a suffix, its folder is there, and nothing stands there yet."""
    if path.suffix.lower() != suffix:
        raise UsageError(f"{path}: expected a file that ends in {suffix}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    if kind_of(path) is not None:
        raise UsageError(f"{path} exists already; name another file, or remove it")
