"""Files that appear whole or not at all, and what a killed process leaves of those that did not."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gan_core.files.disk_errors import write_error
from gan_core.files.regular_files import kind_of

DAMAGED, LATER, UNFINISHED, REMOVED = "damaged-", "later-", ".unfinished-", ".removed-"


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give the block a temporary path to write to; when it ends, the file is synced and takes the name `path`.

    Raises `WriteError` where the system refuses the write; a file that had the name before then still has it.
    """
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=UNFINISHED, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give the block a temporary folder to write into; when it ends, the folder takes the name `path`.

    Raises `WriteError` where the system refuses the write, and where `path` is anything but an empty folder.
    """
    temporary = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
        yield temporary
        temporary.chmod(0o755)
        with contextlib.suppress(FileNotFoundError):
            path.rmdir()  # an empty one alone
        temporary.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from None
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def write_synced(path: Path, raw: bytes) -> None:
    """Write a file and wait until its bytes are on the disk."""
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, on systems that can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(parent: Path) -> None:
    """Remove the files and folders in `parent` that a killed process left half-written or half-removed."""
    for prefix in (UNFINISHED, REMOVED):
        for path in parent.glob(f"{prefix}*"):
            kind = kind_of(path)
            if kind == "a folder":
                shutil.rmtree(path, ignore_errors=True)  # follows no link
            elif kind == "a file":
                path.unlink(missing_ok=True)
