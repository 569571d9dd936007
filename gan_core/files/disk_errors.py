"""What is said when the system refuses a write: the reason, and what mends it."""

import errno
from pathlib import Path

from gan_core.errors import WriteError

REMEDIES = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room (your quota is used up)",
    errno.EFBIG: "raise the largest file size (ulimit -f)",
    errno.EROFS: "have the file system made writable",
    errno.EACCES: "give yourself the right to write there",
    errno.EPERM: "give yourself the right to write there",
    errno.EMFILE: "raise the number of open files (ulimit -n)",
    errno.EIO: "look after the disk",
}


def write_error(what: object, error: OSError) -> WriteError:
    """Return the error of a write that the system refused; what: a path, or what was to be written."""
    return WriteError(f"{what} could not be written: {error.strerror or error}", error.errno)


def remedy(number: int | None, folder: Path) -> str:
    """Return what to do about a refused write, as "make room".

    number: the system's number of the error (an ``errno``), if it has one. folder: the folder that was written to.
    """
    if not folder.is_dir():
        return f"{folder} is not there any more, give it its name back"
    return REMEDIES.get(number or 0, "mend that")
