"""The files and folders within a run, opened only if they are regular ones: no link, no pipe, no device.

A run may come from a stranger, or lie where others write. A link in it leads out of it, a pipe never ends, and a file
with a second name elsewhere is changed there too. The path of the run itself may lead through links: it is the user's.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gan_core.errors import ForeignFileError

FILES = {
    ".lock",
    "class_distribution.png",
    "done.json",
    "environment.json",
    "evaluation.json",
    "evaluations.jsonl",
    "experiment.toml",
    "losses.png",
    "metrics.jsonl",
    "montage.png",
    "report.html",
    "scores.png",
}
FOLDERS = {"best", "checkpoints", "evaluation", "imports", "samples"}
DEEPEST = 5  # best/checkpoints/step-0000001/generator.safetensors and one to spare
KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISREG, "a file"),
)
# pieces of `open` that one system or the other lacks; O_NONBLOCK: to open a pipe would wait for its other end
CAREFUL_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


def kind_of(path: Path) -> str | None:
    """Return what a name stands for ("a file", "a folder", "a link" …), or None for nothing; no link is followed."""
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _kind(mode)


def check_kind(path: Path, expected: str) -> None:
    """Raise `ForeignFileError` unless a name stands for the expected kind, "a file" or "a folder", or for nothing."""
    kind = kind_of(path)
    if kind not in (expected, None):
        raise _foreign(path, kind, expected)


def check_tree(run: Path) -> None:
    """Raise `ForeignFileError` where a name that a run uses stands for anything but a regular file or folder.

    All else that lies in the run's folder is the user's, and is not looked at.
    """
    for entry in _entries(run):
        if entry.name in FILES:
            check_kind(Path(entry.path), "a file")
        elif entry.name in FOLDERS:
            check_kind(Path(entry.path), "a folder")
            _check_below(Path(entry.path), 1)


def open_file(path: Path, flags: int = os.O_RDONLY) -> int:
    """Return the descriptor of a regular file, opened without following a link or waiting for a pipe.

    Raises `ForeignFileError` for anything but a regular file, `OSError` as `os.open` does.
    """
    check_kind(path, "a file")  # first, since to open some devices does something already
    handle = os.open(path, flags | CAREFUL_FLAGS, 0o666)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise _foreign(path, _kind(mode), "a file")
    return handle


def open_to_write(path: Path, flags: int) -> int:
    """Return the descriptor of a regular file to write to, which is created if it does not exist.

    Raises `ForeignFileError` also for a file with a second name elsewhere, which would be changed there too.
    """
    handle = open_file(path, flags | os.O_CREAT)
    if os.fstat(handle).st_nlink > 1:
        os.close(handle)
        raise ForeignFileError(
            f"{path} has a second name (a hard link), and what is written would be changed there too: put a copy in "
            "its place"
        )
    return handle


def read_file(path: Path, largest: int) -> bytes | None:
    """Return the bytes of a regular file, or None if there are more than `largest`. Raises as `open_file` does."""
    with os.fdopen(open_file(path), "rb") as file:
        if os.fstat(file.fileno()).st_size > largest:
            return None
        raw = file.read(largest + 1)  # it may have grown since
    return raw if len(raw) <= largest else None


def append_text(path: Path, text: str) -> None:
    """Add a text to the end of a file, which is created if it does not exist. Raises as `open_to_write` does."""
    with os.fdopen(open_to_write(path, os.O_WRONLY | os.O_APPEND), "a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def make_folder(path: Path) -> None:
    """Make a folder unless it is there. Raises `ForeignFileError` where its name leads elsewhere."""
    path.mkdir(exist_ok=True)
    check_kind(path, "a folder")


def _check_below(folder: Path, depth: int) -> None:
    if depth > DEEPEST:
        raise ForeignFileError(f"{folder} lies deeper than anything that a run makes: remove it")
    for entry in _entries(folder):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            _check_below(path, depth + 1)
        elif not entry.is_file(follow_symlinks=False) and (kind := kind_of(path)) is not None:
            raise _foreign(path, kind, "a file or a folder")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):  # removed meanwhile, by a training that goes on
        return


def _kind(mode: int) -> str:
    return next((name for test, name in KINDS if test(mode)), "no file")


def _foreign(path: Path, kind: str | None, expected: str) -> ForeignFileError:
    return ForeignFileError(
        f"{path} is {kind}; a run holds {expected} there, and follows nothing that leads out of it: put a copy in its "
        "place, or remove it"
    )
